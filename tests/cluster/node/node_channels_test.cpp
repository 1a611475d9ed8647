#define CAF_SUITE cluster.node_channels

#include "tests/cluster/node/node_net.hpp"

#include "cluster/cache/cache_placement.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

struct fixture {
  node_net net;

  static std::size_t answers(test_node& n) {
    return n.take<channel_ready>().size();
  }
  /// The names of the first two nodes of the channel, of all there are.
  static std::vector<std::string> owners(const std::string& channel,
                                         const std::vector<test_node*>& nodes) {
    std::vector<cache_placement::candidate> all;
    for (const auto* n : nodes)
      all.push_back({n->name, n->epoch});
    cache_placement choice;
    choice.set_candidates(all, {});
    std::vector<std::string> names;
    for (unsigned rank = 0; rank < 2; ++rank)
      for (const auto* n : nodes)
        if (n->epoch == choice.at(key_of(channel), rank))
          names.push_back(n->name);
    return names;
  }
  void publish_cached(test_node& n, const std::string& channel, const std::string& data,
                      std::uint64_t hlc) {
    n.publish(
        {.flags = event_flag::cache, .channel = channel, .event = "ev", .hlc = hlc, .data = data});
  }
  std::string look_up(test_node& n, const std::string& channel) {
    n.call(calls::look_up_cache{9, {0, channel}, key_of(channel)});
    net.settle();
    const auto found = n.take<cache_found>();
    CAF_REQUIRE_EQUAL(found.size(), 1u);
    CAF_CHECK_EQUAL(found[0].id, 9u);
    return found[0].item ? found[0].item->data : "nothing";
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(node_channels_tests, fixture)

// -- wanting

CAF_TEST(a node that is alone has nobody to wait for) {
  auto& n1 = net.start("n1");
  n1.want(7, "orders");
  const auto ready = n1.take<channel_ready>();
  CAF_REQUIRE_EQUAL(ready.size(), 1u);
  CAF_CHECK_EQUAL(ready[0].ticket, 7u);
  CAF_CHECK_EQUAL(ready[0].channel.name, "orders");
}

CAF_TEST(a want is answered when the peers know) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  auto& n3 = net.start("n3");
  net.form();
  n1.want(7, "orders");
  CAF_CHECK_EQUAL(answers(n1), 0u);
  net.settle();
  CAF_CHECK_EQUAL(answers(n1), 1u);
  CAF_CHECK(n2.core.wanted_elsewhere(key_of("orders")));
  CAF_CHECK(n3.core.wanted_elsewhere(key_of("orders")));
  CAF_CHECK(!n1.core.wanted_elsewhere(key_of("orders")));
  net.run(1s);
  CAF_CHECK_EQUAL(answers(n1), 0u);
  CAF_CHECK_EQUAL(n1.core.stats().ack_timeouts, 0u);
}

CAF_TEST(a silent peer is waited for a tenth of a second and then not again) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  auto& n3 = net.start("n3");
  net.form();
  net.hold(n1, n2);
  n1.want(7, "orders");
  net.run(90ms);
  CAF_CHECK_EQUAL(answers(n1), 0u);
  net.run(20ms);
  CAF_CHECK_EQUAL(answers(n1), 1u);
  CAF_CHECK_EQUAL(n1.core.stats().ack_timeouts, 1u);
  n1.want(8, "news");
  net.settle();
  CAF_CHECK_EQUAL(answers(n1), 1u);  // n3 has answered
  net.release();
  net.run(50ms);
  net.hold(n1, n2);
  n1.want(9, "weather");
  net.run(50ms);
  CAF_CHECK_EQUAL(answers(n1), 0u);  // it has caught up, and is waited for again
  net.release();
  CAF_CHECK_EQUAL(answers(n1), 1u);
  CAF_CHECK_EQUAL(n1.core.stats().ack_timeouts, 1u);
  CAF_CHECK(n3.linked_to(n1));
}

CAF_TEST(a want that is taken back is not answered) {
  auto& n1 = net.start("n1");
  net.start("n2");
  net.form();
  n1.want(7, "orders");
  n1.unwant(7, "orders");
  net.run(5s);
  CAF_CHECK_EQUAL(answers(n1), 0u);
  CAF_CHECK_EQUAL(n1.core.stats().own_interest, 0u);
}

CAF_TEST(a peer is told that a channel is not wanted any more after a while) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  n1.want(1, "orders");
  net.settle();
  n1.unwant(1, "orders");
  net.run(1s);
  CAF_CHECK(n2.core.wanted_elsewhere(key_of("orders")));
  net.run(2s);
  CAF_CHECK(!n2.core.wanted_elsewhere(key_of("orders")));
  n2.publish("orders", "1");
  net.settle();
  CAF_CHECK_EQUAL(n2.core.stats().events_forwarded, 0u);
}

// -- events

