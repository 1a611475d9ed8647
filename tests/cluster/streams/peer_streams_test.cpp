#define CAF_SUITE cluster.peer_streams

#include "cluster/streams/peer_streams.hpp"

#include "cluster/wire/frame_codec.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

peer_session_settings small() {
  peer_session_settings s;
  s.soft = 4096;
  s.hard = 8192;
  s.control_max = 1024;
  s.node_total = 12'000;
  s.state_max = 4096;
  return s;
}

struct fixture {
  /// Links the peer, so that its stream may be written.
  void link(epoch_t epoch) {
    auto& stream = streams.open(epoch, epoch * 10);
    stream.open(false);
    stream.on_resume({epoch, 0, 0, false}, 1, now);
  }
  std::string written(epoch_t epoch) {
    std::string bytes;
    for (const auto& each : streams.find(epoch)->next_write(1u << 20, now))
      if (const auto split = split_frame(each.bytes);
          split.status == split_status::complete && sequenced(split.frame.type))
        bytes += each.bytes;
    return bytes;
  }
  static std::string event(std::size_t size) {
    const std::string data(size, 'x');
    return encoded(frame{event_frame{.channel = "c", .event = "e", .data = data}});
  }

  time_point now{1000s};
  peer_streams streams{small()};
};

const frame first{interest_ack_frame{1}};
const frame second{interest_ack_frame{2}};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(peer_streams_tests, fixture)

CAF_TEST(frames leave in the order in which they were pushed) {
  link(2);
  streams.push(2, first);
  streams.push_event(2, event(3));
  streams.push(2, second);
  streams.seal_all();
  CAF_CHECK_EQUAL(written(2), encoded(first) + event(3) + encoded(second));
}

CAF_TEST(nothing is written before it is sealed) {
  link(2);
  streams.push(2, first);
  CAF_CHECK(written(2).empty());
  CAF_CHECK_EQUAL(streams.queued_bytes(2), 0u);
  streams.seal(2);
  CAF_CHECK(streams.queued_bytes(2) > 0);
  CAF_CHECK(!streams.idle());
  CAF_CHECK_EQUAL(written(2), encoded(first));
}

CAF_TEST(one frame for several peers goes to those that are here) {
  link(2);
  link(3);
  streams.push_all(std::vector<epoch_t>{2, 3, 4}, first);
  streams.seal_all();
  CAF_CHECK_EQUAL(written(2), encoded(first));
  CAF_CHECK_EQUAL(written(3), encoded(first));
}

CAF_TEST(a retired peer is sent nothing more) {
  link(2);
  CAF_CHECK(streams.linked(2));
  streams.push(2, first);
  streams.seal_all();
  streams.push(2, second);
  streams.retire(2);
  streams.push(2, second);
  streams.push_event(2, event(3));
  streams.seal_all();
  CAF_CHECK(!streams.linked(2));
  CAF_CHECK(streams.find(2));
  CAF_CHECK_EQUAL(written(2), encoded(first));
  streams.erase(2);
  CAF_CHECK(!streams.find(2));
}

CAF_TEST(a peer that does not keep up is named once and recovers when its queue is short) {
  link(2);
  CAF_CHECK(streams.take_slow().empty());
  for (int i = 0; i < 20; ++i) {
    streams.push_event(2, event(1000));
    streams.seal(2);
  }
  CAF_CHECK(streams.take_slow() == std::vector<epoch_t>{2});
  CAF_CHECK(streams.take_slow().empty());
  CAF_CHECK(streams.events_dropped() > 0);
  CAF_CHECK(streams.queued_bytes(2) <= small().hard);
  CAF_CHECK(streams.take_recovered().empty());
  const auto bytes = written(2);
  streams.find(2)->on_ack({bytes.size(), bytes.size()}, now);
  CAF_CHECK(streams.take_recovered() == std::vector<epoch_t>{2});
  CAF_CHECK(streams.take_recovered().empty());
}

CAF_TEST(state that does not fit is lost as a whole and that is told once) {
  link(2);
  for (int i = 0; i < 10; ++i) {
    streams.push(2, app_def_frame{0, std::string(1000, 'x')});
    streams.seal(2);
  }
  CAF_CHECK(streams.take_state_lost(2));
  CAF_CHECK(!streams.take_state_lost(2));
  CAF_CHECK(!streams.take_state_lost(3));
}

CAF_TEST(all peers together have a bound of their own) {
  for (epoch_t epoch = 2; epoch < 6; ++epoch) {
    link(epoch);
    for (int i = 0; i < 7; ++i) {
      streams.push_event(epoch, event(1000));
      streams.seal(epoch);
    }
  }
  CAF_CHECK(streams.events_dropped() > 0);
  CAF_CHECK(streams.bytes() < small().node_total + 2000);
}

CAF_TEST_FIXTURE_SCOPE_END()
