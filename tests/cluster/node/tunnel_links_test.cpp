#define CAF_SUITE cluster.tunnel_links

#include "tests/cluster/node/links_fixture.hpp"

#include <algorithm>

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const auto n2 = info_of("n2", 2);
const auto n3 = info_of("n3", 3);

struct fixture : links_fixture {
  /// The tunnels that are open when a peer has been without a link for long enough.
  std::vector<link_id> opened() {
    tunnel_side.open_due(now);
    tunnel_side.open_due(now += 2 * tunnel_planner::delay);
    std::vector<link_id> all;
    for (link_id number = 1; number < 10; ++number)
      if (table.find(number | tunnel_bit))
        all.push_back(number | tunnel_bit);
    return all;
  }
  tunnel_links::arrival relayed(const connection& from, epoch_t origin, bool admits = true) {
    return tunnel_side.on_relay(from, {origin, 1, 5, "hello"}, true, admits, now);
  }

  tunnel_links tunnel_side{settings, members, table, tunnels, endings};
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(tunnel_links_tests, fixture)

// -- opened by this node

CAF_TEST(a member without a link is reached through one that has) {
  link(1, n2);
  members.on_link_up(n3, now);
  const auto ids = opened();
  CAF_REQUIRE_EQUAL(ids.size(), 1u);
  const auto& t = *table.find(ids[0]);
  CAF_CHECK_EQUAL(t.via, 2u);
  CAF_CHECK_EQUAL(t.expected, 3u);
  CAF_CHECK(t.dialled);
  CAF_CHECK_EQUAL(t.address, "through n2");
  CAF_CHECK_EQUAL(waiting(t).size(), 1u);  // its hello
}

CAF_TEST(who is linked needs no tunnel) {
  link(1, n2);
  link(2, n3);
  CAF_CHECK(opened().empty());
}

CAF_TEST(who leaves or is not ready is no relay) {
  auto not_ready = n2;
  not_ready.flags = 0;
  link(1, not_ready);
  auto leaving = info_of("n4", 4);
  leaving.flags |= node_flag::leaving;
  link(2, leaving);
  members.on_link_up(n3, now);
  CAF_CHECK(opened().empty());
}

CAF_TEST(who is reached through a tunnel is no relay) {
  link(1, n2);
  for (const auto& who : {n3, info_of("n4", 4), info_of("n5", 5), info_of("n6", 6)})
    link(open_tunnel(who.epoch, 2), who, 2);
  const std::vector<link_id> before = opened();
  for (const auto& who : {info_of("n7", 7), info_of("n8", 8), info_of("n9", 9)})
    members.on_link_up(who, now);
  const auto all = opened();
  CAF_REQUIRE_EQUAL(all.size(), before.size() + 3);
  for (const auto id : all)
    CAF_CHECK_EQUAL(table.find(id)->via, 2u);
}

// -- opened by others

CAF_TEST(a tunnel of a member is taken and its bytes are for it) {
  auto& c = link(1, n2);
  members.on_link_up(n3, now);
  const auto came = relayed(c, 3);
  CAF_CHECK(came.fits);
  CAF_REQUIRE(came.to);
  CAF_CHECK_EQUAL(came.to->expected, 3u);
  CAF_CHECK(!came.to->dialled);
}

CAF_TEST(a stranger and who comes after the goodbye are not let in) {
  auto& c = link(1, n2);
  CAF_CHECK(!relayed(c, 3).to);
  members.on_link_up(n3, now);
  CAF_CHECK(!relayed(c, 3, false).to);
  CAF_CHECK(relayed(c, 3).to);
}

CAF_TEST(a tunnel within a tunnel is what no node sends) {
  link(1, n2);
  auto& inner = link(open_tunnel(3, 2), n3, 2);
  CAF_CHECK(!relayed(inner, 3).fits);
  CAF_CHECK(!tunnel_side.on_relay_end(inner, {3, 1, 5, relay_end_reason::closed}, now));
}

CAF_TEST(what comes for a tunnel that is closing is for nobody) {
  auto& c = link(1, n2);
  members.on_link_up(n3, now);
  endings.shut(relayed(c, 3).to->id);
  CAF_CHECK(!relayed(c, 3).to);
}

CAF_TEST(an end from the other side is the end of the link that went through it) {
  auto& c = link(1, n2);
  members.on_link_up(n3, now);
  auto& t = *relayed(c, 3).to;
  table.attach(t, peers.enter(n3), n3, now);
  CAF_CHECK(tunnel_side.on_relay_end(c, {3, 1, 5, relay_end_reason::closed}, now));
  CAF_CHECK(!table.link_of(3));
}

// -- the end of a call

CAF_TEST(a tunnel that closes says its last words to the relay and is gone) {
  auto& c = link(1, n2);
  members.on_link_up(n3, now);
  auto& t = *relayed(c, 3).to;
  const auto id = t.id;
  t.say(bye_frame{bye_reason::dead, 0});
  endings.shut(id);
  tunnel_side.finish_turn();
  CAF_CHECK(!table.find(id));
  std::vector<slice> kept;
  tunnels.take(2, 1u << 20, kept);
  CAF_REQUIRE_EQUAL(kept.size(), 2u);
  CAF_CHECK(decode_frame(split_frame(kept[1].bytes).frame)
            == (frame{relay_end_frame{3, 1, 5, relay_end_reason::closed}}));
}

CAF_TEST_FIXTURE_SCOPE_END()
