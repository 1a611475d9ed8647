// The guide's examples in C++: each argument names one, and its result is printed.
//
//   PUSHER_APP_ID=app-id PUSHER_APP_KEY=app-key PUSHER_APP_SECRET=app-secret \
//     ./cpp_publisher order-shipped user-events chat model driver batch queue
//
// "redis", "pusher" and "ably" publish through that driver, "encrypted" to an encrypted channel
// with the key in GRAPEVINE_BROADCAST_ENCRYPTION_MASTER_KEY.
//
// Where the cluster is: GRAPEVINE_BROADCAST_URL, else http://127.0.0.1:8000. With SOCKET_ID in the
// environment, "to-others" leaves out that connection, as a web program does with the X-Socket-ID
// header.

#include <grapevine/broadcast.hpp>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string>

using namespace grapevine;

namespace shop {

struct order {
  int id = 0;
};

class OrderShipped : public should_broadcast {
public:
  explicit OrderShipped(order what) : order_{what} {}

  channel_list broadcast_on() const override {
    return private_channel("order." + std::to_string(order_.id));
  }
  json broadcast_with() const override {
    return {{"order_id", order_.id}, {"status", "shipped"}};
  }

private:
  order order_;
};

/// The same for listeners that know the event by its PHP name.
class NamespacedOrderShipped : public OrderShipped {
public:
  using OrderShipped::OrderShipped;
  std::string broadcast_as() const override {
    return "App\\Events\\OrderShipped";
  }
};

class ReportReady : public should_broadcast {
public:
  channel_list broadcast_on() const override {
    return "reports";
  }
  std::string broadcast_queue() const override {
    return "reports";
  }
};

struct User : broadcasts_model<User> {
  User(int with_id, std::string with_email) : id{with_id}, email{std::move(with_email)} {}

  int id;
  std::string email;

  channel_list broadcast_on(model_event) const {
    return public_channel("users");
  }
  json broadcast_with(model_event) const {
    return {{"id", id}, {"email", email}};
  }
};

}  // namespace shop

namespace {

using step = std::function<broadcast_result()>;

broadcast_result first_failure(std::initializer_list<broadcast_result> all) {
  for (const auto& one : all)
    if (!one)
      return one;
  return {};
}

broadcast_result to_others() {
  const char* header = std::getenv("SOCKET_ID");
  const current_socket scope{header == nullptr ? "" : header};
  return broadcast().to_others().event(shop::OrderShipped{{7}});
}

broadcast_result model() {
  const shop::User ada{1, "ada@example.com"};
  return first_failure({ada.broadcast_created(), ada.broadcast_updated(), ada.broadcast_deleted()});
}

broadcast_result user_events() {
  return first_failure(
      {broadcast().channel("orders").broadcast("OrderCreated", {{"order_id", 123}}),
       broadcast().private_channel("user.123").broadcast("UserUpdated", {{"user_id", 123}})});
}

/// The same event classes and channels by another way than the cluster's HTTP API.
broadcast_result by(const std::string& driver) {
  const auto through = broadcast().driver(driver);
  return first_failure(
      {through.event(shop::OrderShipped{{7}}),
       through.channel({"orders", "private-audit"}).broadcast("OrderCreated", {{"order_id", 124}}),
       through.on_queue("mail").presence("chat.room1").broadcast("MessageSent", "Hello"),
       through.flush(std::chrono::seconds{10})
           ? broadcast_result{}
           : broadcast_result{broadcast_errc::timed_out, "the queue was not emptied"}});
}

/// Readable for browsers that the auth endpoint gave the channel's secret, and for nobody between.
broadcast_result encrypted() {
  return broadcast().channel("private-encrypted-vault").broadcast("Filed", {{"code", "grün"}});
}

broadcast_result batch() {
  auto events = broadcast().batch();
  for (int i = 1; i <= 25; ++i)
    events.broadcast("orders", "OrderListed", {{"order_id", i}});
  return events.send();
}

broadcast_result queue() {
  broadcast().on_failure([](const failed_broadcast& lost) {
    std::cerr << lost.event << " was given up after " << lost.attempts
              << " attempts: " << lost.result.message() << '\n';
  });
  auto result = broadcast().event(shop::ReportReady{});
  if (result && !broadcast().flush(std::chrono::seconds{10}))
    result = {broadcast_errc::timed_out, "the queue was not emptied"};
  return result;
}

/// What is queued when main() returns is still sent: the process-wide broadcaster gives its queues
/// time to close.
broadcast_result queue_and_end() {
  return broadcast().event(shop::ReportReady{});
}

/// A queue that survives the process, in the Redis of REDIS_HOST and REDIS_PORT.
broadcaster with_durable_queue() {
  auto settings = settings_from_environment().value;
  settings.queues["reports"] =
      queue_settings{.retry = {.attempts_max = 0, .first_delay = std::chrono::milliseconds{50}},
                     .durable = true,
                     .claim_after = std::chrono::milliseconds{1'000}};
  return broadcaster{settings};
}

broadcast_result durable(int events) {
  const auto reports = with_durable_queue();
  for (int i = 0; i < events; ++i)
    if (auto taken = reports.event(shop::ReportReady{}); !taken)
      return taken;
  std::cout << events << " queued" << std::endl;
  if (!reports.flush(std::chrono::seconds{20}))
    return {broadcast_errc::timed_out, "the queue was not emptied"};
  return {};
}

const std::map<std::string, step> steps{
    {"order-shipped", [] { return broadcast().event(shop::OrderShipped{{7}}); }},
    {"namespaced", [] { return broadcast().event(shop::NamespacedOrderShipped{{7}}); }},
    {"to-others", to_others},
    {"user-events", user_events},
    {"chat",
     [] {
       return broadcast().presence("chat.room1").broadcast("MessageSent", {{"message", "Hello"}});
     }},
    {"model", model},
    {"driver",
     [] {
       return broadcast().driver("pusher").channel("orders").broadcast("OrderCreated",
                                                                       {{"order_id", 124}});
     }},
    {"redis", [] { return by("redis"); }},
    {"pusher", [] { return by("pusher"); }},
    {"ably", [] { return by("ably"); }},
    {"encrypted", encrypted},
    {"batch", batch},
    {"queue", queue},
    {"queue-and-end", queue_and_end},
    {"durable", [] { return durable(3); }},
    {"durable-rest", [] { return durable(0); }},
};

}  // namespace

int main(int argc, char** argv) {
  int status = 0;
  for (int i = 1; i < argc; ++i) {
    const auto found = steps.find(argv[i]);
    if (found == steps.end()) {
      std::cerr << "cpp_publisher: there is no example " << argv[i] << '\n';
      return 2;
    }
    const auto result = found->second();
    std::cout << argv[i] << ": " << (result ? "ok" : result.message()) << '\n';
    if (!result)
      status = 1;
  }
  return status;
}
