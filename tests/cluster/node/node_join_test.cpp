#define CAF_SUITE cluster.node_join

#include "tests/cluster/node/node_net.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

struct fixture {
  node_net net;

  /// What is in the frames of a byte stream, by type.
  static std::vector<frame_type> types(std::string_view bytes) {
    std::vector<frame_type> all;
    for (auto cut = split_frame(bytes); cut.status == split_status::complete;
         cut = split_frame(bytes)) {
      all.push_back(cut.frame.type);
      bytes.remove_prefix(cut.frame.size());
    }
    CAF_CHECK(bytes.empty());
    return all;
  }
  static bool mentions(const std::vector<link_news>& news, std::string_view what) {
    for (const auto& each : news)
      if (each.detail.find(what) != std::string::npos)
        return true;
    return false;
  }
  static std::string hello() {
    return encoded(hello_frame{});
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(node_join_tests, fixture)

CAF_TEST(a node that is alone is settled and not isolated) {
  auto& n1 = net.start("n1");
  net.run(1s);
  CAF_CHECK(n1.core.settled());
  CAF_CHECK(!n1.core.isolated());
  CAF_CHECK(n1.core.peers().empty());
}

CAF_TEST(two nodes find each other through a seed) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.run(300ms);
  for (auto* n : {&n1, &n2}) {
    auto& other = n == &n1 ? n2 : n1;
    CAF_REQUIRE(n->knows(other));
    CAF_CHECK(n->knows(other)->state == member_state::alive);
    CAF_CHECK(n->linked_to(other));
    CAF_CHECK(n->core.settled());
    const auto news = n->take<member_news>();
    CAF_REQUIRE_EQUAL(news.size(), 1u);
    CAF_CHECK_EQUAL(news[0].name, other.name);
    CAF_CHECK(!news[0].from);
    CAF_CHECK(n->core.knows(n1.address) && n->core.knows(n2.address));
  }
  CAF_CHECK_EQUAL(net.connections(n1, n2), 1u);
}

CAF_TEST(a third node learns from its seed of the others and all are linked) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  auto& n3 = net.start("n3");
  net.form();
  CAF_CHECK(n3.linked_to(n1) && n3.linked_to(n2) && n2.linked_to(n3));
  CAF_CHECK_EQUAL(net.connections(n2, n3), 1u);
  CAF_CHECK_EQUAL(net.connections(n1, n3), 1u);
}

CAF_TEST(nodes that dial each other at once keep one connection) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.cross(n1, n2);
  net.settle();
  CAF_CHECK_EQUAL(net.connections(n1, n2), 1u);
  CAF_CHECK(n1.linked_to(n2) && n2.linked_to(n1));
  n1.want(1, "orders");
  net.settle();
  CAF_CHECK_EQUAL(n1.take<channel_ready>().size(), 1u);
  n2.publish("orders", "1");
  net.settle();
  CAF_CHECK_EQUAL(n1.take_data(), "1");
  // And keep it when it happens again.
  net.cross(n1, n2);
  net.settle();
  net.run(5s);
  CAF_CHECK_EQUAL(net.connections(n1, n2), 1u);
  n2.publish("orders", "2");
  net.settle();
  CAF_CHECK_EQUAL(n1.take_data(), "2");
  CAF_CHECK_EQUAL(n1.core.stats().suspicions + n2.core.stats().suspicions, 0u);
}

CAF_TEST(nodes that start apart find each other by an address that no member has) {
  auto& n1 = net.start("n1");
  auto apart = net.settings("n2");
  apart.membership.seeds = {{"10.0.0.51", 7946}};  // n3
  auto& n2 = net.start(std::move(apart));
  net.run(5s);
  CAF_CHECK(!n2.knows(n1));
  auto& n3 = net.start("n3");
  net.run(15s);
  CAF_CHECK(n1.linked_to(n2) && n2.linked_to(n3) && n3.linked_to(n1));
}

// -- who is not let in

