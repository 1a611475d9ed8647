#define CAF_SUITE config.address

#include "config/address.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;

CAF_TEST(endpoints collide on the same port of the same or any address) {
  CAF_CHECK(collide({"127.0.0.1", 80}, {"127.0.0.1", 80}));
  CAF_CHECK(collide({"0.0.0.0", 80}, {"127.0.0.1", 80}));
  CAF_CHECK(collide({"10.0.0.1", 80}, {"::", 80}));
  CAF_CHECK(!collide({"127.0.0.1", 80}, {"127.0.0.1", 81}));
  CAF_CHECK(!collide({"127.0.0.1", 80}, {"127.0.0.2", 80}));
  CAF_CHECK(!collide({"0.0.0.0", 0}, {"0.0.0.0", 0}));
}

CAF_TEST(networks are addresses with an optional prefix length) {
  for (const auto* text :
       {"10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "1.2.3.4/32", "::1", "fd00::/8", "::/128"})
    CAF_CHECK(is_network(text));
  for (const auto* text :
       {"", "proxy", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0.0/8/8"})
    CAF_CHECK(!is_network(text));
}
