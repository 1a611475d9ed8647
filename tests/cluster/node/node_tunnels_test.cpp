#define CAF_SUITE cluster.node_tunnels

#include "tests/cluster/node/node_net.hpp"

#include <algorithm>

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

struct fixture {
  node_net net;
  test_node& n1 = net.start("n1");
  test_node& n2 = net.start("n2");
  test_node& n3 = net.start("n3");
  int sent = 0;

  fixture() {
    net.form();
    n1.want(1, "to-1");
    n2.want(1, "to-2");
    net.settle();
    n1.take<channel_ready>();
  }
  static std::string numbers(int from, int to) {
    std::string all;
    for (int i = from; i < to; ++i)
      all += (i == from ? "" : " ") + std::to_string(i);
    return all;
  }
  void publish_both() {
    n1.publish("to-2", std::to_string(sent));
    n2.publish("to-1", std::to_string(sent++));
  }
  void publish_for(duration time) {
    for (const auto until = net.now + time; net.now < until; net.run(50ms))
      publish_both();
  }
  void break_pair() {
    net.hold(n1, n2);
    net.cut(n1, n2);
  }
  std::string relay_of(const test_node& at, const test_node& to) const {
    for (const auto& each : at.core.peers())
      if (each.name == to.name)
        return each.linked ? each.relay : "not linked";
    return "not known";
  }
  void all_arrived() {
    CAF_CHECK_EQUAL(n1.take_data(), numbers(0, sent));
    CAF_CHECK_EQUAL(n2.take_data(), numbers(0, sent));
    for (auto* n : {&n1, &n2}) {
      CAF_CHECK_EQUAL(n->core.stats().deaths, 0u);
      CAF_CHECK_EQUAL(n->core.stats().gaps, 0u);
      CAF_CHECK_EQUAL(n->core.stats().resyncs, 2u);  // the first link to each
    }
  }
  /// As if `from` had written it to `to`.
  void forge(test_node& from, test_node& to, const frame& f) {
    net.send(to, net.link(to, from), encoded(f));
  }
  void forge_piece(test_node& from, test_node& to, const tunnel_key& key, std::string_view bytes) {
    forge(from, to, relay_frame{key.origin, key.target, key.path, bytes});
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(node_tunnels_tests, fixture)

// -- a broken pair

CAF_TEST(events of a broken pair go through a third node in order and once) {
  publish_for(200ms);
  break_pair();
  publish_for(2s);
  net.run(300ms);
  CAF_CHECK_EQUAL(relay_of(n1, n2), "n3");
  CAF_CHECK_EQUAL(relay_of(n2, n1), "n3");
  CAF_CHECK_EQUAL(n1.core.stats().tunnels_opened + n2.core.stats().tunnels_opened, 1u);
  CAF_CHECK(n3.core.stats().relayed_bytes > 0);
  CAF_CHECK(n1.core.settled() && n2.core.settled());
  all_arrived();
}

CAF_TEST(a direct link takes over again and the relay carries nothing more) {
  break_pair();
  publish_for(2s);
  CAF_REQUIRE_EQUAL(relay_of(n1, n2), "n3");
  net.heal();
  publish_for(3s);
  CAF_CHECK_EQUAL(relay_of(n1, n2), "");
  CAF_CHECK_EQUAL(relay_of(n2, n1), "");
  const auto relayed = n3.core.stats().relayed_bytes;
  publish_for(2s);
  CAF_CHECK_EQUAL(n3.core.stats().relayed_bytes, relayed);
  all_arrived();
}

CAF_TEST(a link that breaks and comes back all the time loses and doubles nothing) {
  for (int round = 0; round < 8; ++round) {
    break_pair();
    publish_for(std::chrono::milliseconds{400 + 350 * round});
    net.heal();
    publish_for(std::chrono::milliseconds{100 * round});
  }
  publish_for(3s);
  all_arrived();
}

CAF_TEST(a link that is silent gives way to a tunnel) {
  publish_for(200ms);
  net.hold(n1, n2);
  publish_for(6s);
  net.run(300ms);
  CAF_CHECK_EQUAL(relay_of(n1, n2), "n3");
  all_arrived();
}

CAF_TEST(a silent link over which nobody has anything to say gives way too) {
  net.hold(n1, n2);
  net.run(7s);
  CAF_CHECK_EQUAL(relay_of(n1, n2), "n3");
  CAF_CHECK_EQUAL(relay_of(n2, n1), "n3");
}

CAF_TEST(a subscriber who comes while the pair is broken is known at the other end) {
  break_pair();
  net.run(2s);
  n1.want(7, "late");
  net.settle();
  const auto ready = n1.take<channel_ready>();
  CAF_REQUIRE_EQUAL(ready.size(), 1u);
  CAF_CHECK_EQUAL(ready[0].ticket, 7u);
  n2.publish("late", "heard");
  net.settle();
  CAF_CHECK_EQUAL(n1.take_data(), "heard");
}

CAF_TEST(credit comes back through a tunnel) {
  break_pair();
  net.run(2s);
  const std::string much(200'000, 'x');
  for (int n = 0; n < 100; ++n) {
    n1.publish("to-2", much);
    if (n % 10 == 9)
      net.run(20ms);
  }
  net.run(1s);
  CAF_CHECK_EQUAL(n2.take<remote_event>().size(), 100u);
  CAF_CHECK_EQUAL(relay_of(n1, n2), "n3");
  CAF_CHECK_EQUAL(n1.core.stats().events_dropped, 0u);
}

CAF_TEST(the sender stops at its window when the other end does not take what comes) {
  break_pair();
  net.run(2s);
  n2.gives_credit = false;
  const std::string much(200'000, 'x');
  for (int n = 0; n < 60; ++n)
    n1.publish("to-2", much);
  net.run(1s);
  const auto came = n2.take<remote_event>().size();
  CAF_CHECK(came >= 20 && came < 25);
}

CAF_TEST(a node that leaves is known to have left from the relay) {
  break_pair();
  net.run(2s);
  n1.call(calls::leave{});
  net.run(3s);
  CAF_CHECK(n2.knows(n1)->state == member_state::left);
  CAF_CHECK_EQUAL(relay_of(n2, n1), "not known");
}

  CAF_TEST(a node that was stopped for a moment keeps its tunnel) {
    break_pair();
    net.run(2s);
    CAF_REQUIRE_EQUAL(relay_of(n1, n2), "n3");
    n1.publish("to-2", "0");
    net.settle([&] {
      return std::ranges::any_of(n2.log, [](const node_effect& each) {
        return std::holds_alternative<remote_event>(each);
      });
    });
    n1.paused = true;  // with the answer on its way
    net.run(2200ms);
    n1.paused = false;
    n1.take<link_news>();
    net.run(1s);
    CAF_CHECK(n1.take<link_news>().empty());
    CAF_CHECK_EQUAL(n1.core.stats().tunnels_opened + n2.core.stats().tunnels_opened, 1u);
    CAF_CHECK_EQUAL(n2.take_data(), "0");
  }

  // -- relays

  CAF_TEST(when a relay dies another takes over and nothing is lost or doubled) {
    auto& n4 = net.start("n4");
    net.run(2s);
    break_pair();
    publish_for(2s);
    auto& first = relay_of(n1, n2) == "n3" ? n3 : n4;
    auto& second = &first == &n3 ? n4 : n3;
    CAF_REQUIRE_EQUAL(relay_of(n1, n2), first.name);
    publish_both();  // under way
    net.kill(first);
    publish_for(1500ms);
    net.run(300ms);
    CAF_CHECK_EQUAL(relay_of(n1, n2), second.name);
    CAF_CHECK_EQUAL(n1.take_data(), numbers(0, sent));
    CAF_CHECK_EQUAL(n2.take_data(), numbers(0, sent));
  }

  CAF_TEST(a relay whose links break again and again loses and doubles nothing) {
    break_pair();
    random_source random{5};
    for (int round = 0; round < 30; ++round) {
      publish_both();
      net.run(std::chrono::milliseconds{random.below(900)});
      net.cut(random.chance(50) ? n1 : n2, n3, &random);
    }
    publish_for(3s);
    net.run(300ms);
    all_arrived();
  }

  CAF_TEST(a node that has no link to the other end is not chosen twice) {
    auto& n4 = net.start("n4");
    net.run(2s);
    break_pair();
    // Whichever comes first in the order cannot help.
    for (auto* useless : {&n3, &n4}) {
      net.hold(n2, *useless);
      net.cut(n2, *useless);
      net.run(4s);
      auto& useful = useless == &n3 ? n4 : n3;
      CAF_CHECK_EQUAL(relay_of(n1, n2), useful.name);
      CAF_CHECK_EQUAL(relay_of(n2, n1), useful.name);
      net.heal();
      net.run(3s);
      break_pair();
    }
  }

  CAF_TEST(who can be reached through a tunnel only is no relay) {
    auto& n4 = net.start("n4");
    net.run(2s);
    // A chain n1 - n3 - n2 - n4: between its ends there are two hops.
    for (const auto& [a, b] : {std::pair{&n1, &n2}, std::pair{&n1, &n4}, std::pair{&n3, &n4}}) {
      net.hold(*a, *b);
      net.cut(*a, *b);
    }
    net.run(5s);
    CAF_CHECK_EQUAL(relay_of(n1, n2), "n3");
    CAF_CHECK_EQUAL(relay_of(n3, n4), "n2");
    CAF_CHECK(relay_of(n1, n4) == "not linked" || relay_of(n1, n4) == "not known");
  }

  // -- hostile members

  CAF_TEST(a frame of a tunnel that its sender has no part in costs the sender its link) {
    const auto of_others = relay_frame{n2.epoch, 99, 1, "x"};
    const auto to_itself = relay_frame{n1.epoch, n1.epoch, 1, "x"};
    const auto own_end = relay_frame{n3.epoch, n1.epoch, 1, "x"};
    for (const auto& f : {of_others, to_itself, own_end}) {
      const auto link = net.link(n1, n3);
      forge(n3, n1, f);
      CAF_CHECK(!net.open(n1, link));
      CAF_CHECK(n1.linked_to(n2));
      net.run(35s);  // its address may have to be forgiven
    }
    CAF_CHECK_EQUAL(n1.core.stats().refused, 3u);
  }

  CAF_TEST(frames of unknown tunnels are ignored) {
    const auto link = net.link(n1, n3);
    forge_piece(n3, n1, {n1.epoch, n2.epoch, 99}, "x");
    forge(n3, n1, relay_end_frame{n1.epoch, n2.epoch, 99});
    forge(n3, n1, relay_end_frame{n2.epoch, n1.epoch, 99});
    CAF_CHECK(net.open(n1, link));
    CAF_CHECK_EQUAL(n1.core.stats().refused, 0u);
  }

  CAF_TEST(rubbish in a tunnel costs the tunnel and nothing else) {
    const auto link = net.link(n1, n3);
    for (std::uint64_t path = 1; path <= 10; ++path)
      forge_piece(n3, n1, {n2.epoch, n1.epoch, path}, "rubbish");
    CAF_CHECK_EQUAL(n1.core.stats().refused, 10u);
    CAF_CHECK(net.open(n1, link));
    CAF_CHECK(n1.core.welcomes(n3.address.host, net.now));
    CAF_CHECK_EQUAL(relay_of(n1, n2), "");
    publish_for(200ms);
    all_arrived();
  }

  CAF_TEST(a tunnel within a tunnel costs the outer one) {
    break_pair();
    publish_for(2s);
    CAF_REQUIRE_EQUAL(relay_of(n1, n2), "n3");
    const auto link = net.link(n1, n3);
    const tunnel_key known{n1.epoch, n2.epoch, 1};
    forge_piece(n3, n1, known, encoded(frame{relay_frame{n2.epoch, n1.epoch, 5, "x"}}));
    CAF_CHECK_EQUAL(n1.core.stats().refused, 1u);
    CAF_CHECK(net.open(n1, link));
    publish_for(2s);
    CAF_CHECK_EQUAL(relay_of(n1, n2), "n3");
    all_arrived();
  }

  CAF_TEST(a flood ends at the bound of the relay and leaves the other links alone) {
    const std::string piece(60'000, 'x');
    std::string flood;
    while (flood.size() < 12u << 20)
      encode_frame(flood, relay_frame{n1.epoch, n2.epoch, 1, piece});
    net.send(n3, net.link(n3, n1), flood);
    CAF_CHECK(n3.core.stats().relayed_bytes < 7u << 20);
    const auto ends = [&](test_node& to) {
      const auto end = relay_end_frame{n1.epoch, n2.epoch, 1, relay_end_reason::overflow};
      return net.written(n3, to).find(encoded(frame{end})) != std::string::npos;
    };
    CAF_CHECK(ends(n1) && ends(n2));
    // The pieces that were let through were thrown away with the tunnel.
    CAF_CHECK(net.written(n3, n2).size() < 1u << 20);
    publish_for(200ms);
    all_arrived();
    CAF_CHECK(n3.linked_to(n1) && n3.linked_to(n2) && n2.linked_to(n1));
  }

  CAF_TEST(who proves to be another than the origin of the tunnel is not let in) {
    auto settings = net.settings("liar-4");
    node_core liar{settings, 1, net.now};
    liar.on_open(1, {.dialled = true, .address = "", .nonce = {9}}, net.now);
    const tunnel_key key{n2.epoch, n1.epoch, 7};
    std::size_t read = net.written(n1, n3).size();
    for (int turn = 0; turn < 4; ++turn) {
      for (const auto& each : liar.next_write(1, 1u << 16, net.now))
        forge_piece(n3, n1, key, each.bytes);
      net.settle();
      const auto written = net.written(n1, n3);
      for (std::string_view left = std::string_view{written}.substr(read); !left.empty();) {
        const auto split = split_frame(left);
        CAF_REQUIRE(split.status == split_status::complete);
        const auto content = decode_frame(split.frame);
        if (const auto* piece = std::get_if<relay_frame>(&*content); piece && piece->path == 7)
          liar.on_bytes(1, piece->bytes, net.now);
        left.remove_prefix(split.frame.size());
      }
      read = written.size();
    }
    CAF_CHECK_EQUAL(n1.core.stats().refused, 1u);
    CAF_CHECK(n1.core.members().members().find(std::string_view{"liar-4"}) == nullptr);
    CAF_CHECK_EQUAL(relay_of(n1, n2), "");
  }

  CAF_TEST_FIXTURE_SCOPE_END()
