#define CAF_SUITE cluster.link_choice

#include "cluster/links/link_choice.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

constexpr epoch_t low = 1;
constexpr epoch_t high = 2;

/// True if `self` ends up with the connection that `low` dialled, having proved it second or first.
bool keeps_the_lower_ones(epoch_t self, bool lower_ones_came_second) {
  const epoch_t peer = self == low ? high : low;
  const bool second_is_ours = (self == low) == lower_ones_came_second;
  // Both were dialled before either was a link, so both dialers said that they had none.
  const bool replaced = replaces({second_is_ours, 0s}, {!second_is_ours, 20ms}, false, self, peer);
  return replaced == lower_ones_came_second;
}

}  // namespace

CAF_TEST(of two connections that cross both ends keep the one dialled by the lower epoch) {
  for (const auto self : {low, high})
    for (const bool second : {false, true})
      CAF_CHECK(keeps_the_lower_ones(self, second));
}

CAF_TEST(a dialler that has lost its link gets a new one) {
  const link_claim accepted{false, 0s};
  const link_claim ours{true, 10s};
  CAF_CHECK(replaces(accepted, ours, false, low, high));
  CAF_CHECK(replaces(accepted, ours, false, high, low));
}

CAF_TEST(a dialler that still has a link gets none that is not preferred) {
  const link_claim accepted{false, 0s};
  const link_claim ours{true, 10s};
  CAF_CHECK(!replaces(accepted, ours, true, low, high));
  CAF_CHECK(replaces(accepted, ours, true, high, low));
}

CAF_TEST(a claim to have no link is not trusted while ours may be unknown to the peer) {
  const link_claim accepted{false, 0s};
  CAF_CHECK(!replaces(accepted, {true, crossing_window - 1ms}, false, low, high));
  CAF_CHECK(replaces(accepted, {true, crossing_window}, false, low, high));
}

CAF_TEST(a second one in the same direction replaces the first) {
  for (const bool ours : {false, true})
    for (const bool peer_has_link : {false, true})
      CAF_CHECK(replaces({ours, 0s}, {ours, 1s}, peer_has_link, low, high));
}

CAF_TEST(a direct connection replaces a tunnel whoever dialled) {
  for (const bool fresh_is_ours : {false, true})
    for (const bool held_is_ours : {false, true})
      for (const bool peer_has_link : {false, true})
        CAF_CHECK(replaces({fresh_is_ours, 0s, false}, {held_is_ours, 1ms, true}, peer_has_link,
                           low, high));
}

CAF_TEST(a tunnel replaces a direct connection only if who opened it has lost that) {
  const link_claim ours{true, 0s, true};
  const link_claim theirs{false, 0s, true};
  const link_claim old{false, crossing_window, false};
  CAF_CHECK(replaces(theirs, old, false, low, high));
  CAF_CHECK(!replaces(theirs, old, true, low, high));
  CAF_CHECK(!replaces(theirs, {false, crossing_window - 1ms, false}, false, low, high));
  CAF_CHECK(!replaces(ours, old, false, low, high));
}

CAF_TEST(of two tunnels both ends keep the one opened by the lower epoch) {
  for (const auto self : {low, high}) {
    const bool low_is_ours = self == low;
    CAF_CHECK(replaces({low_is_ours, 0s, true}, {!low_is_ours, 1s, true}, false, self,
                       low_is_ours ? high : low));
    CAF_CHECK(!replaces({!low_is_ours, 0s, true}, {low_is_ours, 1s, true}, false, self,
                        low_is_ours ? high : low));
  }
}
