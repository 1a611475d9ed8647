#define CAF_SUITE cluster.lane_queue

#include "cluster/streams/lane_queue.hpp"

#include "cluster/wire/frame_codec.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;

namespace {

segment events(std::size_t size, std::uint32_t count, char fill = 'e') {
  return {std::make_shared<const std::string>(size, fill), segment_kind::events, count};
}

segment state(std::size_t size, char fill = 's') {
  return {std::make_shared<const std::string>(size, fill), segment_kind::state, 0};
}

/// "e100" for 100 bytes of events, "gap3" for a gap of three, "reset" for lost state.
std::string name(const segment& s) {
  if (const auto split = split_frame(*s.bytes); split.status == split_status::complete)
    if (const auto read = decode_frame(split.frame)) {
      const auto& gap = std::get<gap_frame>(*read);
      return gap.state ? "reset" : "gap" + std::to_string(gap.events);
    }
  return s.bytes->front() + std::to_string(s.bytes->size());
}

std::string drain(lane_queue& queue) {
  std::string all;
  while (!queue.empty())
    all += (all.empty() ? "" : " ") + name(queue.pop());
  CAF_CHECK_EQUAL(queue.bytes(), 0u);
  CAF_CHECK_EQUAL(queue.state_bytes(), 0u);
  return all;
}

}  // namespace

CAF_TEST(one lane alone is first in first out) {
  lane_queue queue;
  for (const std::size_t size : {30, 10, 20})
    queue.push(lane::live, events(size, 1));
  CAF_CHECK_EQUAL(drain(queue), "e30 e10 e20");
  queue.push(lane::bulk, state(7));
  queue.push(lane::bulk, state(8));
  CAF_CHECK_EQUAL(drain(queue), "s7 s8");
}

CAF_TEST(bulk gets a quarter of the bytes while both lanes wait) {
  lane_queue queue;
  for (int i = 0; i < 1000; ++i) {
    queue.push(lane::live, events(100, 1));
    queue.push(lane::bulk, state(50));
  }
  std::size_t live_bytes = 0;
  std::size_t bulk_bytes = 0;
  while (live_bytes + bulk_bytes < 100'000) {
    const auto taken = queue.pop();
    (taken.kind == segment_kind::events ? live_bytes : bulk_bytes) += taken.bytes->size();
  }
  CAF_CHECK(bulk_bytes >= 24'900 && bulk_bytes <= 26'500);
}

CAF_TEST(a long bulk segment is paid for before the next) {
  lane_queue queue;
  for (int i = 0; i < 12; ++i)
    queue.push(lane::live, events(100, 1));
  for (int i = 0; i < 2; ++i)
    queue.push(lane::bulk, state(200));
  CAF_CHECK_EQUAL(drain(queue),
                  "e100 s200 e100 e100 e100 e100 e100 s200 e100 e100 e100 e100 e100 e100");
}

CAF_TEST(dropping takes the oldest events and leaves their number in their place) {
  lane_queue queue;
  queue.push(lane::live, events(1000, 3));
  queue.push(lane::live, state(10));
  queue.push(lane::live, events(1000, 4));
  queue.push(lane::live, events(1000, 5));
  queue.push(lane::live, events(900, 6));
  CAF_CHECK_EQUAL(queue.drop_events(1300), 12u);
  CAF_CHECK_EQUAL(drain(queue), "gap3 s10 gap9 e900");
}

CAF_TEST(gaps that meet become one) {
  lane_queue queue;
  for (int i = 0; i < 10; ++i) {
    queue.push(lane::live, events(1000, 1));
    queue.drop_events(0);
  }
  CAF_CHECK_EQUAL(queue.bytes(), segment_overhead_bytes);
  queue.push(lane::live, events(10, 1));
  CAF_CHECK_EQUAL(drain(queue), "gap10 e10");
}

CAF_TEST(dropping the state keeps the events and says so first) {
  lane_queue queue;
  queue.push(lane::live, events(10, 1));
  queue.push(lane::live, state(20));
  queue.push(lane::live, events(30, 1));
  queue.push(lane::bulk, state(40));
  queue.drop_state();
  CAF_CHECK_EQUAL(queue.state_bytes(), 0u);
  queue.push(lane::bulk, state(50));
  CAF_CHECK_EQUAL(drain(queue), "reset e10 s50 e30");
}

CAF_TEST(dropping the state between two gaps joins them) {
  lane_queue queue;
  queue.push(lane::live, events(10, 1));
  queue.push(lane::live, state(20));
  queue.push(lane::live, events(30, 2));
  queue.drop_events(0);
  queue.drop_state();
  CAF_CHECK_EQUAL(drain(queue), "reset gap3");
}
