#define CAF_SUITE broadcast.channel_registry

#include <grapevine/channel_registry.hpp>

#include "protocol/signature.hpp"

#include "caf/test/dsl.hpp"

#include <stdexcept>

using namespace grapevine;

namespace {

constexpr std::string_view socket = "12.34";
const user ada{"1", {{"name", "Ada"}, {"role", "admin"}}};
const user bob{"2", {{"name", "Bob"}}};

struct fixture {
  channel_registry registry{signing_key{"key", "secret", {}}};

  int status(const user& who, std::string_view channel) const {
    return registry.authorize(who, socket, channel).status;
  }
  json member(const user& who, std::string_view channel) const {
    const auto answer = registry.authorize(who, socket, channel);
    CAF_REQUIRE_EQUAL(answer.status, 200);
    return json::parse(answer.body.at("channel_data").get<std::string>());
  }
};

bool owns(const user& who, int order) {
  return order == 7 && who.id == "1";
}

struct OrderChannel {
  bool join(const user& who, int order_id) const {
    return owns(who, order_id);
  }
};

struct RoomChannel {
  explicit RoomChannel(std::string open) : open_{std::move(open)} {}
  std::optional<presence_info> join(const user& who, const std::string& room) const {
    if (room != open_)
      return std::nullopt;
    return presence_info{{"name", who.info["name"]}};
  }

private:
  std::string open_;
};

/// A user type of a program's own, with a number for an id.
struct account {
  int id = 0;
  std::string name;
};

enum class color { red, blue };
bool from_placeholder(std::string_view text, color& out) {
  out = text == "red" ? color::red : color::blue;
  return text == "red" || text == "blue";
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(channel_registry_tests, fixture)

CAF_TEST(a callback decides over its channel) {
  registry.channel("private-user.{id}",
                   [](const user& u, std::string_view id) { return u.id == id; });
  CAF_CHECK_EQUAL(status(ada, "private-user.1"), 200);
  CAF_CHECK_EQUAL(status(ada, "private-user.2"), 403);
  CAF_CHECK_EQUAL(status(bob, "private-user.2"), 200);
}

CAF_TEST(the answer is signed with the key of the registry) {
  registry.channel("private-x", [](const user&) { return true; });
  const auto answer = registry.authorize(ada, socket, "private-x");
  CAF_CHECK(answer.allowed());
  CAF_CHECK_EQUAL(answer.body.at("auth").get<std::string>(),
                  protocol::channel_auth("key", "secret", socket, "private-x"));
}

CAF_TEST(what no pattern matches is refused) {
  CAF_CHECK_EQUAL(status(ada, "private-x"), 403);
  registry.channel("x", [](const user&) { return true; });
  CAF_CHECK_EQUAL(status(ada, "private-x"), 200);
  CAF_CHECK_EQUAL(status(ada, "private-y"), 403);
  CAF_CHECK_EQUAL(status(ada, "x"), 403);
}

CAF_TEST(the first pattern that matches decides alone) {
  registry.channel("private-user.{id}", [](const user&, int) { return false; });
  registry.channel("private-user.1", [](const user&) { return true; });
  CAF_CHECK_EQUAL(status(ada, "private-user.1"), 403);
}

CAF_TEST(a placeholder that is no number is refused where a number is wanted) {
  registry.channel("private-order.{id}", [](const user& u, int id) { return owns(u, id); });
  CAF_CHECK_EQUAL(status(ada, "private-order.7"), 200);
  CAF_CHECK_EQUAL(status(ada, "private-order.8"), 403);
  for (auto name : {"seven", "7x", "x7", "7-", "-", "99999999999999999999"})
    CAF_CHECK_EQUAL(status(ada, "private-order." + std::string{name}), 403);
}

CAF_TEST(a number has one spelling) {
  registry.channel("private-n.{id}", [](const user&, long) { return true; });
  for (auto name : {"0", "7", "10", "-3"})
    CAF_CHECK_EQUAL(status(ada, "private-n." + std::string{name}), 200);
  for (auto name : {"00", "07", "-0", "-03"})
    CAF_CHECK_EQUAL(status(ada, "private-n." + std::string{name}), 403);
}

CAF_TEST(a number that its type cannot hold is refused) {
  registry.channel("private-small.{id}", [](const user&, std::uint8_t) { return true; });
  CAF_CHECK_EQUAL(status(ada, "private-small.255"), 200);
  CAF_CHECK_EQUAL(status(ada, "private-small.256"), 403);
  CAF_CHECK_EQUAL(status(ada, "private-small.-1"), 403);
}

CAF_TEST(placeholders of several types come in their order) {
  registry.channel("private-{team}.{number}.{shade}",
                   [](const user&, const std::string& team, unsigned number, color shade) {
                     return team == "red" && number == 5 && shade == color::blue;
                   });
  CAF_CHECK_EQUAL(status(ada, "private-red.5.blue"), 200);
  CAF_CHECK_EQUAL(status(ada, "private-red.5.red"), 403);
  CAF_CHECK_EQUAL(status(ada, "private-red.5.green"), 403);
}

CAF_TEST(a presence channel tells what the callback says of the member) {
  registry.channel("presence-users", [](const user& u) {
    return presence_info{{"name", u.info["name"]}};
  });
  CAF_CHECK_EQUAL(member(ada, "presence-users"),
                  (json{{"user_id", "1"}, {"user_info", {{"name", "Ada"}}}}));
}

CAF_TEST(what is not known of a user is null) {
  registry.channel("presence-users", [](const user& u) {
    return presence_info{{"role", u.info["role"]}};
  });
  CAF_CHECK_EQUAL(member(bob, "presence-users"),
                  (json{{"user_id", "2"}, {"user_info", {{"role", nullptr}}}}));
}

CAF_TEST(presence information is an object however it is written) {
  const json prepared{{"name", "Ada"}, {"age", 36}};
  CAF_CHECK_EQUAL(presence_info{prepared}.object(), prepared);
  CAF_CHECK_EQUAL(presence_info(prepared).object(), prepared);
  CAF_CHECK_EQUAL((presence_info{{"name", "Ada"}, {"age", 36}}.object()), prepared);
  CAF_CHECK_EQUAL((presence_info{{"tags", {"a", "b"}}}.object()), (json{{"tags", {"a", "b"}}}));
  CAF_CHECK_EQUAL(presence_info{}.object(), json::object());
  CAF_CHECK_EQUAL(presence_info(json("text")).object(), json::object());
}

CAF_TEST(optional presence information refuses when there is none) {
  registry.channel("presence-adults", [](const user& u) -> std::optional<presence_info> {
    if (u.id != "1")
      return std::nullopt;
    return presence_info{};
  });
  CAF_CHECK_EQUAL(status(ada, "presence-adults"), 200);
  CAF_CHECK_EQUAL(status(bob, "presence-adults"), 403);
}

CAF_TEST(a function and a class decide as a lambda does) {
  registry.channel("private-f.{id}", owns);
  registry.channel<OrderChannel>("private-order.{id}");
  registry.channel<RoomChannel>("presence-room.{name}", "lobby");
  CAF_CHECK_EQUAL(status(ada, "private-f.7"), 200);
  CAF_CHECK_EQUAL(status(bob, "private-f.7"), 403);
  CAF_CHECK_EQUAL(status(ada, "private-order.7"), 200);
  CAF_CHECK_EQUAL(status(ada, "private-order.x"), 403);
  CAF_CHECK_EQUAL(status(ada, "presence-room.lobby"), 200);
  CAF_CHECK_EQUAL(status(ada, "presence-room.attic"), 403);
}

CAF_TEST(a user type of the program is made from claims once registered) {
  registry.channel("private-a.{id}", [](const account& who, int id) { return who.id == id; });
  CAF_CHECK_EQUAL(status(ada, "private-a.1"), 403);
  registry.users([](const claims& from) -> std::optional<account> {
    if (from.id() == "2")
      return std::nullopt;
    return account{std::stoi(from.id()), from["name"].get<std::string>()};
  });
  CAF_CHECK_EQUAL(status(ada, "private-a.1"), 200);
  CAF_CHECK_EQUAL(status(bob, "private-a.2"), 403);
}

CAF_TEST(a user of the type that a callback takes needs no claims) {
  registry.channel("presence-a", [](const account& who) {
    return presence_info{{"name", who.name}};
  });
  const auto answer = registry.authorize(account{5, "Eve"}, socket, "presence-a");
  CAF_REQUIRE_EQUAL(answer.status, 200);
  CAF_CHECK_EQUAL(json::parse(answer.body.at("channel_data").get<std::string>()),
                  (json{{"user_id", "5"}, {"user_info", {{"name", "Eve"}}}}));
  registry.channel("private-u", [](const user&) { return true; });
  CAF_CHECK_EQUAL(registry.authorize(account{5, "Eve"}, socket, "private-u").status, 403);
}

CAF_TEST(a callback that throws answers 500 and tells nobody outside why) {
  registry.channel("private-x",
                   [](const user&) -> bool { throw std::runtime_error{"database down"}; });
  const auto answer = registry.authorize(ada, socket, "private-x");
  CAF_CHECK_EQUAL(answer.status, 500);
  CAF_CHECK_EQUAL(answer.reason, "a callback threw: database down");
  CAF_CHECK_EQUAL(answer.body.dump().find("database"), std::string::npos);
}

CAF_TEST(what makes no sense is refused before a callback is asked) {
  registry.channel("{any}", [](const user&, std::string_view) { return true; });
  for (auto wrong : {"", "1", "1.", ".1", "1.2.3", "1.x", "1.2:private-other"})
    CAF_CHECK_EQUAL(registry.authorize(ada, wrong, "private-x").status, 400);
  for (auto wrong : {"", "private-a:b", "private-a b", "private-\xc3\xa4", "#server-to-user-1"})
    CAF_CHECK_EQUAL(status(ada, wrong), 400);
  CAF_CHECK_EQUAL(status(ada, "private-" + std::string(193, 'x')), 400);
  CAF_CHECK_EQUAL(status(ada, "private-" + std::string(192, 'x')), 200);
}

CAF_TEST(a pattern that does not fit its callback is a mistake of the program) {
  auto refuses = [&](std::string_view pattern, auto callback) {
    try {
      registry.channel(pattern, callback);
      return false;
    } catch (const std::invalid_argument&) {
      return true;
    }
  };
  CAF_CHECK(refuses("private-{a}", [](const user&) { return true; }));
  CAF_CHECK(refuses("private-a", [](const user&, int) { return true; }));
  CAF_CHECK(refuses("private-{a", [](const user&) { return true; }));
}

CAF_TEST(a request is authorised as the one who sent it) {
  registry.channel("private-user.{id}",
                   [](const user& u, std::string_view id) { return u.id == id; });
  auth_request request{{{"AUTHORIZATION", "bearer  token-of-ada"}}, "12.34", "private-user.1"};
  CAF_CHECK_EQUAL(registry.authorize(request).status, 401);
  registry.authenticate([](const auth_request& from) -> std::optional<user> {
    if (from.bearer_token() == "token-of-ada")
      return ada;
    return std::nullopt;
  });
  CAF_CHECK_EQUAL(registry.authorize(request).status, 200);
  request.headers.front().second = "Bearer stolen";
  CAF_CHECK_EQUAL(registry.authorize(request).status, 401);
  request.headers.front().second = "Basic token-of-ada";
  CAF_CHECK_EQUAL(registry.authorize(request).status, 401);
  request.headers.clear();
  CAF_CHECK_EQUAL(registry.authorize(request).status, 401);
}

CAF_TEST_FIXTURE_SCOPE_END()