CAF_TEST(an event goes to the nodes that want it with all it is) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  auto& n3 = net.start("n3");
  net.form();
  n2.want(1, "orders");
  n3.want(1, "news");
  net.settle();
  const std::uint8_t flags =
      event_flag::client_event | event_flag::has_except | event_flag::has_user_id;
  n1.publish({.flags = flags,
              .channel = "orders",
              .event = "client-x",
              .except = "1.5",
              .user_id = "42",
              .hlc = 77,
              .data = R"({"on":true})"});
  net.settle();
  const auto got = n2.take<remote_event>();
  CAF_REQUIRE_EQUAL(got.size(), 1u);
  CAF_CHECK_EQUAL(got[0].channel.app, 0u);
  CAF_CHECK_EQUAL(got[0].channel.name, "orders");
  CAF_CHECK_EQUAL(static_cast<int>(got[0].flags), static_cast<int>(flags));
  CAF_CHECK_EQUAL(got[0].event, "client-x");
  CAF_CHECK_EQUAL(got[0].data, R"({"on":true})");
  CAF_CHECK_EQUAL(got[0].except, "1.5");
  CAF_CHECK_EQUAL(got[0].user_id, "42");
  CAF_CHECK_EQUAL(got[0].hlc, 77u);
  CAF_CHECK_EQUAL(got[0].publisher, n1.epoch);
  CAF_CHECK(n3.take<remote_event>().empty());
  CAF_CHECK_EQUAL(n1.core.stats().events_forwarded, 1u);
  CAF_CHECK_EQUAL(n2.core.stats().events_forwarded, 0u);  // and is not passed on
}

CAF_TEST(events arrive in the order in which they were published) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  n2.want(1, "orders");
  net.settle();
  std::string sent;
  for (int i = 0; i < 500; ++i) {
    n1.publish("orders", std::to_string(i));
    sent += (i ? " " : "") + std::to_string(i);
    if (i % 7 == 0)
      net.settle();
  }
  net.settle();
  CAF_CHECK_EQUAL(n2.take_data(), sent);
}

CAF_TEST(an app has another number on another node) {
  auto first = net.settings("n1");
  first.apps = {"b", "a"};
  auto& n1 = net.start(std::move(first));
  auto& n2 = net.start("n2");  // knows "a" alone
  net.form();
  n2.want(1, "orders");
  net.settle();
  n1.publish({.app = 1, .channel = "orders", .event = "ev", .data = "of a"});
  n1.publish({.app = 0, .channel = "orders", .event = "ev", .data = "of b"});
  net.settle();
  const auto got = n2.take<remote_event>();
  CAF_REQUIRE_EQUAL(got.size(), 1u);
  CAF_CHECK_EQUAL(got[0].channel.app, 0u);
  CAF_CHECK_EQUAL(got[0].data, "of a");
  CAF_CHECK_EQUAL(n2.core.stats().unknown_app, 1u);
}

CAF_TEST(a peer whose wants are not known gets everything) {
  auto& n1 = net.start("n1");
  auto second = net.settings("n2");
  auto& n2 = net.start(std::move(second));
  n2.want(1, "orders");
  CAF_CHECK_EQUAL(answers(n2), 1u);
  net.cross(n1, n2);
  net.settle([&] { return n1.linked_to(n2); });
  CAF_CHECK(!n1.core.settled());
  n1.publish("orders", "1");
  n1.publish("news", "2");
  CAF_CHECK_EQUAL(n1.core.stats().events_forwarded, 2u);
  net.settle();
  CAF_CHECK(n1.core.settled());
  CAF_CHECK_EQUAL(n2.take_data(), "1");
  n1.publish("news", "3");
  CAF_CHECK_EQUAL(n1.core.stats().events_forwarded, 2u);
}

