#define CAF_SUITE actors.fanout_actor

#include "actors/fanout_actor.hpp"

#include "hub_fixture.hpp"

using namespace grapevine::actors;
using namespace std::chrono_literals;

namespace {

using frames = std::vector<std::string>;

struct fixture : hub_fixture {
  fixture() : fanout{sys.spawn<fanout_actor>(hub, local)} {
    consume_messages();
  }
  ~fixture() {
    caf::anon_send_exit(fanout, caf::exit_reason::user_shutdown);
    consume_messages();
  }
  test_client& subscriber(const std::string& channel) {
    auto& client = connect();
    client.subscribe(channel);
    caf::anon_send(fanout, answer(next_asked<subscribe>(), "ack"));
    consume_messages();
    return client;
  }
  /// As a channel does: what is under way is accounted before it is sent.
  void send_event(const std::string& channel, const std::string& text) {
    local.pressure.backlog[0] += text.size();
    caf::anon_send(fanout, event(channel, text));
  }
  std::size_t closed() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        clients, [](const auto& each) { return each.socket->close_code == 4200; }));
  }
  void pass(caf::timespan time) {
    advance_time(time);
    consume_messages();
  }

  caf::actor fanout;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fanout_actor_tests, fixture)

CAF_TEST(an event reaches the subscribers and is off the backlog) {
  auto& client = subscriber("orders");
  send_event("orders", "1");
  send_event("nobody's", "22");
  CAF_CHECK_EQUAL(local.pressure.backlog[0].load(), 3u);
  consume_messages();
  CAF_CHECK_EQUAL(client.events(), (frames{"ack", "1"}));
  CAF_CHECK_EQUAL(local.pressure.backlog[0].load(), 0u);
}

CAF_TEST(a large channel is served in slices and others have their turn between) {
  for (int n = 0; n < 8193; ++n)
    connect().subscribe("crowd");
  consume_messages();
  while (!heard->empty())
    caf::anon_send(fanout, answer(next_asked<subscribe>(), "ack"));
  auto& other = subscriber("orders");
  send_event("crowd", "1");
  send_event("orders", "2");
  consume_message();
  const auto& first = clients.front();
  const auto& last = clients[8192];
  CAF_CHECK_EQUAL(first.events(), (frames{"ack", "1"}));
  CAF_CHECK_EQUAL(last.events(), frames{"ack"});
  CAF_CHECK_EQUAL(local.pressure.backlog[0].load(), 2u);
  consume_message();
  CAF_CHECK_EQUAL(other.events(), (frames{"ack", "2"}));
  CAF_CHECK_EQUAL(last.events(), frames{"ack"});
  consume_message();
  CAF_CHECK_EQUAL(last.events(), (frames{"ack", "1"}));
  CAF_CHECK_EQUAL(local.pressure.backlog[0].load(), 0u);
}

CAF_TEST(a drain closes a few connections at a time with the code that brings them back) {
  for (int n = 0; n < 20; ++n)
    connect();
  caf::anon_send(fanout, drain{1000ms});
  consume_messages();
  CAF_CHECK_EQUAL(closed(), 1u);
  pass(50ms);
  CAF_CHECK_EQUAL(closed(), 2u);
  for (int n = 0; n < 18; ++n)
    pass(50ms);
  CAF_CHECK_EQUAL(closed(), 20u);
}

CAF_TEST(a handful of connections is drained long before the time is up) {
  connect();
  connect();
  caf::anon_send(fanout, drain{60s});
  consume_messages();
  pass(100ms);
  CAF_CHECK_EQUAL(closed(), 2u);
}

CAF_TEST(a drain of nobody ends at once) {
  caf::anon_send(fanout, drain{1000ms});
  consume_messages();
  CAF_CHECK_EQUAL(closed(), 0u);
  CAF_CHECK(!sched.has_pending_timeout());
}

CAF_TEST_FIXTURE_SCOPE_END()
