#define CAF_SUITE cluster.tunnel_carrier

#include "cluster/tunnels/tunnel_carrier.hpp"

#include "cluster/wire/frame_codec.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

constexpr epoch_t n1 = 1;
constexpr epoch_t n2 = 2;
constexpr epoch_t n3 = 3;
constexpr std::size_t each_max = 4096;

/// Takes everything that waits for the link to that peer, as frames with their bytes behind them.
std::vector<frame> take(tunnel_carrier& from, epoch_t peer, std::vector<slice>& kept) {
  kept.clear();
  from.take(peer, 1u << 20, kept);
  std::vector<frame> frames;
  for (const auto& each : kept) {
    const auto split = split_frame(each.bytes);
    CAF_REQUIRE(split.status == split_status::complete);
    const auto content = decode_frame(split.frame);
    CAF_REQUIRE(content);
    frames.push_back(*content);
  }
  return frames;
}

struct fixture {
  fixture() {
    for (const auto peer : {n2, n3})
      tunnels.on_direct_link(peer);
  }
  std::vector<frame> take_for(epoch_t peer) {
    return take(tunnels, peer, kept);
  }
  /// A tunnel from n1 to n9 through n2.
  tunnel_carrier::tunnel open() {
    const std::vector<epoch_t> unlinked{9};
    const std::vector<epoch_t> relays{n2};
    tunnels.open_due(n1, unlinked, relays, now);
    now += tunnel_planner::delay;
    const auto fresh = tunnels.open_due(n1, unlinked, relays, now);
    CAF_REQUIRE_EQUAL(fresh.size(), 1u);
    return fresh[0];
  }

