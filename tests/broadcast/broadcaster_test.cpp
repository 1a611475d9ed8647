#define CAF_SUITE broadcast.broadcaster

#include <grapevine/broadcast.hpp>

#include "fake_transport.hpp"

#include "caf/test/dsl.hpp"

#include <future>
#include <thread>

using namespace grapevine;
using namespace grapevine::broadcasting;
using namespace std::chrono_literals;

namespace {

class OrderShipped : public should_broadcast {
public:
  explicit OrderShipped(int order) : order_{order} {}
  channel_list broadcast_on() const override {
    return private_channel("order." + std::to_string(order_));
  }
  json broadcast_with() const override {
    return {{"order_id", order_}, {"status", "shipped"}};
  }
  bool broadcast_when() const override {
    return order_ > 0;
  }

private:
  int order_;
};

struct Queued : OrderShipped {
  using OrderShipped::OrderShipped;
  std::string broadcast_queue() const override {
    return "mail";
  }
};

struct ByOther : OrderShipped {
  using OrderShipped::OrderShipped;
  std::string broadcast_driver() const override {
    return "other";
  }
};

const broadcast_result away{broadcast_errc::unreachable, "away"};

struct fixture : fake_broadcaster {
  broadcaster cast = handle();

  broadcast_item only() const {
    const auto all = side->sent();
    CAF_REQUIRE_EQUAL(all.size(), 1u);
    return all.front();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(broadcaster_tests, fixture)

CAF_TEST(an event class is sent as it describes itself) {
  CAF_CHECK(cast.event(OrderShipped{7}).ok());
  const auto sent = only();
  CAF_CHECK((sent.channels == std::vector<std::string>{"private-order.7"}));
  CAF_CHECK_EQUAL(sent.event, "OrderShipped");
  CAF_CHECK_EQUAL(json::parse(sent.data), (json{{"order_id", 7}, {"status", "shipped"}}));
  CAF_CHECK_EQUAL(sent.driver, "grapevine");
  CAF_CHECK_EQUAL(sent.except, "");
}

CAF_TEST(an event that does not want to be sent is not and that is no error) {
  CAF_CHECK(cast.event(OrderShipped{0}).ok());
  CAF_CHECK(side->sent().empty());
}

CAF_TEST(channels of every kind take an event with data) {
  cast.channel("orders").broadcast("OrderCreated", {{"order_id", 123}});
  cast.private_channel("user.123").broadcast("UserUpdated", {{"user_id", 123}});
  cast.presence("chat.room1").broadcast("MessageSent", {{"message", "Hello"}});
  cast.channel({"a", "b"}).broadcast("Bare");
  const auto sent = side->sent();
  CAF_REQUIRE_EQUAL(sent.size(), 4u);
  CAF_CHECK_EQUAL(sent[0].channels.front(), "orders");
  CAF_CHECK_EQUAL(sent[0].data, R"({"order_id":123})");
  CAF_CHECK_EQUAL(sent[1].channels.front(), "private-user.123");
  CAF_CHECK_EQUAL(sent[2].channels.front(), "presence-chat.room1");
  CAF_CHECK_EQUAL(sent[2].data, R"({"message":"Hello"})");
  CAF_CHECK_EQUAL(sent[3].channels.size(), 2u);
  CAF_CHECK_EQUAL(sent[3].data, "{}");
}

CAF_TEST(to_others leaves out the socket it is given) {
  cast.to_others("1.2").event(OrderShipped{7});
  CAF_CHECK_EQUAL(only().except, "1.2");
}

CAF_TEST(to_others with an empty id leaves out nobody) {
  CAF_CHECK(cast.to_others("").event(OrderShipped{7}).ok());
  CAF_CHECK_EQUAL(only().except, "");
}

CAF_TEST(to_others takes the socket of the innermost scope of its thread) {
  {
    const current_socket outer{"1.2"};
    {
      const current_socket inner{"3.4"};
      cast.to_others().event(OrderShipped{7});
    }
    cast.channel("orders").to_others().broadcast("e");
    std::thread{[&] {
      CAF_CHECK_EQUAL(cast.to_others().event(OrderShipped{7}).code(), broadcast_errc::no_socket);
    }}.join();
  }
  CAF_CHECK_EQUAL(cast.to_others().event(OrderShipped{7}).code(), broadcast_errc::no_socket);
  const auto sent = side->sent();
  CAF_REQUIRE_EQUAL(sent.size(), 2u);
  CAF_CHECK_EQUAL(sent[0].except, "3.4");
  CAF_CHECK_EQUAL(sent[1].except, "1.2");
}

CAF_TEST(a choice is of the copy that made it) {
  const auto others = cast.to_others("1.2");
  cast.event(OrderShipped{7});
  CAF_CHECK_EQUAL(only().except, "");
  CAF_CHECK(others.event(OrderShipped{8}).ok());
}

CAF_TEST(the driver of the call comes before that of the event and that before the default) {
  cast.event(ByOther{7});
  cast.driver("grapevine").event(ByOther{7});
  cast.driver("other").channel("orders").broadcast("e");
  const auto sent = side->sent();
  CAF_REQUIRE_EQUAL(sent.size(), 3u);
  CAF_CHECK_EQUAL(sent[0].driver, "other");
  CAF_CHECK_EQUAL(sent[1].driver, "grapevine");
  CAF_CHECK_EQUAL(sent[2].driver, "other");
  CAF_CHECK_EQUAL(cast.driver("pigeon").event(OrderShipped{7}).code(),
                  broadcast_errc::unknown_driver);
}

CAF_TEST(what fails comes back as a value) {
  side->answer_with([](const broadcast_item&) { return away; });
  const auto result = cast.event(OrderShipped{7});
  CAF_CHECK(!result);
  CAF_CHECK_EQUAL(result.code(), broadcast_errc::unreachable);
  CAF_CHECK_EQUAL(result.message(), "away");
  CAF_CHECK_EQUAL(cast.channel("no such name").broadcast("e").code(), broadcast_errc::bad_channel);
  CAF_CHECK_EQUAL(cast.to_others("x").event(OrderShipped{7}).code(), broadcast_errc::bad_socket);
}

CAF_TEST(a batch leaves at once and tells how many failed) {
  auto batch = cast.batch();
  batch.event(OrderShipped{1}).event(OrderShipped{0}).broadcast("orders", "Listed", {{"n", 2}});
  CAF_CHECK_EQUAL(batch.size(), 2u);
  CAF_CHECK(batch.send().ok());
  CAF_CHECK((side->calls() == std::vector<std::size_t>{2}));
  CAF_CHECK_EQUAL(batch.size(), 0u);
  CAF_CHECK(batch.send().ok());

  side->answer_with(
      [](const broadcast_item& one) { return one.event == "bad" ? away : broadcast_result{}; });
  const auto result =
      batch.broadcast("a", "good").broadcast("a", "bad").broadcast("bad name", "good").send();
  CAF_CHECK_EQUAL(result.code(), broadcast_errc::unreachable);
  CAF_CHECK_EQUAL(result.message(), "2 of 3 events failed, the first of them: away");
}

CAF_TEST(a batch takes the choices of its broadcaster) {
  cast.to_others("1.2").driver("other").batch().event(OrderShipped{1}).send();
  CAF_CHECK_EQUAL(only().except, "1.2");
  CAF_CHECK_EQUAL(only().driver, "other");
}

CAF_TEST(an event with a queue is sent later and its failure told) {
  std::promise<failed_broadcast> told;
  cast.on_failure([&](const failed_broadcast& lost) { told.set_value(lost); });
  side->answer_with([](const broadcast_item& one) {
    return one.event == "Queued" ? broadcast_result{}
                                 : broadcast_result{broadcast_errc::refused, "no"};
  });
  CAF_CHECK(cast.event(Queued{7}).ok());
  CAF_CHECK(cast.flush(10s));
  CAF_CHECK_EQUAL(cast.figures("mail").delivered, 1u);
  CAF_CHECK(cast.on_queue("jobs").channel("orders").broadcast("e").ok());
  auto lost = told.get_future();
  CAF_REQUIRE(lost.wait_for(10s) == std::future_status::ready);
  const auto one = lost.get();
  CAF_CHECK_EQUAL(one.queue, "jobs");
  CAF_CHECK_EQUAL(one.result.message(), "no");
}

CAF_TEST(what cannot be queued is told at once) {
  CAF_CHECK_EQUAL(cast.on_queue("q").driver("pigeon").event(OrderShipped{7}).code(),
                  broadcast_errc::unknown_driver);
  CAF_CHECK_EQUAL(cast.on_queue("q").channel("a b").broadcast("e").code(),
                  broadcast_errc::bad_channel);
}

CAF_TEST(the last handle ends the queues and tells what is left) {
  broadcast_settings settings;
  settings.closing = 1ms;
  settings.default_queue.retry = {0, 1min, 1min};
  std::vector<failed_broadcast> lost;
  {
    fake_broadcaster own{settings};
    own.side->answer_with([](const broadcast_item&) { return away; });
    own.handle().on_failure([&](const failed_broadcast& one) { lost.push_back(one); });
    CAF_CHECK(own.handle().event(Queued{7}).ok());
    CAF_CHECK(own.side->wait_for(1));
  }
  CAF_REQUIRE_EQUAL(lost.size(), 1u);
  CAF_CHECK_EQUAL(lost[0].result.code(), broadcast_errc::stopped);
}

CAF_TEST(there are only so many queues) {
  broadcast_settings settings;
  settings.queues_max = 1;
  fake_broadcaster own{settings};
  CAF_CHECK(own.handle().on_queue("a").channel("x").broadcast("e").ok());
  CAF_CHECK(own.handle().on_queue("a").channel("x").broadcast("e").ok());
  CAF_CHECK_EQUAL(own.handle().on_queue("b").channel("x").broadcast("e").code(),
                  broadcast_errc::queue_full);
}

CAF_TEST(a master key that is none makes every broadcast fail) {
  broadcast_settings settings;
  settings.encryption_master_key = "c2hvcnQ=";
  fake_broadcaster own{settings};
  CAF_CHECK_EQUAL(own.handle().event(OrderShipped{7}).code(), broadcast_errc::misconfigured);
}

CAF_TEST(the drivers that need nobody are there) {
  const broadcaster real{broadcast_settings{.driver = "null"}};
  CAF_CHECK(real.event(OrderShipped{7}).ok());
  CAF_CHECK(real.on_queue("q").event(OrderShipped{7}).ok());
  CAF_CHECK(real.flush(10s));
  CAF_CHECK_EQUAL(real.driver("pigeon").event(OrderShipped{7}).code(),
                  broadcast_errc::unknown_driver);
}

CAF_TEST_FIXTURE_SCOPE_END()
