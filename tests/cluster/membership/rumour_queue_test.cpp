#define CAF_SUITE cluster.rumour_queue

#include "cluster/membership/rumour_queue.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <string>

using namespace grapevine::cluster;

namespace {

rumour about(std::string name, std::uint32_t incarnation = 0,
             member_state state = member_state::alive, epoch_t from = 0, epoch_t epoch = 1) {
  rumour r;
  r.name = std::move(name);
  r.epoch = epoch;
  r.incarnation = incarnation;
  r.state = state;
  r.from = from;
  return r;
}

std::string text(const std::vector<rumour>& rumours) {
  std::string all;
  for (const auto& each : rumours)
    all += (all.empty() ? "" : " ") + each.name + std::to_string(each.incarnation)
           + std::string{to_string(each.state)}.front()
           + (each.from ? "/" + std::to_string(each.from) : "");
  return all;
}

}  // namespace

CAF_TEST(a rumour is told more often in larger clusters) {
  const std::pair<std::size_t, unsigned> table[] = {{1, 4},  {2, 4},    {9, 4},   {10, 8},
                                                    {99, 8}, {100, 12}, {999, 12}};
  for (const auto& [members, times] : table)
    CAF_CHECK_EQUAL(retransmit_limit(4, members), times);
}

CAF_TEST(a rumour is forgotten after it was told often enough) {
  rumour_queue queue;
  queue.push(about("a"));
  CAF_CHECK_EQUAL(text(queue.take(5, 2)), "a0a");
  CAF_CHECK_EQUAL(text(queue.take(5, 2)), "a0a");
  CAF_CHECK_EQUAL(text(queue.take(5, 2)), "");
  CAF_CHECK(queue.empty());
}

CAF_TEST(what was told least goes first) {
  rumour_queue queue;
  queue.push(about("a"));
  queue.push(about("b"));
  CAF_CHECK_EQUAL(text(queue.take(1, 9)), "b0a");
  CAF_CHECK_EQUAL(text(queue.take(1, 9)), "a0a");
  queue.push(about("c"));
  CAF_CHECK_EQUAL(text(queue.take(1, 9)), "c0a");
  CAF_CHECK_EQUAL(queue.take(9, 9).size(), 3u);
}

CAF_TEST(news replace what they override) {
  rumour_queue queue;
  queue.push(about("a", 1));
  queue.push(about("a", 1, member_state::dead));
  queue.push(about("a", 1, member_state::suspect, 7));
  CAF_CHECK_EQUAL(text(queue.take(9, 9)), "a1d");
  queue.push(about("a", 2));
  CAF_CHECK_EQUAL(text(queue.take(9, 9)), "a2a");
  queue.push(about("a", 2, member_state::left));
  queue.push(about("a", 3));
  CAF_CHECK_EQUAL(text(queue.take(9, 9)), "a2l");
  queue.push(about("a", 0, member_state::alive, 0, 2));
  CAF_CHECK_EQUAL(text(queue.take(9, 9)), "a0a");
  CAF_CHECK_EQUAL(queue.size(), 1u);
}

CAF_TEST(different accusers of one suspect are all told up to four) {
  rumour_queue queue;
  for (const epoch_t accuser : {1, 2, 2, 3, 4, 5})
    queue.push(about("a", 0, member_state::suspect, accuser));
  CAF_CHECK_EQUAL(text(queue.take(9, 9)), "a0s/4 a0s/3 a0s/2 a0s/1");
  queue.push(about("a", 1));
  CAF_CHECK_EQUAL(text(queue.take(9, 9)), "a1a");
}

CAF_TEST(nothing is told about a forgotten member) {
  rumour_queue queue;
  queue.push(about("a"));
  queue.push(about("b"));
  queue.forget("a");
  CAF_CHECK_EQUAL(text(queue.take(9, 9)), "b0a");
}

CAF_TEST(the queue keeps nothing that something else in it overrides) {
  CAF_CHECK(rc::check([] {
    rumour_queue queue;
    for (const auto& pushed : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1 << 10))) {
      const auto state = static_cast<member_state>(pushed & 3);
      const auto incarnation = static_cast<std::uint32_t>(pushed >> 2 & 3);
      const auto from = static_cast<epoch_t>(pushed >> 4 & 7);
      queue.push(about(pushed & 1 << 7 ? "a" : "b", incarnation, state, from,
                       static_cast<epoch_t>(1 + (pushed >> 8))));
    }
    RC_ASSERT(queue.size() <= 8u);
    const auto all = queue.take(100, 9);
    for (const auto& one : all)
      for (const auto& other : all)
        if (one.name == other.name)
          RC_ASSERT(!overrides(one, other.epoch, other.incarnation, other.state));
  }));
}
