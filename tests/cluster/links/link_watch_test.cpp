#define CAF_SUITE cluster.link_watch

#include "cluster/links/link_watch.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

struct fixture {
  link_verdict judge(const link_signs& link) const {
    return watch.judge(link, now);
  }

  time_point now{1000s};
  link_watch watch{2s, now};
  link_signs fine{.peer_alive = true};
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_watch_tests, fixture)

CAF_TEST(a link that everybody is content with stays) {
  CAF_CHECK(judge(fine) == link_verdict::of_use);
  fine.unreceived = 100;
  fine.unreceived_for = 3900ms;
  CAF_CHECK(judge(fine) == link_verdict::of_use);
}

CAF_TEST(a link whose peer lives and takes nothing for four seconds is of no use) {
  fine.unreceived_for = 4s;
  CAF_CHECK(judge(fine) == link_verdict::passes_nothing);
  fine.peer_alive = false;  // for membership to decide
  CAF_CHECK(judge(fine) == link_verdict::of_use);
}

CAF_TEST(much that waits has the time that a slow line needs) {
  fine.unreceived = 10 * link_watch::bytes_per_second_min;
  fine.unreceived_for = 13999ms;
  CAF_CHECK(judge(fine) == link_verdict::of_use);
  fine.unreceived_for = 14s;
  CAF_CHECK(judge(fine) == link_verdict::passes_nothing);
}

CAF_TEST(a link that only this node hears nothing of is of no use) {
  fine.silent = true;
  CAF_CHECK(judge(fine) == link_verdict::passes_nothing);
  fine.peer_alive = false;
  CAF_CHECK(judge(fine) == link_verdict::of_use);
}

CAF_TEST(a tunnel has less time and is given up whoever lives) {
  fine.tunnel = true;
  fine.peer_alive = false;
  fine.unreceived_for = 1999ms;
  CAF_CHECK(judge(fine) == link_verdict::of_use);
  fine.unreceived_for = 2s;
  CAF_CHECK(judge(fine) == link_verdict::passes_nothing);
}

CAF_TEST(after a pause of its own a node reads before it judges) {
  fine.unreceived_for = 30s;
  watch.tick(now += 499ms);
  CAF_CHECK(judge(fine) == link_verdict::passes_nothing);
  watch.tick(now += 500ms);
  CAF_CHECK(judge(fine) == link_verdict::of_use);
  watch.tick(now += 499ms);
  CAF_CHECK(judge(fine) == link_verdict::of_use);
  watch.tick(now += 1ms);
  CAF_CHECK(judge(fine) == link_verdict::passes_nothing);
}

CAF_TEST(membership hears of a stall once in its time) {
  fine.stream = stall::received;
  CAF_CHECK(judge(fine) == link_verdict::stalled);
  fine.stall_told = now;
  now += 1999ms;
  CAF_CHECK(judge(fine) == link_verdict::of_use);
  now += 1ms;
  CAF_CHECK(judge(fine) == link_verdict::stalled);
}

CAF_TEST(a peer whose channels hang loses its link even after a pause of this node) {
  fine.stream = stall::consumed;
  watch.tick(now += 10s);
  CAF_CHECK(judge(fine) == link_verdict::slow_consumer);
}

CAF_TEST_FIXTURE_SCOPE_END()
