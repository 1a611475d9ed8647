#define CAF_SUITE cluster.node_core

#include "tests/cluster/node/node_net.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

struct fixture {
  node_net net;
  test_node& n1 = net.start("n1");
  test_node& n2 = net.start("n2");
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(node_core_tests, fixture)

CAF_TEST(two nodes that are linked know what each other wants) {
  net.form();
  n2.want(1, "news");
  net.settle();
  CAF_CHECK(n1.core.wanted_by(n2.epoch, key_of("news")));
  CAF_CHECK(n1.core.sends_to(n2.epoch, key_of("news")));
  CAF_CHECK(!n1.core.sends_to(n2.epoch, key_of("orders")));
}

CAF_TEST(the calls of a turn reach the peers in one delta) {
  net.form();
  const auto before = net.written(n1, n2).size();
  for (std::uint64_t i = 1; i <= 3; ++i)
    n1.core.on_call(calls::want{{0, "c" + std::to_string(i)}, i, i}, net.now);
  net.take(n1, n1.core.flush(net.now));
  net.settle();
  std::string bytes = net.written(n1, n2).substr(before);
  std::size_t deltas = 0;
  for (auto split = split_frame(bytes); split.status == split_status::complete;
       split = split_frame(bytes)) {
    deltas += split.frame.type == frame_type::interest_delta ? 1 : 0;
    bytes.erase(0, split.frame.size());
  }
  CAF_CHECK_EQUAL(deltas, 1u);
  CAF_CHECK(n2.core.wanted_by(n1.epoch, 3));
}

CAF_TEST(the last event of a cache channel reaches those who were away when it was published) {
  net.form();
  n2.want(1, "cache-prices", false, true);
  net.settle();
  net.hold(n1, n2);
  net.run(20s);  // each takes the other for dead, which needs suspicion and its time
  CAF_REQUIRE_EQUAL(n1.core.members().members().serving(), 0u);
  n1.publish({.flags = event_flag::cache,
              .channel = "cache-prices",
              .event = "e",
              .hlc = 9,
              .data = "42"});
  n2.take<remote_event>();
  net.heal();
  net.run(4s);
  const auto events = n2.take<remote_event>();
  CAF_REQUIRE_EQUAL(events.size(), 1u);
  CAF_CHECK_EQUAL(events[0].data, "42");
  CAF_CHECK((events[0].flags & event_flag::store_only) != 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(state is sent wherever in its beginning a connection is lost) {
  // One end at a time takes and writes, so that the loss falls between the resumes of both as well.
  for (int steps = 1; steps <= 16; ++steps) {
    node_net net;
    auto& n1 = net.start("n1");
    auto& n2 = net.start("n2");
    net.cross(n2, n1);
    for (int step = 0; step < steps; ++step) {
      n1.paused = step % 2 == 0;
      n2.paused = !n1.paused;
      int rounds = 0;
      net.settle([&] { return ++rounds > 2; });
    }
    n1.paused = n2.paused = false;
    net.cut(n1, n2);
    net.form();
    CAF_CHECK(n1.linked_to(n2));
    CAF_CHECK(n2.linked_to(n1));
  }
}
