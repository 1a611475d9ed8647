#define CAF_SUITE cluster.banned_addresses

#include "cluster/links/banned_addresses.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

struct fixture {
  time_point now{1000s};
  banned_addresses banned;

  void offend(const std::string& address, int times = 1) {
    for (int i = 0; i < times; ++i)
      banned.note(address, now);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(banned_addresses_tests, fixture)

CAF_TEST(the third offence in a minute costs half a minute) {
  offend("10.0.0.1", 2);
  CAF_CHECK(!banned.refused("10.0.0.1", now));
  offend("10.0.0.1");
  CAF_CHECK(banned.refused("10.0.0.1", now));
  CAF_CHECK(banned.refused("10.0.0.1", now + 29s));
  CAF_CHECK(!banned.refused("10.0.0.1", now + 30s));
  CAF_CHECK(!banned.refused("10.0.0.2", now));
}

CAF_TEST(offences that are a minute old do not count) {
  offend("10.0.0.1", 2);
  now += 60s;
  offend("10.0.0.1", 2);
  CAF_CHECK(!banned.refused("10.0.0.1", now));
}

CAF_TEST(whoever was refused begins again) {
  offend("10.0.0.1", 3);
  now += 30s;
  offend("10.0.0.1", 2);
  CAF_CHECK(!banned.refused("10.0.0.1", now));
}

CAF_TEST(when many offend the ones that did so last are remembered) {
  offend("a first", 3);
  for (int i = 0; i < 1022; ++i)
    offend("b" + std::to_string(i));
  CAF_CHECK(banned.refused("a first", now));
  now += 1s;
  offend("a later", 3);
  offend("c", 3);
  CAF_CHECK(banned.refused("a later", now));
  CAF_CHECK(banned.refused("c", now));
}

CAF_TEST_FIXTURE_SCOPE_END()
