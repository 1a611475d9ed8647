#define CAF_SUITE channels.channel_core

#include "channels/channel_core.hpp"

#include "caf/test/dsl.hpp"

#include "tests/channels/core_steps.hpp"

using namespace grapevine::channels;
using namespace grapevine::channels::test;
using namespace std::chrono_literals;
namespace cluster = grapevine::cluster;
namespace flag = grapevine::cluster::event_flag;

namespace {

const std::string no_news;

/// A channel in a cluster that is known: what led there is forgotten.
struct known_channel {
  explicit known_channel(const std::string& name) : core{{0, name}, &numbers, 30min} {
    core.on_subscribe(tab(1), start);
    core.on_item(ready(core), start);
  }
  fake_numbers numbers;
  channel_core core;
};

}  // namespace

// -- a node alone

CAF_TEST(without a cluster a subscriber is let in at once and nothing is told to others) {
  channel_core core{{0, "orders"}, nullptr, 30min};
  CAF_CHECK_EQUAL(names(core.on_subscribe(tab(1), start)), "occupied let_in:1");
  CAF_CHECK_EQUAL(names(core.on_publish({"ev", "1"}, start)), "deliver:ev");
  CAF_CHECK_EQUAL(names(core.on_unsubscribe(leaves(1), start)), "vacated");
  CAF_CHECK_EQUAL(names(core.on_publish({"ev", "2"}, start)), no_news);
  CAF_CHECK(core.idle(start));
}

CAF_TEST(the acknowledgement of a plain channel is made once and shared) {
  channel_core core{{0, "orders"}, nullptr, 30min};
  const auto first = core.on_subscribe(tab(1), start);
  const auto second = core.on_subscribe(tab(2), start);
  CAF_CHECK_EQUAL(find<let_in>(first).acknowledgement, find<let_in>(second).acknowledgement);
}

CAF_TEST(an event takes two effects and so allocates no list of them) {
  known_channel x{"orders"};
  const auto effects = x.core.on_publish({"ev", "1"}, start);
  CAF_CHECK_EQUAL(effects.size(), 2u);
  CAF_CHECK_EQUAL(effects.capacity(), channel_effects{}.capacity());
}

// -- wants

CAF_TEST(the first subscriber waits for the cluster and whoever follows waits behind) {
  fake_numbers numbers;
  channel_core core{{0, "orders"}, &numbers, 30min};
  CAF_CHECK_EQUAL(names(core.on_subscribe(tab(1), start)), "want:1");
  CAF_CHECK_EQUAL(names(core.on_subscribe(tab(2), start)), no_news);
  CAF_CHECK_EQUAL(names(core.on_unsubscribe(leaves(1), start)), no_news);
  CAF_CHECK(!core.idle(start));
  CAF_CHECK_EQUAL(names(core.on_item(ready(core), start)), "occupied let_in:1 let_in:2");
  CAF_CHECK_EQUAL(*core.describe({.subscription_count = true}, start).subscription_count, 1u);
}

CAF_TEST(who leaves a channel that nobody wants is no reason to want it) {
  fake_numbers numbers;
  channel_core core{{0, "orders"}, &numbers, 30min};
  CAF_CHECK_EQUAL(names(core.on_unsubscribe(leaves(1), start)), no_news);
  CAF_CHECK(core.idle(start));
}

CAF_TEST(a channel that empties among those who waited is wanted again for the next) {
  fake_numbers numbers;
  channel_core core{{0, "orders"}, &numbers, 30min};
  core.on_subscribe(tab(1), start);
  core.on_unsubscribe(leaves(1), start);
  core.on_subscribe(tab(2), start);
  CAF_CHECK_EQUAL(names(core.on_item(ready(core), start)),
                  "occupied let_in:1 vacated unwant:1 want:2");
  CAF_CHECK_EQUAL(names(core.on_item(ready(core), start)), "occupied let_in:2");
}

