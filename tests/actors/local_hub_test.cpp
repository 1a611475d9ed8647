#define CAF_SUITE actors.local_hub

#include "hub_fixture.hpp"

#include <numeric>

using namespace grapevine::actors;

namespace {

using frames = std::vector<std::string>;

struct fixture : hub_fixture {
  /// A client whose subscription was asked of the directory and answered.
  test_client& subscriber(const std::string& channel) {
    auto& client = connect();
    client.subscribe(channel);
    hub.on_add(answer(next_asked<subscribe>(), "ack"));
    client.socket->frames.clear();
    return client;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(local_hub_tests, fixture)

CAF_TEST(a subscriber gets the acknowledgement and what follows it and then the events) {
  auto& client = connect();
  client.subscribe("orders");
  const auto asked = next_asked<subscribe>();
  hub.on_deliver(event("orders", "early"));
  hub.on_add(answer(asked, "ack", bytes("cached")));
  hub.on_deliver(event("orders", "1"));
  CAF_CHECK_EQUAL(client.events(), (frames{"ack", "cached", "1"}));
}

CAF_TEST(an event is for the subscribers of its channel but the excepted one) {
  auto& first = subscriber("orders");
  auto& second = subscriber("orders");
  auto& elsewhere = subscriber("prices");
  hub.on_deliver(event("orders", "1", first.connection->id()));
  CAF_CHECK(first.events().empty());
  CAF_CHECK_EQUAL(second.events(), frames{"1"});
  CAF_CHECK(elsewhere.events().empty());
}

CAF_TEST(an excepted socket of another node excepts nobody here) {
  auto& client = subscriber("orders");
  const auto serial = client.connection->id().serial;
  hub.on_deliver(event("orders", "1", {78, serial}));
  CAF_CHECK_EQUAL(client.events(), frames{"1"});
}

CAF_TEST(an answer to a subscription that was taken back lets nobody in) {
  auto& client = connect();
  client.subscribe("orders");
  const auto first = next_asked<subscribe>();
  client.unsubscribe("orders");
  next_asked<unsubscribe>();
  client.subscribe("orders");
  const auto second = next_asked<subscribe>();
  hub.on_add(answer(first, "first"));
  hub.on_deliver(event("orders", "early"));
  CAF_CHECK(client.events().empty());
  hub.on_add(answer(second, "second"));
  CAF_CHECK_EQUAL(client.events(), frames{"second"});
}

CAF_TEST(an answer is ignored when nobody here knows the channel any more or the socket is gone) {
  auto& client = connect();
  client.subscribe("orders");
  const auto asked = next_asked<subscribe>();
  client.unsubscribe("orders");
  hub.on_add(answer(asked, "late"));
  CAF_CHECK(client.events().empty());
  disconnect(client);
  hub.on_add(answer(asked, "later"));
  CAF_CHECK_EQUAL(hub.connections(), 0u);
}

CAF_TEST(a second acknowledgement does not subscribe twice) {
  auto& client = connect();
  client.subscribe("orders");
  const auto asked = next_asked<subscribe>();
  hub.on_add(answer(asked, "ack"));
  hub.on_add(answer(asked, "again"));
  hub.on_deliver(event("orders", "1"));
  CAF_CHECK_EQUAL(client.events(), (frames{"ack", "again", "1"}));
}

CAF_TEST(one who is refused is told why and gets no events) {
  auto& client = connect();
  client.subscribe("orders");
  const auto asked = next_asked<subscribe>();
  client.socket->texts.clear();
  hub.on_refuse({asked.channel, asked.request.socket, asked.request.serial, "LimitReached",
                 "The channel is full", 4100});
  const auto told =
      std::accumulate(client.socket->texts.begin(), client.socket->texts.end(), std::string{});
  CAF_CHECK(told.find("The channel is full") != std::string::npos);
  hub.on_deliver(event("orders", "1"));
  CAF_CHECK(client.events().empty());
}

CAF_TEST(who unsubscribes or hangs up gets no more events and the others still do) {
  auto& first = subscriber("orders");
  auto& second = subscriber("orders");
  auto& third = subscriber("orders");
  first.unsubscribe("orders");
  disconnect(second);
  hub.on_deliver(event("orders", "1"));
  CAF_CHECK(first.events().empty());
  CAF_CHECK(second.events().empty());
  CAF_CHECK_EQUAL(third.events(), frames{"1"});
}

CAF_TEST(an event is accounted whether somebody is here or not ) {
  hub.on_deliver(event("orders", "123"));
  CAF_CHECK_EQUAL(hub.take_delivered_bytes(), 3u);
  subscriber("orders");
  hub.on_deliver(event("orders", "12345"));
  CAF_CHECK_EQUAL(hub.take_delivered_bytes(), 5u);
  CAF_CHECK_EQUAL(hub.take_delivered_bytes(), 0u);
}

CAF_TEST(no two connections have the same socket id and all are of this shard and node) {
  const auto first = hub.next_socket_id();
  const auto second = hub.next_socket_id();
  CAF_CHECK(first != second);
  CAF_CHECK_EQUAL(first.node, 77u);
  local_hub other{apps, 1, 77};
  CAF_CHECK(first.serial % 256 != other.next_socket_id().serial % 256);
}

CAF_TEST_FIXTURE_SCOPE_END()
