#define CAF_SUITE cluster.peer_session

#include "cluster/streams/peer_session.hpp"

#include "cluster/wire/frame_codec.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const time_point start{1000s};

peer_session_settings small() {
  peer_session_settings settings;
  settings.window = 1000;
  settings.soft = 4000;
  settings.hard = 8000;
  settings.state_max = 2000;
  settings.node_total = 100'000;
  return settings;
}

/// An event frame of exactly `size` bytes as one segment.
segment event(std::size_t size, std::string_view name = "e") {
  event_frame e{0, 0, 0, "c", name, {}, {}, 0, {}};
  const auto bare = encoded(e).size();
  const std::string data(size - bare - (size - bare > 128 ? 1 : 0),
                         'x');  // a longer count takes one byte more
  e.data = data;
  auto bytes = encoded(e);
  CAF_REQUIRE_EQUAL(bytes.size(), size);
  return {std::make_shared<const std::string>(std::move(bytes)), segment_kind::events, 1};
}

segment state(std::size_t size) {
  auto s = event(size);
  s.kind = segment_kind::state;
  s.events = 0;
  return s;
}

std::string write(peer_session& from, time_point now = start, std::size_t budget = 1u << 18) {
  std::string bytes;
  for (const auto& part : from.next_write(budget, now))
    bytes += part.bytes;
  return bytes;
}

/// Reads all complete frames: acks are applied, sequenced frames counted and consumed; returns the
/// sequenced ones' names.
std::string read(peer_session& to, std::string_view bytes, time_point now = start) {
  std::string names;
  for (auto split = split_frame(bytes); split.status == split_status::complete;
       split = split_frame(bytes)) {
    bytes.remove_prefix(split.frame.size());
    const auto f = decode_frame(split.frame);
    CAF_REQUIRE(f.has_value());
    if (sequenced(split.frame.type))
      CAF_REQUIRE(to.incoming().accept(split.frame.size()));
    if (const auto* ack = std::get_if<ack_frame>(&*f))
      CAF_REQUIRE(to.on_ack(*ack, now));
    else if (const auto* e = std::get_if<event_frame>(&*f))
      names += e->event;
    else if (const auto* gap = std::get_if<gap_frame>(&*f))
      names += gap->state ? "!" : "[" + std::to_string(gap->events) + "]";
  }
  to.incoming().end_turn(0);
  return names;
}

struct fixture {
  peer_session a{small(), 11};
  peer_session b{small(), 22};

  void connect(bool a_resyncs = false) {
    const auto from_a = a.open(a_resyncs);
    const auto from_b = b.open(false);
    at_a = a.on_resume(from_b, 33, start);
    at_b = b.on_resume(from_a, 44, start);
    if (at_a.again)
      restarted = b.on_resume(*at_a.again, 0, start);
    if (at_b.again)
      restarted = a.on_resume(*at_b.again, 0, start);
  }
  void cut() {
    a.close();
    b.close();
  }
  void push(peer_session& s, std::string_view name, std::size_t size = 100) {
    s.push(lane::live, event(size, name), s.bytes());
  }

