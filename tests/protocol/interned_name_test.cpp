#define CAF_SUITE protocol.interned_name

#include "protocol/interned_name.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;

CAF_TEST(equal texts are one entry) {
  name_pool pool;
  auto a = pool.intern("private-orders.7");
  auto b = pool.intern("private-orders.7");
  CAF_CHECK(a == b);
  CAF_CHECK_EQUAL(pool.size(), 1u);
  CAF_CHECK_EQUAL(a.text(), "private-orders.7");
  CAF_CHECK(a.type().access == channel_access::signed_);
}

CAF_TEST(an entry ends with its last copy) {
  name_pool pool;
  auto a = pool.intern("x");
  auto b = a;
  a = {};
  CAF_CHECK_EQUAL(pool.size(), 1u);
  auto c = std::move(b);
  CAF_CHECK_EQUAL(pool.size(), 1u);
  c = {};
  CAF_CHECK_EQUAL(pool.size(), 0u);
}

CAF_TEST(looking for a name never makes one) {
  name_pool pool;
  CAF_CHECK(pool.find("x").identity() == nullptr);
  CAF_CHECK_EQUAL(pool.size(), 0u);
  auto held = pool.intern("x");
  CAF_CHECK(pool.find("x") == held);
}

CAF_TEST(assigning a name to itself keeps it) {
  name_pool pool;
  auto a = pool.intern("x");
  auto& same = a;
  a = same;
  CAF_CHECK_EQUAL(a.text(), "x");
  CAF_CHECK_EQUAL(pool.size(), 1u);
}