CAF_TEST(an answer to an earlier want and a repeated answer do nothing) {
  known_channel x{"presence-room"};
  const auto again = ready(x.core);
  CAF_CHECK_EQUAL(names(x.core.on_item(again, start)), no_news);
  CAF_CHECK_EQUAL(names(x.core.on_item(ready(x.core, 99), start)), no_news);
}

// -- members

CAF_TEST(a member is told to the cluster before his client is told that he is in) {
  fake_numbers numbers;
  channel_core core{{0, "presence-room"}, &numbers, 30min};
  roster_core roster{here_alone};
  core.on_subscribe(tab(1, "ada"), start);
  const auto asked = core.on_item(ready(core), start);
  CAF_CHECK_EQUAL(names(asked), "begin_roster join_roster");
  const auto& call = find<join_roster>(asked);
  CAF_CHECK_EQUAL(names(core.on_joined(call, roster.on_join(call, start), start)),
                  "roster_join:ada occupied let_in:1 deliver:pusher_internal:member_added");
}

CAF_TEST(a channel is neither given up nor idle while its roster owes an answer) {
  known_channel x{"presence-room"};
  roster_core roster{here_alone};
  // The subscriber of `known_channel` was asked about and leaves before the answer.
  const join_roster join{tab(1, "ada"), 1};
  const auto left = x.core.on_unsubscribe(leaves(1), start);
  CAF_CHECK_EQUAL(names(left), "leave_roster");
  CAF_CHECK(!x.core.idle(start));
  x.core.on_joined(join, roster.on_join(join, start), start);
  CAF_CHECK(!x.core.idle(start));
  const auto& leave = find<leave_roster>(left);
  CAF_CHECK_EQUAL(names(x.core.on_left(leave, roster.on_leave(leave, start))),
                  "roster_leave:ada vacated unwant:1 end_roster");
  CAF_CHECK(x.core.idle(start));
}

CAF_TEST(users are counted as the roster last said while it works on the last to leave) {
  known_channel x{"presence-room"};
  roster_core roster{here_alone};
  const join_roster join{tab(1, "ada"), 1};
  x.core.on_joined(join, roster.on_join(join, start), start);
  x.core.on_unsubscribe(leaves(1), start);
  CAF_CHECK_EQUAL(*x.core.describe({.user_count = true}, start).user_count, 1u);
}

CAF_TEST(one refused is told why and a channel with nobody else is given up) {
  known_channel x{"presence-room"};
  joined_roster full;
  full.result.what = roster_view::outcome::full;
  full.users = 100;
  CAF_CHECK_EQUAL(names(x.core.on_joined({tab(1, "ada"), 1}, full, start)),
                  "refuse:1 unwant:1 end_roster");
}

CAF_TEST(a member elsewhere is announced before what he says) {
  known_channel x{"presence-room"};
  roster_core roster{here_alone};
  const join_roster join{tab(1, "ada"), 1};
  x.core.on_joined(join, roster.on_join(join, start), start);
  auto shout = remote("presence-room", "client-hello", "{}");
  shout.flags = flag::client_event | flag::has_user_id;
  shout.user_id = "ben";
  const auto both = std::make_shared<const std::vector<cluster_item>>(
      std::vector<cluster_item>{comes_elsewhere("ben"), shout});
  const auto asked = x.core.on_item({both, 0}, start);
  CAF_CHECK_EQUAL(names(asked), "change_roster");
  CAF_CHECK_EQUAL(names(x.core.on_item({both, 1}, start)), no_news);
  const auto answer = roster.on_change(find<change_roster>(asked), start);
  CAF_CHECK_EQUAL(names(x.core.on_changed(answer, start)),
                  "deliver:pusher_internal:member_added deliver:client-hello");
}

