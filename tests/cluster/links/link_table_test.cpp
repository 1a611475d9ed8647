#define CAF_SUITE cluster.link_table

#include "cluster/links/link_table.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

node_info node(const std::string& name, epoch_t epoch) {
  node_info info;
  info.name = name;
  info.epoch = epoch;
  return info;
}

struct fixture {
  connection& open(link_id id, bool dialled = false, epoch_t via = 0) {
    return links.add({.id = id,
                      .shake = {handshake::role::acceptor, {}, {}, {}},
                      .address = "10.0.0.2",
                      .certificate_names = {},
                      .dialled = dialled,
                      .via = via,
                      .opened = now,
                      .rest = {},
                      .waiting = {}});
  }

  time_point now{1000s};
  link_table links;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_table_tests, fixture)

CAF_TEST(a connection becomes its peers link and stops being it) {
  auto& c = open(1);
  auto& p = links.add_peer(node("n2", 22));
  CAF_CHECK(!links.link_of(22));
  CAF_CHECK(!links.any_linked());
  links.attach(c, p, node("n2", 22), now);
  CAF_CHECK(links.link_of(22) == &c);
  CAF_CHECK(c.admitted);
  CAF_CHECK_EQUAL(c.peer, 22u);
  CAF_CHECK_EQUAL(links.detach(p), 1u);
  CAF_CHECK_EQUAL(c.peer, 0u);
  CAF_CHECK(c.admitted);
  CAF_CHECK(!links.any_linked());
}

CAF_TEST(strangers are those who came and have proved nothing) {
  open(1);
  open(2, true);
  open(3, false, 22);
  CAF_CHECK_EQUAL(links.strangers(), 1u);
  links.attach(*links.find(1), links.add_peer(node("n2", 22)), node("n2", 22), now);
  CAF_CHECK_EQUAL(links.strangers(), 0u);
}

CAF_TEST(a connection has its time to prove itself and a tunnel has less) {
  open(1);
  open(2, false, 22);
  open(3).closing = true;
  const auto overdue = [&](duration after) { return links.overdue(3s, 1500ms, now + after); };
  CAF_CHECK(overdue(1499ms).empty());
  CAF_CHECK(overdue(1500ms) == std::vector<link_id>{2});
  CAF_CHECK(overdue(3s) == (std::vector<link_id>{1, 2}));
}

CAF_TEST(a receipt is given back once and within its time) {
  links.remember(22, {5, 100, {{0, 1}}}, now);
  links.forget_old(now + 9min);
  const auto kept = links.recall(22);
  CAF_REQUIRE(kept);
  CAF_CHECK_EQUAL(kept->stream, 5u);
  CAF_CHECK_EQUAL(kept->received, 100u);
  CAF_CHECK(!links.recall(22));
  links.remember(22, {5, 100, {}}, now);
  links.forget_old(now + 10min);
  CAF_CHECK(!links.recall(22));
}

CAF_TEST(frames are cut out of whatever pieces they come in) {
  auto& c = open(1);
  c.peer = 22;
  const auto bytes = encoded(frame{interest_ack_frame{7}}) + encoded(frame{interest_begin_frame{}});
  std::vector<frame> seen;
  for (const char each : bytes)
    CAF_CHECK(c.read({&each, 1}, [&](const frame_view&, const frame& f) {
      seen.push_back(f);
      return true;
    }));
  CAF_REQUIRE_EQUAL(seen.size(), 2u);
  CAF_CHECK(seen[0] == frame{interest_ack_frame{7}});
  CAF_CHECK(c.rest.empty());
}

CAF_TEST(nothing is read behind a malformed frame or the end) {
  auto& c = open(1);
  c.peer = 22;
  CAF_CHECK(!c.read(std::string(5, '\0'), [](const frame_view&, const frame&) { return true; }));
  const auto bytes =
      encoded(frame{interest_begin_frame{}}) + encoded(frame{interest_begin_frame{}});
  int count = 0;
  CAF_CHECK(c.read(bytes, [&](const frame_view&, const frame&) {
    ++count;
    c.closing = true;
    return true;
  }));
  CAF_CHECK_EQUAL(count, 1);
}

CAF_TEST(a stranger may not send what a peer may) {
  auto& c = open(1);
  const auto long_frame = encoded(frame{app_def_frame{0, std::string(8000, 'x')}});
  CAF_CHECK(!c.read(long_frame, [](const frame_view&, const frame&) { return true; }));
  c.peer = 22;
  CAF_CHECK(c.read(long_frame, [](const frame_view&, const frame&) { return true; }));
}

CAF_TEST_FIXTURE_SCOPE_END()
