#define CAF_SUITE cluster.peer_register

#include "tests/cluster/node/links_fixture.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const auto n2 = info_of("n2", 2);

struct fixture : links_fixture {
  /// So many bytes of its stream have come.
  void receive(std::size_t bytes) {
    link(1, n2);
    streams.find(2)->incoming().accept(bytes);
  }
  void end(roster_cause cause) {
    peers.retire(*table.find_peer(2), cause, {}, now);
    peers.erase(2);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(peer_register_tests, fixture)

CAF_TEST(a peer is everywhere or nowhere) {
  peers.enter(n2);
  CAF_CHECK(table.find_peer(2));
  CAF_CHECK(streams.find(2));
  CAF_CHECK(channels.has_peer(2));
  end(roster_cause::departed);
  CAF_CHECK(!table.find_peer(2));
  CAF_CHECK(!streams.find(2));
  CAF_CHECK(!channels.has_peer(2));
}

CAF_TEST(a peer that is here is the same peer on its next link) {
  auto& first = peers.enter(n2);
  CAF_CHECK(&peers.enter(n2) == &first);
}

CAF_TEST(between two ends only the link is there) {
  auto& p = peers.enter(n2);
  peers.retire(p, roster_cause::departed, {}, now);
  CAF_CHECK(p.gone);
  CAF_CHECK(streams.find(2));
  CAF_CHECK(!channels.has_peer(2));
}

CAF_TEST(the stream of a peer that was taken for dead goes on where it was) {
  receive(100);
  const auto id = streams.find(2)->incoming().id();
  end(roster_cause::died);
  peers.enter(n2);
  CAF_CHECK_EQUAL(streams.find(2)->incoming().id(), id);
  CAF_CHECK_EQUAL(streams.find(2)->incoming().received(), 100u);
}

CAF_TEST(the stream of a peer that has left is forgotten) {
  receive(100);
  end(roster_cause::departed);
  peers.enter(n2);
  CAF_CHECK_EQUAL(streams.find(2)->incoming().received(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
