#define CAF_SUITE actors.directory_cluster

#include "channel_cluster_fixture.hpp"

using namespace grapevine::actors;
using namespace std::chrono_literals;
namespace protocol = grapevine::protocol;
namespace flag = grapevine::cluster::event_flag;

namespace {

struct fixture : channel_cluster_fixture {
  std::size_t turns_reported() {
    std::size_t count = 0;
    for (const auto& each : *heard)
      count += std::holds_alternative<turn_done>(each) ? 1 : 0;
    return count;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(directory_cluster_tests, fixture)

CAF_TEST(an event for a channel nobody is in goes to the other nodes) {
  const auto info = send_event("orders", "1", 5, {.subscription_count = true});
  CAF_CHECK(info.subscription_count == std::optional<std::size_t>{0});
  const auto sent = next_said<forwarded>();
  CAF_CHECK_EQUAL(sent.call.key, port.key_of({0, "orders"}));
  CAF_CHECK(!sent.call.cache);
  CAF_CHECK_EQUAL(sent.frame().data, "1");
  CAF_CHECK_EQUAL(sent.frame().except, to_string(socket(5)));
  CAF_CHECK(heard->empty());
}

CAF_TEST(an event for a cache channel nobody is in is stamped and kept by its owners) {
  send_event("cache-prices", "1");
  send_event("cache-prices", "2");
  const auto first = next_said<forwarded>();
  const auto second = next_said<forwarded>();
  CAF_CHECK(first.call.cache);
  CAF_CHECK_EQUAL(static_cast<int>(first.frame().flags), static_cast<int>(flag::cache));
  CAF_CHECK(first.frame().hlc > 0);
  CAF_CHECK(second.frame().hlc > first.frame().hlc);
}

CAF_TEST(a batch reaches each channel in order and its turn is reported once) {
  open("orders", 1);
  open("news", 2);
  shards[0]->clear();
  from_others(
      {event("orders", "1"), event("news", "2"), event("nobody", "3"), event("orders", "4")},
      {other, 7});
  std::string orders;
  std::string news;
  while (!shards[0]->empty()) {
    const auto text = next_event();
    (text.find("orders") != std::string::npos ? orders : news) += text[text.size() - 3];
  }
  CAF_CHECK_EQUAL(orders, "14");
  CAF_CHECK_EQUAL(news, "2");
  const auto turn = next_said<turn_done>().turn;
  CAF_CHECK_EQUAL(turn.peer, other);
  CAF_CHECK_EQUAL(turn.number, 7u);
  CAF_CHECK(heard->empty());
  pass(1s);
  CAF_CHECK(heard->empty());
}

CAF_TEST(a batch that came from no peer is not reported) {
  open("orders", 1);
  from_others({event("orders", "1")});
  CAF_CHECK_EQUAL(turns_reported(), 0u);
}

CAF_TEST(no credit is given while a shard is behind) {
  local.pressure.backlog[1] = back_pressure::backlog_max + 1;
  from_others({event("orders", "1")}, {other, 7});
  pass(100ms);
  CAF_CHECK_EQUAL(turns_reported(), 0u);
  local.pressure.backlog[1] = 0;
  pass(100ms);
  CAF_CHECK_EQUAL(turns_reported(), 1u);
  pass(100ms);
  CAF_CHECK_EQUAL(turns_reported(), 1u);
}

CAF_TEST(a channel does not end with an event of another node under way to it) {
  const auto first = open("orders", 1);
  shards[0]->clear();
  // All in the mailbox at once: he leaves, the next comes, and the cluster's news between.
  caf::anon_send(directory, unsubscribe{{0, "orders"}, {socket(1), 0}});
  caf::anon_send(directory, batch({event("orders", "late")}));
  caf::anon_send(directory, subscribe{{0, "orders"}, {socket(2), 1, 0, {}, false}});
  consume_messages();
  CAF_CHECK_EQUAL(next_said<calls::unwant>().ticket, first.ticket);
  ready(next_said<calls::want>());
  CAF_CHECK(next<add_subscriber>().socket == socket(2));
  CAF_CHECK(shards[0]->empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
