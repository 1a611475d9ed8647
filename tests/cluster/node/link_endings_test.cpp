#define CAF_SUITE cluster.link_endings

#include "tests/cluster/node/links_fixture.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const auto n2 = info_of("n2", 2);
const auto n3 = info_of("n3", 3);

std::vector<std::string> kinds(const node_effects& effects) {
  std::vector<std::string> all;
  for (const auto& each : effects)
    if (const auto* news = std::get_if<link_news>(&each))
      all.push_back(news->detail);
    else if (std::holds_alternative<close_link>(each))
      all.push_back("close");
    else
      all.push_back("other");
  return all;
}
using strings = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_endings_tests, links_fixture)

// -- connections

CAF_TEST(a connection that does not become a link is counted and closed) {
  auto& c = open(1);
  endings.refuse(c);
  CAF_CHECK(c.closing);
  CAF_CHECK_EQUAL(endings.refused(), 1u);
  const auto closed = take<close_link>();
  CAF_REQUIRE_EQUAL(closed.size(), 1u);
  CAF_CHECK_EQUAL(closed[0].link, 1u);
}

CAF_TEST(three offences of strangers and their address is refused) {
  for (link_id id = 1; id <= 3; ++id) {
    CAF_CHECK(!table.banned().refused("10.0.0.9", now));
    endings.offend(open(id), "rubbish", now);
  }
  CAF_CHECK(table.banned().refused("10.0.0.9", now));
  CAF_CHECK_EQUAL(endings.refused(), 3u);
}

CAF_TEST(an offence through a tunnel is not the address of the relay) {
  link(1, n2);
  for (link_id id = 2; id <= 4; ++id)
    endings.offend(open(id | tunnel_bit, 2), "rubbish", now);
  CAF_CHECK(!table.banned().refused("10.0.0.9", now));
}

CAF_TEST(an offence on a link costs the peer that link in words) {
  auto& c = link(1, n2);
  endings.offend(c, "rubbish", now);
  CAF_CHECK(kinds(out) == (strings{"rubbish", "close", "lost"}));
  CAF_CHECK(waiting(c) == std::vector<frame>{frame{bye_frame{bye_reason::protocol, 0}}});
  CAF_CHECK(!table.link_of(2));
  CAF_CHECK(table.find_peer(2));
}

// -- links

CAF_TEST(membership hears of a lost link when it is gone) {
  link(1, n2);
  endings.lose_link(2, false, now);
  CAF_CHECK(kinds(out) == (strings{"close", "lost"}));
  CAF_CHECK(!streams.find(2)->linked());
  CAF_CHECK_EQUAL(told.concluded, 1u);
  CAF_CHECK(!members.members().find(epoch_t{2})->linked);
  endings.lose_link(2, false, now);
  CAF_CHECK_EQUAL(told.concluded, 1u);
}

CAF_TEST(a link that is dropped is told why) {
  auto& c = link(1, n2);
  endings.drop_link(2, bye_reason::dead, now);
  CAF_CHECK(waiting(c) == std::vector<frame>{frame{bye_frame{bye_reason::dead, 0}}});
  CAF_CHECK(kinds(out) == (strings{"close", "with a goodbye"}));
  endings.drop_link(3, bye_reason::dead, now);
  CAF_CHECK_EQUAL(told.concluded, 1u);
}

CAF_TEST(a link that gives way to another socket is not lost) {
  auto& c = link(1, n2);
  endings.give_way(2, false, now);
  CAF_CHECK(kinds(out) == strings{"close"});
  CAF_CHECK(waiting(c) == std::vector<frame>{frame{bye_frame{bye_reason::duplicate, 0}}});
  CAF_CHECK(!table.link_of(2));
  CAF_CHECK_EQUAL(told.concluded, 0u);
}

CAF_TEST(a socket that gives way to a tunnel was lost by the other side) {
  link(1, n2);
  endings.give_way(2, true, now);
  CAF_CHECK(kinds(out) == (strings{"close", "lost by the other side"}));
  CAF_CHECK_EQUAL(told.concluded, 1u);
}

CAF_TEST(what went over a direct link ends with it) {
  link(1, n2);
  link(2, n3);
  const auto id = open_tunnel(9, 2);
  auto& t = open(id, 2, 9);
  endings.lose_link(3, false, now);
  CAF_CHECK(!t.closing);
  endings.lose_link(2, false, now);
  CAF_CHECK(t.closing);
  CAF_CHECK(tunnels.take_closing() == std::vector<link_id>{id});
}

CAF_TEST(a tunnel that ends takes the link that it was) {
  link(1, n2);
  const auto id = open_tunnel(3, 2);
  link(id, n3, 2);
  endings.end_tunnel(id, now);
  CAF_CHECK(!table.link_of(3));
  CAF_CHECK(table.link_of(2));
  CAF_CHECK(kinds(out) == strings{"lost"});
}

// -- peers

CAF_TEST(a peer that left is known until its link has ended) {
  link(1, n2);
  endings.on_left(2, now);
  CAF_REQUIRE(table.find_peer(2));
  CAF_CHECK(table.find_peer(2)->gone);
  CAF_CHECK(!channels.has_peer(2));
  endings.lose_link(2, true, now);
  CAF_CHECK(!table.find_peer(2));
  CAF_CHECK(!streams.find(2));
}

CAF_TEST(a peer that left without a link is gone at once) {
  link(1, n2);
  endings.lose_link(2, false, now);
  endings.on_left(2, now);
  CAF_CHECK(!table.find_peer(2));
}

CAF_TEST(a peer that left by a tunnel loses it for there is no answer to wait for) {
  link(1, n2);
  link(open_tunnel(3, 2), n3, 2);
  endings.on_left(3, now);
  CAF_CHECK(!table.find_peer(3));
}

CAF_TEST(a dead peer is told so and gone from everywhere) {
  auto& c = link(1, n2);
  endings.drop_peer(2, roster_cause::died, now);
  CAF_CHECK(waiting(c) == std::vector<frame>{frame{bye_frame{bye_reason::dead, 0}}});
  CAF_CHECK(c.closing);
  CAF_CHECK(!table.find_peer(2));
  CAF_CHECK(!streams.find(2));
  CAF_CHECK(!channels.has_peer(2));
}

CAF_TEST(a peer that a newer run of its name has replaced is told so) {
  auto& c = link(1, n2);
  endings.drop_peer(2, roster_cause::departed, now);
  CAF_CHECK(waiting(c) == std::vector<frame>{frame{bye_frame{bye_reason::stale_epoch, 0}}});
}

CAF_TEST_FIXTURE_SCOPE_END()
