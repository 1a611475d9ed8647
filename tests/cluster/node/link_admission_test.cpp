#define CAF_SUITE cluster.link_admission

#include "cluster/node/link_admission.hpp"

#include "cluster/interest/interest_view.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

using kind = link_admission::kind;

node_info info_of(const std::string& name, epoch_t epoch) {
  node_info info;
  info.name = name;
  info.epoch = epoch;
  info.address = {"10.0.0." + name.substr(1), 7946};
  return info;
}

const auto n2 = info_of("n2", 2);

struct fixture {
  connection& open(link_id id, bool dialled = false, epoch_t via = 0) {
    link_facts facts{.dialled = dialled,
                     .expected = via == 0 ? 0u : 2u,
                     .address = {},
                     .tls_binding = {},
                     .certificate_names = {}};
    return links.add(open_connection(id, std::move(facts), via, {}, now));
  }
  void link(link_id id, bool dialled = false, epoch_t via = 0) {
    members.on_link_up(n2, now);
    auto* known = links.find_peer(2);
    links.attach(open(id, dialled, via), known ? *known : links.add_peer(n2), n2, now);
  }
  link_admission admit(const connection& c, const node_info& who = n2, bool peer_has_link = false) {
    return judge(c, who, peer_has_link, links, members, allowed, leaving, now);
  }

  time_point now{1000s};
  membership members{info_of("n1", 1), {}, 1, now};
  link_table links;
  std::vector<std::string> allowed;
  bool leaving = false;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_admission_tests, fixture)

CAF_TEST(who comes first is attached) {
  CAF_CHECK(admit(open(1)).what == kind::attach);
}

CAF_TEST(a certificate has to be for the name) {
  auto& c = open(1);
  c.secure = true;
  c.certificate_names = {"n3"};
  const auto verdict = admit(c);
  CAF_CHECK(verdict.what == kind::refuse);
  CAF_CHECK(verdict.why == bye_reason::protocol);
  CAF_CHECK_EQUAL(verdict.news.size(), 2u);
  allowed = {"n3"};
  CAF_CHECK(admit(c).what == kind::attach);
}

CAF_TEST(nobody is let in while this node leaves) {
  leaving = true;
  CAF_CHECK(admit(open(1)).why == bye_reason::leaving);
}

CAF_TEST(an older run is told which one is known) {
  members.on_link_up(info_of("n2", 20), now);
  const auto verdict = admit(open(1));
  CAF_CHECK(verdict.why == bye_reason::stale_epoch);
  CAF_CHECK_EQUAL(verdict.seen, 20u);
}

CAF_TEST(this nodes own name is taken) {
  const auto verdict = admit(open(1), info_of("n1", 7));
  CAF_CHECK(verdict.what == kind::refuse);
  CAF_CHECK(verdict.why == bye_reason::name_conflict);
}

CAF_TEST(this node finds itself at a seeds address without a word in the log) {
  const auto verdict = admit(open(1), info_of("n1", 1));
  CAF_CHECK(verdict.what == kind::refuse);
  CAF_CHECK(verdict.news.empty());
}

CAF_TEST(a node has room for as many peers as an event can be marked for) {
  for (epoch_t epoch = 100; epoch < 100 + interest_view::slots; ++epoch)
    links.add_peer(info_of("n" + std::to_string(epoch), epoch));
  const auto verdict = admit(open(1));
  CAF_CHECK(verdict.what == kind::refuse);
  CAF_CHECK_EQUAL(verdict.news.front(), "this node has no room for it");
}

// -- through a tunnel

CAF_TEST(the other end of a tunnel is the member that it was opened for) {
  auto& c = open(1, false, 3);
  CAF_CHECK(admit(c).why == bye_reason::protocol);  // nobody knows it
  members.on_link_up(n2, now);
  CAF_CHECK(admit(c).what == kind::attach);
  CAF_CHECK(admit(c, info_of("n4", 2)).why == bye_reason::protocol);
  CAF_CHECK(admit(c, info_of("n2", 4)).why == bye_reason::protocol);
}

// -- beside the link there is

CAF_TEST(a connection in place of one that the peer has lost) {
  link(1);
  CAF_CHECK(admit(open(2)).what == kind::replace);
}

CAF_TEST(a second connection beside one that the peer holds is one too many) {
  link(1, true);
  now += 10s;
  const auto verdict = admit(open(2), n2, true);
  CAF_CHECK(verdict.what == kind::refuse);
  CAF_CHECK(verdict.why == bye_reason::duplicate);
  CAF_CHECK(verdict.news.empty());
}

CAF_TEST(a socket takes the place of a tunnel) {
  link(1, false, 3);
  now += 10s;
  CAF_CHECK(admit(open(2), n2, true).what == kind::replace);
}

CAF_TEST_FIXTURE_SCOPE_END()