CAF_TEST(another secret gets to see a hello and a goodbye only) {
  auto& n1 = net.start("n1");
  auto other = net.settings("n2");
  other.admission.secrets = {"a secret of others"};
  auto& n2 = net.start(std::move(other));
  net.run(100ms);
  CAF_CHECK(!n1.linked_to(n2));
  CAF_CHECK(!n1.knows(n2) && !n2.knows(n1));
  const auto seen = net.written(n1, n2);
  CAF_CHECK(!seen.empty());
  for (const auto type : types(seen))
    CAF_CHECK(type == frame_type::hello || type == frame_type::bye);
  CAF_CHECK(seen.find("n1") == std::string::npos);
  CAF_CHECK(seen.find("10.0.0") == std::string::npos);
  CAF_CHECK(mentions(n1.take<link_news>(), "cluster.secret"));
  CAF_CHECK(n1.core.stats().refused > 0);
}

CAF_TEST(secrets can be changed node by node) {
  auto first = net.settings("n1");
  first.admission.secrets = {"the old secret of all", "the new secret of all"};
  auto& n1 = net.start(std::move(first));
  auto second = net.settings("n2");
  second.admission.secrets = {"the new secret of all", "the old secret of all"};
  auto& n2 = net.start(std::move(second));
  net.run(1s);
  CAF_CHECK(n1.linked_to(n2));
}

CAF_TEST(a certificate has to be for the name) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  n1.certificate = {"n1"};
  n2.certificate = {"n3", "n22"};
  net.run(1s);
  CAF_CHECK(!n1.linked_to(n2) && !n2.linked_to(n1));
  CAF_CHECK(mentions(n1.take<link_news>(), "certificate"));
}

CAF_TEST(a certificate may be for an allowed name) {
  std::vector<test_node*> nodes;
  for (const auto* name : {"n1", "n2"}) {
    auto s = net.settings(name);
    s.allowed_names = {"*.nodes.example"};
    nodes.push_back(&net.start(std::move(s)));
    nodes.back()->certificate = {"x.nodes.example"};
  }
  net.run(1s);
  CAF_CHECK(nodes[0]->linked_to(*nodes[1]));
}

CAF_TEST(a star stands for one label of a name only) {
  std::vector<test_node*> nodes;
  for (const auto* name : {"n1", "n2"}) {
    auto s = net.settings(name);
    s.allowed_names = {"*.example"};
    nodes.push_back(&net.start(std::move(s)));
    nodes.back()->certificate = {"x.nodes.example"};
  }
  net.run(1s);
  CAF_CHECK(!nodes[0]->linked_to(*nodes[1]));
}

CAF_TEST(a name that a living node has is taken) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  auto twin = net.settings("n2");
  twin.self.address = {"10.0.0.99", 7946};
  auto& taken = net.start(std::move(twin));
  net.run(5s);
  CAF_CHECK(n1.linked_to(n2));
  CAF_CHECK(!taken.linked_to(n1));
  CAF_REQUIRE(n1.knows(n2));
  CAF_CHECK_EQUAL(n1.knows(n2)->info.epoch, n2.epoch);
  CAF_CHECK(n1.core.welcomes("10.0.0.99", net.now));  // a mistake, not an offence
  CAF_CHECK(mentions(taken.take<link_news>(), "the name n2 is already in use"));
}

CAF_TEST(a node restarted with its clock gone back takes a later epoch) {
  auto& n1 = net.start("n1");
  const auto early = net.settings("n2");
  auto& n2 = net.start(net.settings("n2"));
  net.form();
  net.kill(n2);
  net.run(5s);
  auto& again = net.start(early);
  net.run(5s);
  CAF_CHECK(again.linked_to(n1));
  CAF_REQUIRE(n1.knows(again));
  CAF_CHECK(n1.knows(again)->info.epoch > n2.epoch);
  CAF_CHECK_EQUAL(n1.knows(again)->info.epoch, again.core.members().self().epoch);
  CAF_CHECK(n1.knows(again)->state == member_state::alive);
}

CAF_TEST(no protocol in common is no link) {
  auto& n1 = net.start("n1");
  auto later = net.settings("n2");
  later.admission.proto_min = later.admission.proto_max = 2;
  auto& n2 = net.start(std::move(later));
  net.run(1s);
  CAF_CHECK(!n1.linked_to(n2));
  CAF_CHECK(mentions(n1.take<link_news>(), "version") || mentions(n2.take<link_news>(), "version"));
}

// -- rubbish

