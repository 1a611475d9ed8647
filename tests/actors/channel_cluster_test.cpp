#define CAF_SUITE actors.channel_cluster

#include "channel_cluster_fixture.hpp"

#include "cluster/random.hpp"

#include <map>
#include <set>

using namespace grapevine::actors;
using namespace std::chrono_literals;
namespace protocol = grapevine::protocol;
namespace cluster = grapevine::cluster;
namespace flag = grapevine::cluster::event_flag;

namespace {

struct fixture : channel_cluster_fixture {
  static cluster::cached_item kept(const calls::want& want, const std::string& data,
                                   std::uint64_t hlc) {
    return {.key = want.key,
            .channel = want.channel.name,
            .event = "ev",
            .data = data,
            .hlc = hlc,
            .publisher = other,
            .expires_at = cluster::time_point::max()};
  }
  static cluster::remote_event cached_event(const std::string& data, std::uint64_t hlc) {
    auto e = event("cache-prices", data);
    e.flags = flag::cache;
    e.hlc = hlc;
    return e;
  }
  std::string data_after(const add_subscriber& in) {
    const auto text = payload(in.after);
    const auto at = text.find(R"("data":")") + 8;
    return text.substr(at, text.find('"', at) - at);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(channel_cluster_tests, fixture)

// -- wants

CAF_TEST(the first subscriber waits until the cluster knows) {
  enter("orders", 5);
  CAF_CHECK(shards[0]->empty());
  const auto want = next_said<calls::want>();
  CAF_CHECK_EQUAL(want.channel.name, "orders");
  CAF_CHECK_EQUAL(want.key, port.key_of({0, "orders"}));
  CAF_CHECK(!want.presence);
  CAF_CHECK(!want.cache);
  CAF_CHECK_EQUAL(channels(), 0u);
  ready(want);
  CAF_CHECK(next<add_subscriber>().socket == socket(5));
  CAF_CHECK_EQUAL(channels(), 1u);
  enter("orders", 6);
  CAF_CHECK(next<add_subscriber>().socket == socket(6));
  CAF_CHECK(heard->empty());
}

CAF_TEST(what kind of channel is wanted is said) {
  enter("presence-cache-room", 1, ada);
  const auto want = next_said<calls::want>();
  CAF_CHECK(want.presence);
  CAF_CHECK(want.cache);
}

CAF_TEST(whoever comes or goes meanwhile waits behind the first) {
  enter("orders", 5);
  enter("orders", 6, {}, 1);
  exit("orders", 5);
  enter("orders", 7);
  const auto want = next_said<calls::want>();
  CAF_CHECK(heard->empty());
  CAF_CHECK(shards[0]->empty() && shards[1]->empty());
  ready(want);
  CAF_CHECK(next<add_subscriber>().socket == socket(5));
  CAF_CHECK(next<add_subscriber>().socket == socket(7));
  CAF_CHECK(next<add_subscriber>(1).socket == socket(6));
  const auto info =
      ask<protocol::channel_info>(describe{{0, "orders"}, {.subscription_count = true}});
  CAF_CHECK(info.subscription_count == std::optional<std::size_t>{2});
  CAF_CHECK(heard->empty());
}

CAF_TEST(one who left while waiting is answered and the channel given up) {
  enter("orders", 5);
  exit("orders", 5);
  const auto want = next_said<calls::want>();
  CAF_CHECK(heard->empty());
  ready(want);
  CAF_CHECK(next<add_subscriber>().socket == socket(5));
  CAF_CHECK_EQUAL(next_said<calls::unwant>().ticket, want.ticket);
  CAF_CHECK(heard->empty());
  CAF_CHECK_EQUAL(channels(), 0u);
}

CAF_TEST(a channel that empties among those who waited is wanted again for the next) {
  enter("orders", 5);
  exit("orders", 5);
  enter("orders", 6);
  const auto first = next_said<calls::want>();
  ready(first);
  CAF_CHECK(next<add_subscriber>().socket == socket(5));
  CAF_CHECK_EQUAL(next_said<calls::unwant>().ticket, first.ticket);
  const auto second = next_said<calls::want>();
  CAF_CHECK(shards[0]->empty());
  ready(second);
  CAF_CHECK(next<add_subscriber>().socket == socket(6));
  from_others({event("orders", "1")});
  next<deliver>();
}

CAF_TEST(an answer to an earlier want is ignored) {
  const auto first = open("orders", 5);
  next<add_subscriber>();
  exit("orders", 5);
  next_said<calls::unwant>();
  enter("orders", 6);
  const auto second = next_said<calls::want>();
  CAF_CHECK(second.ticket != first.ticket);
  ready(first);
  CAF_CHECK(shards[0]->empty());
  ready(second);
  next<add_subscriber>();
  ready(second);  // nor does a repetition do anything
  CAF_CHECK(shards[0]->empty());
  CAF_CHECK(heard->empty());
}

// Every order of coming and going, with the cluster's answers late or early and the actors
// somewhere in the middle of their work.
CAF_TEST(every subscriber is answered once however the channel ends and comes back) {
  cluster::random_source random{7};
  std::uint32_t subscribed = 0;
  std::map<std::uint64_t, std::size_t> answers;
  std::set<std::uint64_t> inside;
  std::uint64_t ticket = 0;
  const auto hear = [&] {
    while (!heard->empty()) {
      const auto head = std::exchange(heard->front(), {});
      heard->pop_front();
      if (const auto* want = std::get_if<calls::want>(&head)) {
        CAF_REQUIRE_EQUAL(ticket, 0u);
        ticket = want->ticket;
        caf::anon_send(directory, batch({cluster::channel_ready{ticket, want->channel, {}, {}}}));
      } else {
        CAF_REQUIRE(std::holds_alternative<calls::unwant>(head));
        CAF_REQUIRE_EQUAL(std::get<calls::unwant>(head).ticket, std::exchange(ticket, 0));
      }
    }
    while (!shards[0]->empty())
      ++answers[next<add_subscriber>().socket.serial];
  };
  for (int step = 0; step < 4000; ++step) {
    const bool comes = inside.empty() || (inside.size() < 3 && random.below(2) == 0);
    if (comes) {
      inside.insert(++subscribed);
      caf::anon_send(directory, subscribe{{0, "orders"}, {socket(subscribed), 1, 0, {}, false}});
    } else {
      caf::anon_send(directory, unsubscribe{{0, "orders"}, {socket(*inside.begin()), 0}});
      inside.erase(inside.begin());
    }
    for (auto n = random.below(12); n > 0 && consume_message(); --n)
      hear();
  }
  for (; !inside.empty(); inside.erase(inside.begin()))
    caf::anon_send(directory, unsubscribe{{0, "orders"}, {socket(*inside.begin()), 0}});
  while (consume_message())
    hear();
  CAF_CHECK_EQUAL(ticket, 0u);
  CAF_CHECK_EQUAL(channels(), 0u);
  CAF_CHECK_EQUAL(answers.size(), subscribed);
  for (const auto& [who, times] : answers)
    CAF_CHECK_EQUAL(times, 1u);
}

// -- events

CAF_TEST(events of other nodes reach the subscribers but the excluded one) {
  open("orders", 5);
  next<add_subscriber>();
  auto e = event("orders", "1");
  e.flags = flag::has_except;
  e.except = to_string(socket(5));
  from_others({e, event("orders", "2")});
  auto first = next<deliver>();
  CAF_CHECK_EQUAL(payload(first.frame), R"({"event":"ev","channel":"orders","data":"1"})");
  CAF_CHECK(first.except == socket(5));
  auto second = next<deliver>();
  CAF_CHECK_EQUAL(payload(second.frame), R"({"event":"ev","channel":"orders","data":"2"})");
  CAF_CHECK(!second.except);
  CAF_CHECK(heard->empty());  // nothing goes back
}

CAF_TEST(client events of other nodes carry the user) {
  open("presence-room", 1, ada);
  next<add_subscriber>();
  next<deliver>();
  auto e = event("presence-room", R"({"on":true})");
  e.event = "client-x";
  e.flags = flag::client_event | flag::has_except | flag::has_user_id;
  e.except = "9.9";
  e.user_id = "42";
  from_others({e});
  CAF_CHECK_EQUAL(
      next_event(),
      R"({"event":"client-x","channel":"presence-room","data":{"on":true},"user_id":"42"})");
  e.flags = flag::client_event | flag::has_except;
  e.user_id.clear();
  from_others({e});
  CAF_CHECK_EQUAL(next_event(),
                  R"({"event":"client-x","channel":"presence-room","data":{"on":true}})");
}

CAF_TEST(no event comes before the acknowledgement) {
  enter("orders", 5);
  from_others({event("orders", "early")});
  send_event("orders", "early too");
  CAF_CHECK(shards[0]->empty());
  const auto want = next_said<calls::want>();
  const auto sent = next_said<forwarded>();
  CAF_CHECK_EQUAL(sent.frame().data, "early too");
  from_others({event("orders", "still"),
               cluster::channel_ready{want.ticket, want.channel, {}, std::nullopt},
               event("orders", "1")});
  next<add_subscriber>();
  CAF_CHECK_EQUAL(next_event(), R"({"event":"ev","channel":"orders","data":"1"})");
  CAF_CHECK(shards[0]->empty());
}

CAF_TEST(own events go to the other nodes with all they are) {
  open("orders", 5);
  send_event("orders", "1", 5);
  const auto sent = next_said<forwarded>();
  CAF_CHECK_EQUAL(sent.call.key, port.key_of({0, "orders"}));
  CAF_CHECK(!sent.call.cache);
  CAF_CHECK_EQUAL(sent.call.size, sent.bytes.size());
  const auto frame = sent.frame();
  CAF_CHECK_EQUAL(static_cast<int>(frame.flags), static_cast<int>(flag::has_except));
  CAF_CHECK_EQUAL(frame.key, sent.call.key);
  CAF_CHECK_EQUAL(frame.channel, "orders");
  CAF_CHECK_EQUAL(frame.event, "ev");
  CAF_CHECK_EQUAL(frame.data, "1");
  CAF_CHECK_EQUAL(frame.except, to_string(socket(5)));
  CAF_CHECK_EQUAL(frame.hlc, 0u);
}

CAF_TEST(own client events go to the other nodes with their sender and user) {
  open("presence-room", 1, ada);
  next_said<calls::roster_join>();
  const auto shout = [&](std::optional<std::string> user_id) {
    caf::anon_send(directory,
                   client_event{{0, "presence-room"}, socket(1), "client-x", "{}", user_id});
    consume_messages();
    return next_said<forwarded>();
  };
  const auto with = shout("42");
  const auto flags = flag::client_event | flag::has_except | flag::has_user_id;
  CAF_CHECK_EQUAL(static_cast<int>(with.frame().flags), static_cast<int>(flags));
  CAF_CHECK_EQUAL(with.frame().except, to_string(socket(1)));
  CAF_CHECK_EQUAL(with.frame().user_id, "42");
  CAF_CHECK_EQUAL(with.frame().data, "{}");
  CAF_CHECK(!with.call.cache);
  const auto anonymous = shout({});
  CAF_CHECK_EQUAL(static_cast<int>(anonymous.frame().flags),
                  static_cast<int>(flag::client_event | flag::has_except));
}

CAF_TEST(what waits to be handed to the cluster is accounted for) {
  open("orders", 5);
  send_event("orders", "1");
  CAF_CHECK_EQUAL(local.pressure.cluster_backlog.load(), next_said<forwarded>().bytes.size());
}

// -- cache channels

CAF_TEST(the first subscriber of a cache channel gets what other nodes keep) {
  enter("cache-prices", 1);
  const auto want = next_said<calls::want>();
  CAF_CHECK(want.cache);
  ready(want, {}, kept(want, "theirs", 5));
  CAF_CHECK_EQUAL(data_after(next<add_subscriber>()), "theirs");
}

CAF_TEST(of two cached events a subscriber gets the newer wherever it was) {
  open("cache-prices", 1);
  send_event("cache-prices", "ours");
  const auto sent = next_said<forwarded>();
  CAF_CHECK(sent.call.cache);
  CAF_CHECK_EQUAL(static_cast<int>(sent.frame().flags), static_cast<int>(flag::cache));
  const auto hlc = sent.frame().hlc;
  CAF_REQUIRE(hlc > 1);
  exit("cache-prices", 1);
  next_said<calls::unwant>();
  shards[0]->clear();

  enter("cache-prices", 2);
  auto want = next_said<calls::want>();
  ready(want, {}, kept(want, "older", hlc - 1));
  CAF_CHECK_EQUAL(data_after(next<add_subscriber>()), "ours");
  exit("cache-prices", 2);
  next_said<calls::unwant>();

  enter("cache-prices", 3);
  want = next_said<calls::want>();
  ready(want, {}, kept(want, "newer", hlc + 1));
  CAF_CHECK_EQUAL(data_after(next<add_subscriber>()), "newer");
}

CAF_TEST(an older event of another node is delivered but does not replace a newer cached one) {
  open("cache-prices", 1);
  next<add_subscriber>();
  from_others({cached_event("newer", 9), cached_event("older", 8)});
  CAF_CHECK(next_event().find("newer") != std::string::npos);
  CAF_CHECK(next_event().find("older") != std::string::npos);
  enter("cache-prices", 2);
  CAF_CHECK_EQUAL(data_after(next<add_subscriber>()), "newer");
}

CAF_TEST(only events that are to be kept are kept) {
  open("cache-prices", 1);
  next<add_subscriber>();
  auto e = event("cache-prices", "{}");
  e.event = "client-x";
  e.flags = flag::client_event;
  from_others({cached_event("kept", 9), e});
  enter("cache-prices", 2);
  next<deliver>();
  next<deliver>();
  CAF_CHECK_EQUAL(data_after(next<add_subscriber>()), "kept");
}

CAF_TEST(an event published here is newer than all that was seen though another clock is ahead) {
  enter("cache-prices", 1);
  const auto want = next_said<calls::want>();
  const auto ahead = port.stamp() + (std::uint64_t{30'000} << 16);
  ready(want, {}, kept(want, "theirs", ahead));
  next<add_subscriber>();
  send_event("cache-prices", "ours");
  const auto sent = next_said<forwarded>();
  CAF_CHECK(sent.frame().hlc > ahead);
  enter("cache-prices", 2);
  next<deliver>();
  CAF_CHECK_EQUAL(data_after(next<add_subscriber>()), "ours");
}

CAF_TEST_FIXTURE_SCOPE_END()
