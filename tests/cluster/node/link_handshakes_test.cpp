#define CAF_SUITE cluster.link_handshakes

#include "tests/cluster/node/links_fixture.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const auto n2 = info_of("n2", 2);

struct fixture : links_fixture {
  /// The other end of a connection dials, and proves itself with that secret. `has_link`: it says
  /// that it holds another.
  connection& shake(link_id id, const node_info& who, const std::string& secret,
                    bool has_link = false) {
    auto& c = open(id);
    handshake_settings theirs;
    theirs.secrets = {secret};
    handshake other{handshake::role::dialler, theirs, {1}, {}};
    const auto ours = c.shake.start();
    auto answer = other.on_frame(ours, who, has_link);
    in.on_frame(c, other.start(), now);
    for (const auto& each : answer.send)
      in.on_frame(c, each, now);
    return c;
  }
  connection& shake(link_id id, const node_info& who = n2) {
    return shake(id, who, "a secret of the cluster");
  }
  bye_reason last_bye(const connection& c) {
    const auto frames = waiting(c);
    CAF_REQUIRE(!frames.empty());
    CAF_REQUIRE(std::holds_alternative<bye_frame>(frames.back()));
    return std::get<bye_frame>(frames.back()).reason;
  }

  link_handshakes in{settings, members, streams, channels, table,
                     tunnels,  peers,   endings, out,      told};
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_handshakes_tests, fixture)

CAF_TEST(who has proved itself is linked and told where the streams go on) {
  auto& c = shake(1);
  CAF_CHECK(table.link_of(2) == &c);
  CAF_CHECK(members.members().find(epoch_t{2})->linked);
  CAF_CHECK(streams.find(2)->linked());
  CAF_CHECK(!streams.find(2)->next_write(4096, now).empty());
  CAF_CHECK_EQUAL(told.concluded, 1u);
  const auto news = take<link_news>();
  CAF_REQUIRE_EQUAL(news.size(), 1u);
  CAF_CHECK(news[0].what == link_news_kind::up);
  CAF_CHECK_EQUAL(news[0].peer, "n2");
}

CAF_TEST(who has another secret gets a goodbye and is noted) {
  auto& c = shake(1, n2, "another");
  CAF_CHECK(last_bye(c) == bye_reason::protocol);
  CAF_CHECK(c.closing);
  CAF_CHECK(!table.find_peer(2));
  CAF_CHECK_EQUAL(endings.refused(), 1u);
}

CAF_TEST(a goodbye in a handshake is for the log) {
  auto& c = open(1);
  in.on_frame(c, bye_frame{bye_reason::leaving, 0}, now);
  CAF_CHECK(c.closing);
  const auto news = take<link_news>();
  CAF_REQUIRE_EQUAL(news.size(), 1u);
  CAF_CHECK_EQUAL(news[0].detail, explain(bye_reason::leaving));
  CAF_CHECK_EQUAL(endings.refused(), 1u);
}

CAF_TEST(nobody is let in after this nodes goodbye) {
  in.stop_admitting();
  CAF_CHECK(last_bye(shake(1)) == bye_reason::leaving);
  CAF_CHECK(!table.find_peer(2));
}

CAF_TEST(a second connection that the peer has no other beside takes the place of the first) {
  auto& first = shake(1);
  auto& second = shake(2);
  CAF_CHECK(last_bye(first) == bye_reason::duplicate);
  CAF_CHECK(first.closing);
  CAF_CHECK(table.link_of(2) == &second);
}

CAF_TEST(a newer run of a name is another peer) {
  shake(1);
  shake(2, info_of("n2", 20));
  CAF_CHECK(table.link_of(20));
  CAF_CHECK(!members.members().find(epoch_t{2}));
}

CAF_TEST(an older run of a name is told which is newer) {
  shake(1, info_of("n2", 20));
  auto& c = shake(2);
  CAF_CHECK(waiting(c).back() == (frame{bye_frame{bye_reason::stale_epoch, 20}}));
  CAF_CHECK(!table.find_peer(2));
}

CAF_TEST_FIXTURE_SCOPE_END()