CAF_TEST(ten thousand wants are told to a newcomer while they change) {
  auto& n1 = net.start("n1");
  for (std::uint64_t i = 0; i < 10'000; ++i)
    n1.want(i + 1, "channel-" + std::to_string(i));
  CAF_CHECK_EQUAL(answers(n1), 10'000u);
  auto& n2 = net.start("n2");
  net.cross(n1, n2);
  std::uint64_t more = 0;
  net.settle([&] {
    if (n1.linked_to(n2) && more < 50) {
      ++more;
      n1.want(20'000 + more, "late-" + std::to_string(more));
      n1.unwant(more, "channel-" + std::to_string(more - 1));
    }
    return false;
  });
  CAF_CHECK_EQUAL(more, 50u);
  CAF_CHECK_EQUAL(answers(n1), 50u);
  CAF_CHECK_EQUAL(n2.core.stats().interest_keys, 10'050u);
  const auto peers = n2.core.peers();
  CAF_CHECK_EQUAL(peers[0].interest_keys, 10'050u);
  net.run(4s);
  CAF_CHECK_EQUAL(n2.core.stats().interest_keys, 10'000u);
  n2.publish("late-1", "1");
  n2.publish("channel-0", "2");
  net.settle();
  CAF_CHECK_EQUAL(n1.take_data(), "1");
  net.run(15s);  // what both hold has been compared meanwhile
  for (auto* n : {&n1, &n2}) {
    CAF_CHECK_EQUAL(n->core.stats().interest_repairs, 0u);
    CAF_CHECK_EQUAL(n->core.stats().roster_repairs, 0u);
  }
}

// -- cached events

CAF_TEST(the owners of a cache channel answer for it when nobody is in it) {
  std::vector<test_node*> nodes;
  for (const auto* name : {"n1", "n2", "n3", "n4"})
    nodes.push_back(&net.start(name));
  net.form();
  publish_cached(*nodes[0], "cache-prices", "1", 5);
  publish_cached(*nodes[0], "cache-prices", "2", 6);
  net.settle();
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    auto& n = *nodes[i];
    CAF_CHECK(n.take<remote_event>().empty());
    CAF_CHECK_EQUAL(look_up(n, "cache-prices"), "2");
    n.want(1, "cache-prices", false, true);
    net.settle();
    const auto ready = n.take<channel_ready>();
    CAF_REQUIRE_EQUAL(ready.size(), 1u);
    CAF_REQUIRE(ready[0].cached);
    CAF_CHECK_EQUAL(ready[0].cached->data, "2");
    CAF_CHECK_EQUAL(ready[0].cached->hlc, 6u);
    CAF_CHECK_EQUAL(ready[0].cached->publisher, nodes[0]->epoch);
  }
  CAF_CHECK_EQUAL(look_up(*nodes[1], "cache-empty"), "nothing");
}

CAF_TEST(a first subscriber gets what was published a moment ago and has not reached the owners) {
  std::vector<test_node*> nodes;
  for (const auto* name : {"n1", "n2", "n3", "n4"})
    nodes.push_back(&net.start(name));
  net.form();
  // Neither the publisher nor the subscriber is an owner, and no owner hears the publisher.
  const auto owning = owners("cache-prices", nodes);
  std::vector<test_node*> others;
  for (auto* n : nodes)
    if (std::ranges::find(owning, n->name) == owning.end())
      others.push_back(n);
  for (auto* n : nodes)
    if (n != others[0] && n != others[1])
      net.hold(*others[0], *n);
  publish_cached(*others[0], "cache-prices", "now", 5);
  others[1]->want(1, "cache-prices", false, true);
  net.run(300ms);
  const auto ready = others[1]->take<channel_ready>();
  CAF_REQUIRE_EQUAL(ready.size(), 1u);
  CAF_REQUIRE(ready[0].cached);
  CAF_CHECK_EQUAL(ready[0].cached->data, "now");
}

CAF_TEST(an older cached event never replaces a newer one) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  publish_cached(n1, "cache-prices", "newer", 9);
  net.settle();
  publish_cached(n2, "cache-prices", "older", 8);
  net.settle();
  CAF_CHECK_EQUAL(look_up(n1, "cache-prices"), "newer");
  CAF_CHECK_EQUAL(look_up(n2, "cache-prices"), "newer");
}

CAF_TEST(owners that are silent are waited for a tenth of a second) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  net.hold(n1, n2);
  n1.call(calls::look_up_cache{9, {0, "cache-prices"}, key_of("cache-prices")});
  n1.want(1, "cache-prices", false, true);
  net.run(80ms);
  CAF_CHECK(n1.take<cache_found>().empty());
  CAF_CHECK_EQUAL(answers(n1), 0u);
  net.run(40ms);
  CAF_CHECK_EQUAL(n1.take<cache_found>().size(), 1u);
  CAF_CHECK_EQUAL(answers(n1), 1u);
}

CAF_TEST(cached events outlive their owners one by one) {
  std::vector<test_node*> nodes;
  for (const auto* name : {"n1", "n2", "n3", "n4", "n5"})
    nodes.push_back(&net.start(name));
  net.form();
  std::string channel = "cache-0";
  for (int i = 1; owners(channel, nodes)[0] == "n1" || owners(channel, nodes)[1] == "n1"; ++i)
    channel = "cache-" + std::to_string(i);
  publish_cached(*nodes[0], channel, "kept", 5);
  net.settle();
  const auto first = owners(channel, nodes);
  const auto gone = [&](const std::string& name) {
    for (auto*& n : nodes)
      if (n->name == name)
        net.kill(*n);
    std::erase_if(nodes, [&](const auto* n) { return n->name == name; });
    net.run(8s);
  };
  gone("n1");
  gone(first[0]);
  gone(first[1]);
  CAF_REQUIRE_EQUAL(nodes.size(), 2u);
  for (auto* n : nodes) {
    CAF_CHECK(n->core.settled());
    CAF_CHECK_EQUAL(look_up(*n, channel), "kept");
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
