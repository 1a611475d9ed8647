#define CAF_SUITE broadcast.broadcast_item

#include "broadcast/broadcast_item.hpp"

#include <rapidcheck.h>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::broadcasting;

namespace {

struct OrderShipped : should_broadcast {
  channel_list broadcast_on() const override {
    return {private_channel("order.7"), public_channel("orders"), "orders"};
  }
  json broadcast_with() const override {
    return {{"order_id", 7}};
  }
  std::string broadcast_queue() const override {
    return "mail";
  }
  std::string broadcast_driver() const override {
    return "redis";
  }
};

broadcast_item item_on(std::string channel) {
  return render(channel_list{std::move(channel)}, "Event", json::object());
}

broadcast_item item_named(std::string name) {
  return render("orders", name, json::object());
}

}  // namespace

CAF_TEST(an event class becomes an item with each channel once) {
  CAF_CHECK((render(OrderShipped{})
             == broadcast_item{{"private-order.7", "orders"},
                               "OrderShipped",
                               R"({"order_id":7})",
                               "",
                               "redis",
                               "mail"}));
}

CAF_TEST(any JSON value is data) {
  CAF_CHECK_EQUAL(render("x", "e", nullptr).data, "null");
  CAF_CHECK_EQUAL(render("x", "e", "text").data, "\"text\"");
  CAF_CHECK_EQUAL(render("x", "e", {{"message", "Hello"}}).data, R"({"message":"Hello"})");
  CAF_CHECK_EQUAL(render("x", "e", {1, 2}).data, "[1,2]");
  CAF_CHECK_EQUAL(render("x", "e", "\xff").data, "\"\xef\xbf\xbd\"");
}

CAF_TEST(a namespaced name goes through unchanged) {
  const auto item = item_named("App\\Events\\OrderShipped");
  CAF_CHECK_EQUAL(item.event, "App\\Events\\OrderShipped");
  CAF_CHECK(check(item).ok());
}

CAF_TEST(what no channel is called is refused) {
  CAF_CHECK(check(item_on("private-order.7")).ok());
  CAF_CHECK(check(item_on("#server-to-user-5")).ok());
  for (auto wrong : {"", "a b", "a/b", "#other"})
    CAF_CHECK_EQUAL(check(item_on(wrong)).code(), broadcast_errc::bad_channel);
  CAF_CHECK_EQUAL(check(item_on(std::string(201, 'x'))).code(), broadcast_errc::bad_channel);
}

CAF_TEST(what no event is called is refused) {
  CAF_CHECK_EQUAL(check(item_named("")).code(), broadcast_errc::bad_event);
  CAF_CHECK_EQUAL(check(item_named("pusher:ping")).code(), broadcast_errc::bad_event);
  CAF_CHECK_EQUAL(check(item_named("pusher_internal:x")).code(), broadcast_errc::bad_event);
  CAF_CHECK_EQUAL(check(item_named(std::string(201, 'x'))).code(), broadcast_errc::bad_event);
  CAF_CHECK(check(item_named("pusher")).ok());
  CAF_CHECK_EQUAL(check(render(channel_list{}, "e", {})).code(), broadcast_errc::bad_event);
}

CAF_TEST(a socket id has the form that the protocol gives it) {
  auto item = item_on("orders");
  item.except = "12.34";
  CAF_CHECK(check(item).ok());
  for (auto wrong : {"12", "a.b", "12.34\n"}) {
    item.except = wrong;
    CAF_CHECK_EQUAL(check(item).code(), broadcast_errc::bad_socket);
  }
}

CAF_TEST(a stored item comes back as it was) {
  auto item = render(OrderShipped{});
  item.except = "1.2";
  item.queue.clear();
  broadcast_item read;
  unsigned attempts = 0;
  CAF_REQUIRE(from_text(to_text(item, 3), read, attempts));
  CAF_CHECK(read == item);
  CAF_CHECK_EQUAL(attempts, 3u);
}

CAF_TEST(a text that is no item of ours is refused) {
  broadcast_item read;
  unsigned attempts = 0;
  const auto good = json::parse(to_text(item_on("orders"), 0));
  for (const auto& [key, value] : good.items()) {
    auto without = good;
    without.erase(key);
    CAF_CHECK(!from_text(without.dump(), read, attempts));
    auto wrong = good;
    wrong[key] = json::object();
    CAF_CHECK(!from_text(wrong.dump(), read, attempts));
  }
  for (auto text : {"", "null", "[]", "{}", "{\"channels\":[1]}", "\xff"})
    CAF_CHECK(!from_text(text, read, attempts));
  CAF_CHECK(rc::check([](const std::string& text) {
    broadcast_item any;
    unsigned count = 0;
    RC_ASSERT(!from_text(text, any, count));
  }));
}