CAF_TEST(a stranger gets a hello and three seconds) {
  auto& n1 = net.start("n1");
  const auto link = net.stranger(n1, "10.9.9.9");
  CAF_CHECK_EQUAL(n1.core.strangers(), 1u);
  CAF_CHECK(types(net.read(n1, link)) == std::vector{frame_type::hello});
  net.send(n1, link, hello());
  net.run(2900ms);
  CAF_CHECK(net.open(n1, link));
  net.run(200ms);
  CAF_CHECK(!net.open(n1, link));
  CAF_CHECK_EQUAL(n1.core.strangers(), 0u);
  CAF_CHECK(!n1.core.has_link(link));
  CAF_CHECK(net.read(n1, link).empty());
}

CAF_TEST(rubbish closes a connection and the third time an address is refused) {
  auto& n1 = net.start("n1");
  const std::string rubbish[]{"GET / HTTP/1.1\r\n\r\n",  // a length of a billion
                              "\x01\x00\x00\x00\xff"s,   // no such type
                              encoded(proof_frame{.info = {.name = "n2"}}),  // out of order
                              "\x05\x10\x00\x00\x01"s,  // longer than anything before admission
                              encoded(event_frame{.channel = "c", .event = "e"})};
  auto address = 0;
  for (const auto& each : rubbish) {
    const auto from = "10.9.9." + std::to_string(++address);
    for (int time = 0; time < 3; ++time) {
      CAF_CHECK(n1.core.welcomes(from, net.now));
      const auto link = net.stranger(n1, from);
      net.send(n1, link, each);
      CAF_CHECK(!net.open(n1, link));
      net.run(100ms);
    }
    CAF_CHECK(!n1.core.welcomes(from, net.now));
  }
  net.run(29s);
  CAF_CHECK(!n1.core.welcomes("10.9.9.5", net.now));
  net.run(1s);
  CAF_CHECK(n1.core.welcomes("10.9.9.5", net.now));
  CAF_CHECK_EQUAL(n1.core.strangers(), 0u);
}

CAF_TEST(a torn frame is put together) {
  auto& n1 = net.start("n1");
  const auto link = net.stranger(n1, "10.9.9.9");
  for (const char each : hello())
    net.send(n1, link, {&each, 1});
  CAF_CHECK(net.open(n1, link));
  net.send(n1, link, encoded(proof_frame{.info = {.name = "n2"}}));
  CAF_CHECK(!net.open(n1, link));
}

CAF_TEST(rubbish on a link costs the connection and nothing that was said) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  n1.want(1, "orders");
  net.settle();
  for (int time = 0; time < 2; ++time) {
    const auto link = net.link(n1, n2);
    net.take(n1, n1.core.on_bytes(link, "\xff\xff\xff\xff", net.now));
    n2.publish("orders", std::to_string(time));
    net.settle();
    CAF_CHECK(!n1.core.has_link(link));
    net.run(1s);
    CAF_CHECK(n1.linked_to(n2));
  }
  CAF_CHECK_EQUAL(n1.take_data(), "0 1");
  CAF_CHECK(mentions(n1.take<link_news>(), "malformed"));
  net.take(n1, n1.core.on_bytes(net.link(n1, n2), "\xff\xff\xff\xff", net.now));
  CAF_CHECK(!n1.core.welcomes(n2.address.host, net.now));
}

CAF_TEST(frames of the handshake have no place on a link) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  const auto link = net.link(n1, n2);
  net.take(n1, n1.core.on_bytes(link, hello(), net.now));
  net.settle();
  CAF_CHECK(!n1.core.has_link(link));
}

CAF_TEST(a peer that writes far beyond its credit is cut off) {
  auto small = net.settings("n1");
  small.session.window = 1000;
  auto& n1 = net.start(std::move(small));
  auto large = net.settings("n2");
  large.session.window = 1u << 30;
  auto& n2 = net.start(std::move(large));
  net.form();
  n1.want(1, "orders");
  net.settle();
  n1.gives_credit = false;
  const auto link = net.link(n1, n2);
  const std::string data(50'000, 'x');
  for (int n = 0; n < 24; ++n)
    n2.publish("orders", data);
  net.settle();
  CAF_CHECK(n1.core.has_link(link));  // so much is allowed for one long frame
  for (int n = 0; n < 24; ++n)
    n2.publish("orders", data);
  net.settle();
  CAF_CHECK(!n1.core.has_link(link));
  CAF_CHECK(mentions(n1.take<link_news>(), "window"));
}

CAF_TEST_FIXTURE_SCOPE_END()
