#define CAF_SUITE cluster.pending_channels

#include "cluster/node/pending_channels.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;

namespace {

calls::want want(std::uint64_t ticket) {
  return {{0, "orders"}, 7, ticket, false, false};
}

}  // namespace

CAF_TEST(a channel without owners waits for the acknowledgements alone) {
  pending_channels all;
  all.add(want(1), false);
  const auto ready = all.acknowledged(1);
  CAF_REQUIRE(ready.has_value());
  CAF_CHECK_EQUAL(ready->channel.name, "orders");
  CAF_CHECK(!all.acknowledged(1).has_value());
}

CAF_TEST(a cache channel waits for both in whatever order they come) {
  pending_channels all;
  all.add(want(1), true);
  CAF_CHECK(!all.acknowledged(1).has_value());
  CAF_CHECK(all.owners_answered(1).has_value());
  all.add(want(2), true);
  CAF_CHECK(!all.owners_answered(2).has_value());
  CAF_CHECK(all.acknowledged(2).has_value());
}

CAF_TEST(whoever is cancelled or was never pending becomes ready by nothing) {
  pending_channels all;
  all.add(want(1), true);
  CAF_CHECK(all.cancel(1));
  CAF_CHECK(!all.cancel(1));
  CAF_CHECK(!all.acknowledged(1).has_value());
  CAF_CHECK(!all.owners_answered(1).has_value());
  CAF_CHECK(!all.acknowledged(2).has_value());
}
