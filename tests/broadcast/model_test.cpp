#define CAF_SUITE broadcast.model

#include <grapevine/model.hpp>

#include "fake_transport.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::broadcasting;

namespace shop {

struct User : broadcasts_model<User> {
  User(int i, std::string e) : id{i}, email{std::move(e)} {}
  int id;
  std::string email;
  channel_list broadcast_on(model_event) const {
    return public_channel("users");
  }
  json broadcast_with(model_event) const {
    return {{"id", id}, {"email", email}};
  }
};

struct Order : broadcasts_model<Order> {
  channel_list broadcast_on(model_event what) const {
    return what == model_event::deleted ? channel_list{"archive"} : channel_list{"orders"};
  }
  std::string broadcast_as(model_event what) const {
    return std::string{"order."}.append(to_string(what));
  }
  bool broadcast_when(model_event what) const {
    return what != model_event::updated;
  }
  std::string broadcast_queue(model_event) const {
    return "models";
  }
};

}  // namespace shop

CAF_TEST(a model tells what happened to it) {
  fake_broadcaster fake;
  const shop::User ada{1, "ada@example.com"};
  CAF_CHECK(ada.broadcast_created(fake.handle()).ok());
  CAF_CHECK(ada.broadcast_updated(fake.handle().to_others("1.2")).ok());
  CAF_CHECK(ada.broadcast_deleted(fake.handle()).ok());
  const auto sent = fake.side->sent();
  CAF_REQUIRE_EQUAL(sent.size(), 3u);
  CAF_CHECK_EQUAL(sent[0].event, "UserCreated");
  CAF_CHECK_EQUAL(sent[1].event, "UserUpdated");
  CAF_CHECK_EQUAL(sent[1].except, "1.2");
  CAF_CHECK_EQUAL(sent[2].event, "UserDeleted");
  CAF_CHECK_EQUAL(sent[0].channels.front(), "users");
  CAF_CHECK_EQUAL(json::parse(sent[0].data), (json{{"id", 1}, {"email", "ada@example.com"}}));
}

CAF_TEST(a model may decide over name and queue and whether it tells at all) {
  fake_broadcaster fake;
  const shop::Order order;
  CAF_CHECK(order.broadcast_created(fake.handle()).ok());
  CAF_CHECK(order.broadcast_updated(fake.handle()).ok());
  CAF_CHECK(order.broadcast_deleted(fake.handle()).ok());
  CAF_CHECK(fake.handle().flush(std::chrono::seconds{10}));
  const auto sent = fake.side->sent();
  CAF_REQUIRE_EQUAL(sent.size(), 2u);
  CAF_CHECK_EQUAL(sent[0].event, "order.Created");
  CAF_CHECK_EQUAL(sent[0].data, "{}");
  CAF_CHECK_EQUAL(sent[1].event, "order.Deleted");
  CAF_CHECK_EQUAL(sent[1].channels.front(), "archive");
  CAF_CHECK_EQUAL(fake.handle().figures("models").delivered, 2u);
}

CAF_TEST(the process - wide broadcaster can be one of the program) {
  fake_broadcaster fake;
  set_broadcaster(fake.handle());
  CAF_CHECK(shop::User(1, "x").broadcast_created().ok());
  CAF_CHECK_EQUAL(fake.side->sent().size(), 1u);
  CAF_CHECK_EQUAL(&channels(), &fake.handle().channels());
}
