#define CAF_SUITE actors.directory_state

#include "actors/directory_state.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>

#include "caf/test/dsl.hpp"

using namespace grapevine::actors;

namespace {

struct fixture : test_coordinator_fixture<> {
  directory_state directory;
  channel_ref orders{0, "orders"};
  channel_ref other_app{1, "orders"};

  caf::actor some_actor() {
    return sys.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(directory_state_tests, fixture)

CAF_TEST(a channel is found by app and name) {
  auto channel = some_actor();
  directory.insert(orders, channel);
  CAF_REQUIRE(directory.forward(orders) != nullptr);
  CAF_CHECK_EQUAL(*directory.forward(orders), channel);
  CAF_CHECK(directory.forward(other_app) == nullptr);
}

CAF_TEST(an idle channel is retired only when it saw every message) {
  auto channel = some_actor();
  directory.insert(orders, channel);
  directory.forward(orders);
  directory.forward(orders);
  CAF_CHECK(!directory.retire(orders, 1));
  CAF_CHECK_EQUAL(directory.retire(orders, 2), channel);
  CAF_CHECK(directory.forward(orders) == nullptr);
  CAF_CHECK_EQUAL(directory.size(), 0u);
}

CAF_TEST(only occupied channels are listed) {
  directory.insert(orders, some_actor());
  directory.insert(other_app, some_actor());
  CAF_CHECK(directory.occupied(std::nullopt, "").empty());
  directory.set_occupied(orders, true);
  directory.set_occupied(other_app, true);
  CAF_CHECK_EQUAL(directory.occupied(std::nullopt, "").size(), 2u);
  auto of_one = directory.occupied(1, "");
  CAF_REQUIRE_EQUAL(of_one.size(), 1u);
  CAF_CHECK_EQUAL(of_one[0].first.app, 1u);
  directory.set_occupied(orders, false);
  CAF_CHECK(directory.occupied(0, "").empty());
}

CAF_TEST(a prefix selects by the beginning of the name) {
  for (auto name : {"presence-a", "presence-b", "presence", "private-a", "q"}) {
    directory.insert({0, name}, some_actor());
    directory.set_occupied({0, name}, true);
  }
  CAF_CHECK_EQUAL(directory.occupied(0, "presence-").size(), 2u);
  CAF_CHECK_EQUAL(directory.occupied(0, "presence").size(), 3u);
  CAF_CHECK_EQUAL(directory.occupied(0, "").size(), 5u);
  CAF_CHECK(directory.occupied(0, "z").empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