  resume_outcome at_a;
  resume_outcome at_b;
  resume_outcome restarted;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(session_tests, fixture)

CAF_TEST(what is queued before the first link goes out when it is up) {
  push(a, "1");
  CAF_CHECK(write(a).empty());
  connect();
  CAF_CHECK(at_a.send_state && at_a.peer_restarted && !at_a.again);
  CAF_CHECK_EQUAL(read(b, write(a)), "1");
}

CAF_TEST(a cut between any two bytes loses and doubles nothing) {
  push(a, "1");
  push(a, "2");
  push(a, "3");
  connect();
  const auto flight = write(a);
  for (std::size_t arrived = 0; arrived <= flight.size(); ++arrived) {
    fixture f;
    for (const auto* name : {"1", "2", "3"})
      f.push(f.a, name);
    f.connect();
    const auto bytes = write(f.a);
    CAF_REQUIRE_EQUAL(bytes.size(), flight.size());
    auto names = read(f.b, std::string_view{bytes}.substr(0, arrived));
    f.cut();
    f.push(f.a, "4");
    f.connect();
    CAF_CHECK(!f.at_a.send_state && !f.at_b.peer_restarted);
    names += read(f.b, write(f.a));
    CAF_CHECK_EQUAL(names, "1234");
  }
}

CAF_TEST(a segment is replayed from the middle when only its first frames arrived) {
  const auto two = *event(100, "1").bytes + *event(100, "2").bytes;
  a.push(lane::live, {std::make_shared<const std::string>(two), segment_kind::events, 2}, 0);
  connect();
  CAF_CHECK_EQUAL(read(b, write(a).substr(0, 150)), "1");
  cut();
  connect();
  CAF_CHECK_EQUAL(read(b, write(a)), "2");
}

CAF_TEST(nothing is kept once the peer has acknowledged it) {
  connect();
  push(a, "1");
  read(b, write(a));
  CAF_CHECK(a.bytes() > 100);
  read(a, write(b, start + 5ms));
  CAF_CHECK_EQUAL(a.bytes(), 0u);
}

CAF_TEST(an ack waits for 5 ms or 64 kB) {
  connect();
  read(a, write(b));
  push(a, "1");
  read(b, write(a));
  CAF_CHECK(write(b, start + 4ms).empty());
  CAF_CHECK(!write(b, start + 5ms).empty());
}

CAF_TEST(writing stops at the window and goes on when the consumers have caught up) {
  connect();
  write(a);  // the first ack
  for (int i = 0; i < 40; ++i)
    push(a, "x");
  const auto first = write(a);
  CAF_CHECK_EQUAL(first.size(), 1100u);
  CAF_CHECK(write(a).empty());
  for (int i = 0; i < 11; ++i)
    b.incoming().accept(100);
  const auto turn = b.incoming().end_turn(2);
  read(a, write(b, start + 10ms));
  CAF_CHECK(write(a).empty());  // received, but the credit is still with the shards
  b.incoming().part_done(turn);
  read(a, write(b, start + 20ms));
  CAF_CHECK(write(a).empty());
  b.incoming().part_done(turn);
  read(a, write(b, start + 30ms));
  CAF_CHECK_EQUAL(write(a).size(), 1100u);
}

CAF_TEST(turns are consumed oldest first) {
  auto& in = b.incoming();
  in.accept(10);
  const auto first = in.end_turn(1);
  in.accept(20);
  const auto second = in.end_turn(1);
  in.part_done(second);
  CAF_CHECK_EQUAL(in.consumed(), 0u);
  in.part_done(first);
  CAF_CHECK_EQUAL(in.consumed(), 30u);
  in.part_done(first);
  in.part_done(99);
  CAF_CHECK_EQUAL(in.consumed(), 30u);
}

CAF_TEST(a peer that writes far beyond its credit is noticed) {
  CAF_CHECK(b.incoming().accept(1000));
  CAF_CHECK(!b.incoming().accept(2u << 20));
}

CAF_TEST(at the hard bound the oldest unsent events give way to a gap with their number) {
  std::uint64_t dropped = 0;
  for (int i = 0; i < 100; ++i) {
    dropped += a.push(lane::live, event(200, "x"), a.bytes()).events_dropped;
    CAF_CHECK(a.bytes() <= small().hard);
  }
  CAF_CHECK(dropped > 0);
  connect();
  std::string names;
  for (int i = 0; i < 100; ++i) {
    names += read(b, write(a));
    read(a, write(b, start + i * 5ms));
  }
  const auto missing = "[" + std::to_string(dropped) + "]";
  CAF_CHECK_EQUAL(names, missing + std::string(100 - dropped, 'x'));
}

CAF_TEST(a peer above the soft bound is slow) {
  CAF_CHECK(!a.outgoing().slow());
  for (int i = 0; i < 20; ++i)
    push(a, "x", 200);
  CAF_CHECK(a.outgoing().slow());
}

CAF_TEST(when the whole node is full this peer gives up half of what it holds) {
  for (int i = 0; i < 20; ++i)
    push(a, "x", 200);
  const auto before = a.bytes();
  CAF_CHECK(a.push(lane::live, event(200), small().node_total).events_dropped >= 10);
  CAF_CHECK(a.bytes() < before * 6 / 10);
}

CAF_TEST(state beyond its bound is dropped as a whole and started over) {
  push(a, "e");
  bool dropped = false;
  for (int i = 0; i < 12 && !dropped; ++i)
    dropped = a.push(lane::live, state(200), a.bytes()).state_dropped;
  CAF_CHECK(dropped);
  a.push(lane::live, event(100, "s"), a.bytes());
  connect();
  CAF_CHECK_EQUAL(read(b, write(a)), "!es");
}

CAF_TEST(a peer that has lost its state continues the stream and is sent the state) {
  connect();
  push(a, "1");
  read(b, write(a));
  const auto received = b.incoming().received();
  const auto id = b.incoming().id();
  cut();
  push(a, "2");
  b = peer_session{small(), 55};
  b.incoming().recall(id, received);
  connect();
  CAF_CHECK(!at_a.again && at_a.peer_restarted);
  CAF_CHECK_EQUAL(read(b, write(a)), "2");
  cut();
  connect(true);
  CAF_CHECK(at_b.send_state && !at_b.again);
}

CAF_TEST(what a peer has heard nothing of is written again though it remembers an older stream) {
  b.incoming().recall(7, 700);
  const auto from_b = b.open(false);
  a.open(false);
  push(a, "1");
  a.on_resume(from_b, 33, start);
  CAF_CHECK(!write(a).empty());  // and lost, with our resume
  push(a, "2");
  cut();
  connect();
  CAF_CHECK(!at_a.again.has_value());
  CAF_CHECK(at_a.send_state && at_b.peer_restarted);
  CAF_CHECK_EQUAL(read(b, write(a)), "12");
}

CAF_TEST(a peer that does not know the stream gets a new one from the start) {
  connect();
  push(a, "1");
  read(b, write(a));
  read(a, write(b));
  cut();
  push(a, "2");
  b = peer_session{small(), 55};
  connect();
  CAF_REQUIRE(at_a.again.has_value());
  CAF_CHECK_EQUAL(at_a.again->session, 33u);
  CAF_CHECK(at_a.send_state && restarted.peer_restarted);
  push(a, "3");
  CAF_CHECK_EQUAL(read(b, write(a)), "3");
}

CAF_TEST(what is queued for a peer that remembers an older stream is not lost) {
  peer_session fresh{small(), 5};
  fresh.push(lane::live, event(100, "queued"), 0);
  fresh.open(false);
  const auto outcome = fresh.on_resume({9, 4, 700, false}, 6, start);
  CAF_CHECK(outcome.send_state);
  CAF_CHECK(!outcome.again.has_value());
  CAF_CHECK_EQUAL(fresh.outgoing().id(), 5u);
  CAF_CHECK(!fresh.outgoing().idle());
}

CAF_TEST(a second resume on a connection does not rewind our stream) {
  connect();
  push(a, "1");
  const auto first = write(a);
  a.on_resume({b.outgoing().id(), a.outgoing().id(), 0, false}, 66, start);
  CAF_CHECK_EQUAL(read(b, first + write(a)), "1");
}

CAF_TEST(acknowledging what was never written is a fault) {
  connect();
  push(a, "1");
  write(a);
  CAF_CHECK(!a.on_ack({101, 0}, start));
  CAF_CHECK(!a.on_ack({50, 60}, start));
  CAF_CHECK(a.on_ack({100, 0}, start));
  CAF_CHECK(!a.on_ack({99, 0}, start));
}

CAF_TEST(bytes without an answer are a stall after two seconds and without credit after ten) {
  connect();
  push(a, "1");
  write(a, start + 5s);
  CAF_CHECK(a.check(start + 6900ms) == stall::none);
  CAF_CHECK(a.check(start + 7s) == stall::received);
  CAF_CHECK(a.on_ack({100, 0}, start + 7s));
  CAF_CHECK(a.check(start + 14900ms) == stall::none);
  CAF_CHECK(a.check(start + 15s) == stall::consumed);
  CAF_CHECK(a.on_ack({100, 100}, start + 15s));
  CAF_CHECK(a.check(start + 60s) == stall::none);
  cut();
  CAF_CHECK(a.check(start + 600s) == stall::none);
}

CAF_TEST(control frames go first and not without a link) {
  const auto probe = std::make_shared<const std::string>(encoded(probe_nack_frame{1}));
  CAF_CHECK(!a.push_control(probe));
  connect();
  push(a, "1");
  CAF_CHECK(a.push_control(probe));
  CAF_CHECK(write(a).starts_with(*probe));
}

CAF_TEST(control frames beyond their bound are refused) {
  connect();
  const auto frame_bytes = std::make_shared<const std::string>(encoded(probe_nack_frame{1}));
  int queued = 0;
  while (a.push_control(frame_bytes))
    CAF_REQUIRE(++queued < 100'000);
  CAF_CHECK(a.bytes() <= small().control_max);
}

CAF_TEST_FIXTURE_SCOPE_END()