CAF_TEST(news of a roster that was ended reach nobody who came later) {
  known_channel x{"presence-room"};
  joined_roster full;
  full.result.what = roster_view::outcome::full;
  x.core.on_joined({tab(1, "ada"), 1}, full, start);
  const roster_news late{{{roster_view::announcement::kind::removed, "ben", ""}}, 7};
  CAF_CHECK_EQUAL(names(x.core.on_news(late)), no_news);
  CAF_CHECK_EQUAL(*x.core.describe({.user_count = true}, start).user_count, 0u);
}

CAF_TEST(a roster change for a channel without members is ignored) {
  known_channel x{"orders"};
  auto change = comes_elsewhere("ben");
  change.channel.name = "orders";
  CAF_CHECK_EQUAL(names(x.core.on_item(item(change), start)), no_news);
}

// -- events

CAF_TEST(events of other nodes reach nobody before the channel is known) {
  fake_numbers numbers;
  channel_core core{{0, "orders"}, &numbers, 30min};
  core.on_subscribe(tab(1), start);
  CAF_CHECK_EQUAL(names(core.on_item(item(remote("orders", "ev", "1")), start)), no_news);
  core.on_item(ready(core), start);
  CAF_CHECK_EQUAL(names(core.on_item(item(remote("orders", "ev", "2")), start)), "deliver:ev");
}

CAF_TEST(an own event is delivered here before it is forwarded and carries all it is) {
  known_channel x{"private-cache-room"};
  const auto effects = x.core.on_publish({"ev", "1", {1, 7}}, start);
  CAF_CHECK_EQUAL(names(effects), "deliver:ev forward:ev wake_at");
  const auto& sent = find<forward>(effects);
  CAF_CHECK(sent.cache);
  std::string room;
  const auto frame = to_event_frame(x.core.channel(), 5, sent, room);
  CAF_CHECK_EQUAL(frame.except, "1.7");
  CAF_CHECK_EQUAL(frame.hlc, sent.hlc);
  CAF_CHECK_EQUAL(static_cast<int>(frame.flags), static_cast<int>(flag::has_except | flag::cache));
}

CAF_TEST(a client event is forwarded with its user and never kept) {
  known_channel x{"presence-cache-room"};
  const auto effects = x.core.on_client_event({"client-x", "{}", {1, 1}, "ada"});
  std::string room;
  const auto frame = to_event_frame(x.core.channel(), 5, find<forward>(effects), room);
  CAF_CHECK_EQUAL(frame.user_id, "ada");
  CAF_CHECK_EQUAL(static_cast<int>(frame.flags),
                  static_cast<int>(flag::client_event | flag::has_except | flag::has_user_id));
  CAF_CHECK(x.core.cache().find(start) == nullptr);
}

// -- the cached event

CAF_TEST(a cached event keeps the channel until it is too old with one timer at a time) {
  channel_core core{{0, "cache-prices"}, nullptr, 30min};
  CAF_CHECK_EQUAL(names(core.on_publish({"ev", "1"}, start)), "wake_at");
  CAF_CHECK_EQUAL(names(core.on_publish({"ev", "2"}, start + 1min)), no_news);
  const auto again = core.on_wake(start + 30min);
  CAF_CHECK(find<wake_at>(again).at == start + 31min);
  CAF_CHECK(!core.idle(start + 30min));
  CAF_CHECK_EQUAL(names(core.on_wake(start + 31min)), no_news);
  CAF_CHECK(core.idle(start + 31min));
}

CAF_TEST(what other nodes keep is given to the first subscriber and stamps go on behind it) {
  fake_numbers numbers;
  channel_core core{{0, "cache-prices"}, &numbers, 30min};
  core.on_subscribe(tab(1), start);
  cluster::channel_ready answer{core.ticket(), {0, "cache-prices"}, {}, {}};
  answer.cached = cluster::cached_item{
      .event = "ev", .data = "theirs", .hlc = 500, .expires_at = start + 30min};
  const auto effects = core.on_item(item(answer), start);
  CAF_CHECK(find<let_in>(effects).after->find("theirs") != std::string::npos);
  CAF_CHECK(find<forward>(core.on_publish({"ev", "ours"}, start)).hlc > 500);
}
