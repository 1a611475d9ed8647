#define CAF_SUITE actors.channel_actor

#include "channel_fixture.hpp"

#include "cluster/random.hpp"

using namespace grapevine::actors;
using namespace std::chrono_literals;
namespace protocol = grapevine::protocol;

namespace {

struct fixture : channel_fixture {
  fixture() {
    start();
  }
};

struct answer_counts {
  std::size_t asked = 0;
  std::size_t answered = 0;
  std::size_t failed = 0;
};

/// Puts each question it is sent to the directory.
caf::behavior asker(caf::event_based_actor* self, caf::actor directory,
                    std::shared_ptr<answer_counts> counts) {
  const auto failed = [counts](const caf::error&) { ++counts->failed; };
  return {
      [=](const describe& question) {
        ++counts->asked;
        self->request(directory, caf::infinite, question)
            .then([counts](const protocol::channel_info&) { ++counts->answered; }, failed);
      },
      [=](const users_of& question) {
        ++counts->asked;
        self->request(directory, caf::infinite, question)
            .then([counts](const user_list&) { ++counts->answered; }, failed);
      },
  };
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(channel_actor_tests, fixture)

CAF_TEST(a subscriber is acknowledged and then gets the events of its channel) {
  enter("orders", 5);
  auto in = next<add_subscriber>();
  CAF_CHECK(in.socket == socket(5));
  CAF_CHECK_EQUAL(
      payload(in.acknowledgement),
      R"({"event":"pusher_internal:subscription_succeeded","channel":"orders","data":"{}"})");
  CAF_CHECK(!in.after);
  send_event("orders", "1");
  auto event = next<deliver>();
  CAF_CHECK_EQUAL(payload(event.frame), R"({"event":"ev","channel":"orders","data":"1"})");
  CAF_CHECK(!event.except);
}

CAF_TEST(only shards with subscribers get the event and all get the same bytes) {
  enter("orders", 5, {}, 0);
  send_event("orders", "1");
  CAF_CHECK(shards[1]->empty());
  enter("orders", 6, {}, 1);
  shards[0]->clear();
  shards[1]->clear();
  send_event("orders", "2", 6);
  auto here = next<deliver>(0);
  auto there = next<deliver>(1);
  CAF_CHECK_EQUAL(here.frame.get(), there.frame.get());
  CAF_CHECK(there.except == socket(6));
  exit("orders", 5, 0);
  send_event("orders", "3");
  CAF_CHECK(shards[0]->empty());
  CAF_CHECK_EQUAL(shards[1]->size(), 1u);
}

CAF_TEST(what is under way to a shard is accounted for) {
  enter("orders", 5);
  send_event("orders", "1");
  next<add_subscriber>();
  CAF_CHECK_EQUAL(local.pressure.backlog[0].load(), next<deliver>().frame->size());
  CAF_CHECK_EQUAL(local.pressure.backlog[1].load(), 0u);
}

CAF_TEST(an event for a channel without subscribers goes nowhere and makes no channel) {
  auto info = send_event("orders", "1", 0, {.subscription_count = true});
  CAF_CHECK(info.subscription_count == std::optional<std::size_t>{0});
  CAF_CHECK_EQUAL(channels(), 0u);
  CAF_CHECK(shards[0]->empty());
}

CAF_TEST(a channel is listed while it is occupied) {
  enter("orders", 5);
  CAF_CHECK_EQUAL(channels(), 1u);
  exit("orders", 5);
  CAF_CHECK_EQUAL(channels(), 0u);
  enter("orders", 5);
  CAF_CHECK_EQUAL(channels(), 1u);
}

CAF_TEST(members are announced to the others once per user) {
  enter("presence-room", 1, ada);
  auto in = next<add_subscriber>();
  CAF_CHECK(payload(in.acknowledgement).find(R"(\"count\":1)") != std::string::npos);
  auto added = next<deliver>();
  CAF_CHECK(added.except == socket(1));
  enter("presence-room", 2, ada);
  next<add_subscriber>();
  CAF_CHECK(shards[0]->empty());

  enter("presence-room", 3, bob);
  CAF_CHECK(payload(next<add_subscriber>().acknowledgement).find(R"(\"count\":2)")
            != std::string::npos);
  auto bob_added = next<deliver>();
  CAF_CHECK_EQUAL(
      payload(bob_added.frame),
      R"({"event":"pusher_internal:member_added","channel":"presence-room","data":"{\"user_id\":\"7\",\"user_info\":{}}"})");
  CAF_CHECK(bob_added.except == socket(3));

  exit("presence-room", 1);
  CAF_CHECK(shards[0]->empty());
  exit("presence-room", 2);
  CAF_CHECK(shards[0]->empty());  // he may only be reloading the page
  pass(250ms);
  CAF_CHECK_EQUAL(
      payload(next<deliver>().frame),
      R"({"event":"pusher_internal:member_removed","channel":"presence-room","data":"{\"user_id\":\"42\"}"})");
}

CAF_TEST(a full presence channel refuses a new user and does not count him) {
  enter("presence-room", 1, ada);
  enter("presence-room", 2, bob);
  shards[0]->clear();
  enter("presence-room", 3, eve);
  auto refusal = next<refuse_subscriber>();
  CAF_CHECK_EQUAL(refusal.type, "LimitReached");
  CAF_CHECK_EQUAL(refusal.status, 4100);
  CAF_CHECK(shards[0]->empty());
  exit("presence-room", 3);  // the refused one's unsubscribe counts nobody out
  auto info = ask<protocol::channel_info>(describe{{0, "presence-room"}, {.user_count = true}});
  CAF_CHECK(info.user_count == std::optional<std::size_t>{2});
  CAF_CHECK(info.occupied);
}

CAF_TEST(a member who subscribes again is acknowledged and announced to nobody) {
  enter("presence-room", 1, ada);
  shards[0]->clear();
  enter("presence-room", 1, ada, 0, true);
  next<add_subscriber>();
  CAF_CHECK(shards[0]->empty());
  exit("presence-room", 1);
  CAF_CHECK_EQUAL(channels(), 0u);
}

CAF_TEST(the users of a presence channel can be asked for) {
  enter("presence-room", 1, ada);
  enter("presence-room", 2, bob);
  CAF_CHECK_EQUAL(ask<user_list>(users_of{{0, "presence-room"}}).ids,
                  (std::vector<std::string>{"42", "7"}));
  CAF_CHECK(ask<user_list>(users_of{{0, "presence-empty"}}).ids.empty());
}

// Questions in the moment in which the last member leaves, with the channel, its roster and the
// directory anywhere in the middle of their work.
CAF_TEST(every question about members is answered though the channel ends) {
  const std::string room = "presence-room";
  const auto counts = std::make_shared<answer_counts>();
  const auto curious = sys.spawn(asker, directory, counts);
  grapevine::cluster::random_source random{7};
  std::uint64_t who = 0;
  for (int step = 0; step < 2000; ++step) {
    switch (random.below(4)) {
    case 0:
      caf::anon_send(directory, subscribe{{0, room}, {socket(++who), 1, 0, ada}});
      break;
    case 1:
      caf::anon_send(directory, unsubscribe{{0, room}, {socket(who), 0}});
      break;
    case 2:
      caf::anon_send(curious, describe{{0, room}, {.user_count = true}});
      break;
    default:
      caf::anon_send(curious, users_of{{0, room}});
    }
    for (auto n = random.below(10); n > 0 && consume_message(); --n) {
    }
  }
  consume_messages();
  CAF_CHECK(counts->asked > 900);
  CAF_CHECK_EQUAL(counts->failed, 0u);
  CAF_CHECK_EQUAL(counts->answered, counts->asked);
  caf::anon_send_exit(curious, caf::exit_reason::user_shutdown);
  consume_messages();
}

CAF_TEST(listing with counts asks every channel) {
  enter("presence-room", 1, ada);
  enter("orders", 2);
  enter("orders", 3);
  auto all =
      ask<channel_list>(list{0, "", {.user_count = true, .subscription_count = true}}).channels;
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  for (const auto& [key, info] : all) {
    CAF_CHECK((info.user_count == (key.name == "orders" ? std::optional<std::size_t>{} : 1u)));
    CAF_CHECK((info.subscription_count
               == (key.name == "orders" ? std::optional<std::size_t>{2} : std::nullopt)));
  }
}

CAF_TEST(a cache channel tells a miss and later the last event) {
  enter("cache-prices", 1);
  CAF_CHECK_EQUAL(payload(next<add_subscriber>().after),
                  R"({"event":"pusher:cache_miss","channel":"cache-prices","data":"{}"})");
  send_event("cache-prices", "1");
  send_event("cache-prices", "2");
  shards[0]->clear();
  enter("cache-prices", 2);
  CAF_CHECK_EQUAL(payload(next<add_subscriber>().after),
                  R"({"event":"ev","channel":"cache-prices","data":"2"})");
}

CAF_TEST(an event is cached with nobody there and forgotten when its time is over) {
  send_event("cache-prices", "1");
  CAF_CHECK_EQUAL(channels(), 0u);
  auto info = ask<protocol::channel_info>(describe{{0, "cache-prices"}, {.cache = true}});
  CAF_REQUIRE(info.cache);
  CAF_CHECK_EQUAL(info.cache->data, "1");
  CAF_CHECK_EQUAL(info.cache->ttl_seconds, 1800);
  advance_time(30min);
  consume_messages();
  info = ask<protocol::channel_info>(describe{{0, "cache-prices"}, {.cache = true}});
  CAF_CHECK(!info.cache);
}

CAF_TEST(client and member events never replace the cached event) {
  send_event("presence-cache-room", "kept");
  enter("presence-cache-room", 1, ada);
  caf::anon_send(directory,
                 client_event{{0, "presence-cache-room"}, socket(1), "client-x", "{}", "42"});
  consume_messages();
  shards[0]->clear();
  enter("presence-cache-room", 2, bob);
  CAF_CHECK(payload(next<add_subscriber>().after).find("kept") != std::string::npos);
}

CAF_TEST(a client event reaches everybody but its sender and names the user) {
  enter("presence-room", 1, ada);
  shards[0]->clear();
  caf::anon_send(directory,
                 client_event{{0, "presence-room"}, socket(1), "client-x", R"({"on":true})", "42"});
  consume_messages();
  auto event = next<deliver>();
  CAF_CHECK(event.except == socket(1));
  CAF_CHECK_EQUAL(
      payload(event.frame),
      R"({"event":"client-x","channel":"presence-room","data":{"on":true},"user_id":"42"})");
}

CAF_TEST_FIXTURE_SCOPE_END()