  time_point now{1000s};
  tunnel_carrier tunnels{each_max, 2 * each_max};
  tunnel_carrier::local_facts here{n1, true, true};
  std::vector<slice> kept;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(tunnel_carrier_tests, fixture)

CAF_TEST(the bytes of an own tunnel travel in frames over the link to its relay) {
  const auto t = open();
  CAF_CHECK(is_tunnel(t.id));
  CAF_CHECK_EQUAL(t.peer(), 9u);
  std::string left = "hello";
  tunnels.fill(n2, [&](link_id id, std::size_t) {
    CAF_CHECK_EQUAL(id, t.id);
    return std::exchange(left, {});
  });
  CAF_CHECK(tunnels.waiting(n2));
  CAF_CHECK(!tunnels.waiting(n3));
  const auto frames = take_for(n2);
  CAF_REQUIRE_EQUAL(frames.size(), 1u);
  CAF_CHECK(frames[0] == (frame{relay_frame{n1, 9, t.key.path, "hello"}}));
}

CAF_TEST(a tunnel has only so much waiting for its carrier) {
  open();
  std::size_t taken = 0;
  tunnels.fill(n2, [&](link_id, std::size_t piece) {
    taken += piece;
    return std::string(piece, 'x');
  });
  CAF_CHECK_EQUAL(taken, 256u << 10);
}

CAF_TEST(what comes back is for the tunnel and from nobody else) {
  const auto t = open();
  CAF_CHECK_EQUAL(tunnels.on_relay(n2, {n1, 9, t.key.path, "hi"}, here).to, t.id);
  CAF_CHECK_EQUAL(tunnels.on_relay(n3, {n1, 9, t.key.path, "hi"}, here).to, 0u);
  tunnels.close(t.id);
  CAF_CHECK_EQUAL(tunnels.on_relay(n2, {n1, 9, t.key.path, "hi"}, here).to, 0u);
}

CAF_TEST(a tunnel to this node is accepted once and the newest of an origin counts) {
  const auto first = tunnels.on_relay(n2, {9, n1, 5, "hi"}, here);
  CAF_REQUIRE(first.accepted);
  CAF_CHECK_EQUAL(first.accepted->peer(), 9u);
  CAF_CHECK_EQUAL(first.to, first.accepted->id);
  CAF_CHECK(!tunnels.on_relay(n2, {9, n1, 5, "hi"}, here).accepted);
  CAF_CHECK(!tunnels.on_relay(n2, {9, n1, 4, "hi"}, here).accepted);
  const auto second = tunnels.on_relay(n2, {9, n1, 6, "hi"}, here);
  CAF_REQUIRE(second.accepted);
  CAF_CHECK(second.replaced == std::vector<link_id>{first.accepted->id});
  tunnels.close(first.accepted->id);
  tunnels.on_proved(second.accepted->id);
  CAF_CHECK(tunnels.on_relay(n2, {9, n1, 7, "hi"}, here).replaced.empty());
}

CAF_TEST(a tunnel that is not welcome is told so) {
  here.accepts = false;
  CAF_CHECK(!tunnels.on_relay(n2, {9, n1, 5, "hi"}, here).accepted);
  const auto frames = take_for(n2);
  CAF_REQUIRE_EQUAL(frames.size(), 1u);
  CAF_CHECK(frames[0] == (frame{relay_end_frame{9, n1, 5, relay_end_reason::unreachable}}));
}

CAF_TEST(no node speaks in the name of another) {
  CAF_CHECK(!tunnels.on_relay(n2, {n3, 9, 1, "hi"}, here).fits);
  CAF_CHECK(!tunnels.on_relay(n2, {n1, n2, 1, "hi"}, here).fits);
  CAF_CHECK(!tunnels.on_relay(n2, {n2, n2, 1, "hi"}, here).fits);
  CAF_CHECK(!tunnels.on_relay_end(n2, {n3, 9, 1, relay_end_reason::closed}, n1).fits);
}

CAF_TEST(a relay forwards from one direct link to another) {
  CAF_CHECK(tunnels.on_relay(n2, {n2, n3, 1, "hi"}, here).fits);
  const auto frames = take_for(n3);
  CAF_REQUIRE_EQUAL(frames.size(), 1u);
  CAF_CHECK(frames[0] == (frame{relay_frame{n2, n3, 1, "hi"}}));
  CAF_CHECK_EQUAL(tunnels.relayed_bytes(), 2u);
}

CAF_TEST(a relay that takes on no more says so) {
  here.relays = false;
  tunnels.on_relay(n2, {n2, n3, 1, "hi"}, here);
  CAF_CHECK(take_for(n3).empty());
  const auto frames = take_for(n2);
  CAF_REQUIRE_EQUAL(frames.size(), 1u);
  CAF_CHECK(frames[0] == (frame{relay_end_frame{n2, n3, 1, relay_end_reason::unreachable}}));
}

CAF_TEST(too much that waits ends the tunnel on both sides and takes it away) {
  const std::string much(each_max / 2, 'x');
  for (int i = 0; i < 2; ++i)
    tunnels.on_relay(n2, {n2, n3, 1, much}, here);
  const frame end{relay_end_frame{n2, n3, 1, relay_end_reason::overflow}};
  const auto to_n3 = take_for(n3);
  CAF_REQUIRE_EQUAL(to_n3.size(), 1u);
  CAF_CHECK(to_n3[0] == end);
  const auto to_n2 = take_for(n2);
  CAF_REQUIRE_EQUAL(to_n2.size(), 1u);
  CAF_CHECK(to_n2[0] == end);
}

CAF_TEST(everything over a direct link ends with it) {
  const auto t = open();
  tunnels.on_relay(n2, {n2, n3, 1, "hi"}, here);
  take_for(n3);
  CAF_CHECK(tunnels.on_direct_lost(n2) == std::vector<link_id>{t.id});
  const auto frames = take_for(n3);
  CAF_REQUIRE_EQUAL(frames.size(), 1u);
  CAF_CHECK(frames[0] == (frame{relay_end_frame{n2, n3, 1, relay_end_reason::unreachable}}));
}

CAF_TEST(a tunnel that is closed says its last words and its end) {
  const auto t = open();
  tunnels.close(t.id);
  tunnels.close(t.id);
  CAF_CHECK(tunnels.take_closing() == std::vector<link_id>{t.id});
  CAF_CHECK(tunnels.take_closing().empty());
  tunnels.finish(t.id, "bye");
  const auto frames = take_for(n2);
  CAF_REQUIRE_EQUAL(frames.size(), 2u);
  CAF_CHECK(frames[0] == (frame{relay_frame{n1, 9, t.key.path, "bye"}}));
  CAF_CHECK(frames[1] == (frame{relay_end_frame{n1, 9, t.key.path, relay_end_reason::closed}}));
}

CAF_TEST(an end that was heard is not answered) {
  const auto t = open();
  const auto came = tunnels.on_relay_end(n2, {n1, 9, t.key.path, relay_end_reason::closed}, n1);
  CAF_CHECK(came.fits);
  CAF_CHECK_EQUAL(came.to, t.id);
  tunnels.close(t.id);
  tunnels.finish(t.id, "bye");
  CAF_CHECK(take_for(n2).empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
