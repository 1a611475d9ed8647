#define CAF_SUITE cluster.link_traffic

#include "tests/cluster/node/links_fixture.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const auto n2 = info_of("n2", 2);
const auto n3 = info_of("n3", 3);

struct fixture : links_fixture {
  std::vector<frame> write(link_id id, std::size_t budget) {
    kept = traffic.next_write(id, budget, now);
    std::string bytes;
    for (const auto& each : kept)
      bytes += each.bytes;
    written.push_back(std::move(bytes));
    std::vector<frame> frames;
    for (std::string_view rest = written.back(); !rest.empty();) {
      const auto split = split_frame(rest);
      CAF_REQUIRE(split.status == split_status::complete);
      frames.push_back(*decode_frame(split.frame));
      rest.remove_prefix(split.frame.size());
    }
    return frames;
  }
  /// Puts so many bytes into the stream to that peer, in frames of a kilobyte.
  void push(epoch_t to, std::size_t kilobytes) {
    const std::string data(1000, 'x');
    for (std::size_t i = 0; i < kilobytes; ++i)
      streams.push_event(to,
                         encoded(frame{event_frame{.channel = "c", .event = "e", .data = data}}));
    streams.seal_all();
  }
  template <class Frame>
  static std::ptrdiff_t count(const std::vector<frame>& frames) {
    return std::ranges::count_if(
        frames, [](const auto& each) { return std::holds_alternative<Frame>(each); });
  }

  link_traffic traffic{table, streams, tunnels};
  std::vector<slice> kept;
  std::deque<std::string> written;  ///< that frames are views into
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_traffic_tests, fixture)

// -- out

CAF_TEST(what a connection says itself goes before the stream of its peer) {
  auto& c = link(1, n2);
  push(2, 1);
  c.say(bye_frame{bye_reason::leaving, 0});
  const auto frames = write(1, 4096);
  CAF_REQUIRE_EQUAL(count<event_frame>(frames), 1);
  CAF_CHECK(frames.front() == (frame{bye_frame{bye_reason::leaving, 0}}));
  CAF_CHECK(write(1, 4096).empty());
  CAF_CHECK_EQUAL(traffic.bytes_sent(), written.front().size());
}

CAF_TEST(a connection that is not the link of its peer writes nothing of the stream) {
  auto& c = link(1, n2);
  push(2, 1);
  link(2, n2);
  table.attach(*table.find(2), *table.find_peer(2), n2, now);
  c.say(bye_frame{bye_reason::duplicate, 0});
  CAF_CHECK_EQUAL(count<event_frame>(write(1, 4096)), 0);
  CAF_CHECK_EQUAL(count<event_frame>(write(2, 4096)), 1);
}

CAF_TEST(nothing is written to a tunnel or to a connection that is gone) {
  link(1, n2);
  const auto id = open_tunnel(3, 2);
  link(id, n3, 2);
  push(3, 1);
  CAF_CHECK(write(id, 4096).empty());
  CAF_CHECK(write(7, 4096).empty());
}

CAF_TEST(what a tunnel has to say leaves over the link to its relay) {
  link(1, n2);
  link(open_tunnel(3, 2), n3, 2);
  push(3, 1);
  CAF_CHECK_EQUAL(count<relay_frame>(write(1, 4096)), 1);
}

CAF_TEST(a link and what it carries for others have half of the budget each) {
  link(1, n2);
  link(open_tunnel(3, 2), n3, 2);
  push(2, 600);
  push(3, 600);
  write(1, 512u << 10);
  const auto frames = write(1, 512u << 10);
  CAF_CHECK_GREATER(count<event_frame>(frames), 0);
  CAF_CHECK_GREATER(count<relay_frame>(frames), 0);
}

// -- credit

CAF_TEST(what came is consumed when all parts have reported) {
  link(1, n2);
  auto& in = streams.find(2)->incoming();
  in.accept(50);
  const auto turn = traffic.end_turn(1, 2);
  traffic.part_done(turn);
  CAF_CHECK_EQUAL(in.consumed(), 0u);
  traffic.part_done(turn);
  CAF_CHECK_EQUAL(in.consumed(), 50u);
}

CAF_TEST(what came through a tunnel is given back with the turn of the relay) {
  link(1, n2);
  link(open_tunnel(3, 2), n3, 2);
  auto& in = streams.find(3)->incoming();
  in.accept(70);
  traffic.note_tunnelled(3);
  const auto turn = traffic.end_turn(1, 1);
  CAF_CHECK_EQUAL(in.consumed(), 0u);
  traffic.part_done(turn);
  CAF_CHECK_EQUAL(in.consumed(), 70u);
}

CAF_TEST(nobody reports for a link that is gone) {
  link(1, n2);
  link(open_tunnel(3, 2), n3, 2);
  auto& in = streams.find(3)->incoming();
  in.accept(70);
  traffic.note_tunnelled(3);
  CAF_CHECK_EQUAL(traffic.end_turn(9, 2).peer, 0u);
  CAF_CHECK_EQUAL(in.consumed(), 70u);
}

CAF_TEST_FIXTURE_SCOPE_END()
