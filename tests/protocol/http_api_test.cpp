#define CAF_SUITE protocol.http_api

#include "protocol/http_api.hpp"

#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include "caf/test/dsl.hpp"

#include <string>
#include <vector>

using namespace grapevine::protocol;
using namespace std::string_literals;
using namespace std::string_view_literals;
using nlohmann::json;

namespace {

api_call call(std::string_view method, std::string_view rest, std::string_view query = {},
              std::string_view body = {}) {
  return parse_api_call(method, rest, parse_query(query), body, api_limits{});
}

/// The status a call is refused with; 200 when it is none.
unsigned status_of(const api_call& result) {
  const auto* refused = std::get_if<api_refusal>(&result);
  if (refused)
    CAF_CHECK(!refused->error.empty());
  return refused ? refused->status : 200;
}

template <class Call>
Call parsed(const api_call& result) {
  if (const auto* refused = std::get_if<api_refusal>(&result))
    CAF_FAIL("refused: " << refused->error);
  CAF_REQUIRE(std::holds_alternative<Call>(result));
  return std::get<Call>(result);
}

json event() {
  return {{"name", "OrderShipped"}, {"data", "{}"}, {"channel", "orders"}};
}

/// A good event with one field changed.
json event_with(const std::string& field, json value) {
  auto object = event();
  object[field] = std::move(value);
  return object;
}

api_call publish(const json& body) {
  return call("POST", "/events", "", body.dump());
}

publish_request published(const json& body) {
  const auto batch = parsed<publish_batch>(publish(body));
  CAF_CHECK(batch.single);
  CAF_REQUIRE_EQUAL(batch.events.size(), 1u);
  return batch.events.front();
}

json channels(json list) {
  auto object = event();
  object.erase("channel");
  object["channels"] = std::move(list);
  return object;
}

json names(std::size_t count) {
  auto list = json::array();
  for (std::size_t i = 0; i < count; ++i)
    list.push_back("c" + std::to_string(i));
  return list;
}

api_call publish_batch_of(json items) {
  return call("POST", "/batch_events", "", json{{"batch", std::move(items)}}.dump());
}

std::string error_of(const api_call& result) {
  const auto* refused = std::get_if<api_refusal>(&result);
  return refused ? refused->error : "";
}

}  // namespace

CAF_TEST(a path of the API names its app) {
  auto path = split_api_path("/apps/1001/channels/a%40b/users");
  CAF_REQUIRE(path.has_value());
  CAF_CHECK_EQUAL(path->app_id, "1001");
  CAF_CHECK_EQUAL(path->rest, "/channels/a%40b/users");
  path = split_api_path("/apps/my%20app");
  CAF_REQUIRE(path.has_value());
  CAF_CHECK_EQUAL(path->app_id, "my app");
  CAF_CHECK_EQUAL(path->rest, "");
}

CAF_TEST(other paths are not of the API) {
  for (auto path : {"", "/", "/apps", "/apps/", "/apps//events", "/app/key", "/appsx/1",
                    "apps/1/events", "/up"})
    CAF_CHECK(!split_api_path(path));
}

CAF_TEST(unknown paths are not found) {
  for (auto rest : {"", "/", "/event", "/events/", "/eventsx", "/Events", "/channels/",
                    "/channels//users", "/channels/a/b", "/channels/a/users/",
                    "/channels/a/b/users", "/users/42", "/users//terminate_connections",
                    "/users/a/b/terminate_connections", "/channels/a/events", "events"})
    for (auto method : {"GET", "POST"})
      CAF_CHECK_EQUAL(status_of(call(method, rest)), 404u);
}

CAF_TEST(a known path tells the method it has) {
  struct {
    std::string_view rest;
    std::string_view allowed;
  } cases[] = {
      {"/events", "POST"},
      {"/batch_events", "POST"},
      {"/channels", "GET"},
      {"/channels/a", "GET"},
      {"/channels/a/users", "GET"},
      {"/connections", "GET"},
      {"/users/42/terminate_connections", "POST"},
  };
  for (const auto& c : cases)
    for (std::string_view method : {"GET", "POST", "PUT", "DELETE", "HEAD", "post"}) {
      if (method == c.allowed || (method == "HEAD" && c.allowed == "GET"))
        continue;
      const auto result = call(method, c.rest);
      CAF_REQUIRE_EQUAL(status_of(result), 405u);
      CAF_CHECK_EQUAL(std::get<api_refusal>(result).allow, c.allowed);
    }
}

CAF_TEST(what can be read can be asked for by HEAD) {
  CAF_CHECK_EQUAL(status_of(call("HEAD", "/connections")), 200u);
  CAF_CHECK_EQUAL(parsed<list_channels>(call("HEAD", "/channels")).prefix, "");
}

CAF_TEST(an event is published to one channel) {
  const auto request = published(event());
  CAF_CHECK_EQUAL(request.event, "OrderShipped");
  CAF_CHECK_EQUAL(request.data, "{}");
  CAF_CHECK_EQUAL(request.channels, std::vector{"orders"s});
  CAF_CHECK(!request.except);
  CAF_CHECK(!request.info.any());
}

CAF_TEST(an event is published to distinct channels in their order) {
  const auto request = published(channels({"b", "a", "b", "private-c", "a"}));
  CAF_CHECK_EQUAL(request.channels, (std::vector{"b"s, "a"s, "private-c"s}));
}

CAF_TEST(fields that are null count as absent) {
  auto object = event();
  object.update({{"channels", nullptr}, {"socket_id", nullptr}, {"info", nullptr}, {"unknown", 1}});
  CAF_CHECK_EQUAL(published(object).channels, std::vector{"orders"s});
}

CAF_TEST(the last value of a repeated field counts) {
  const auto body = R"({"name":"a","name":"b","data":"","channel":"x","channel":"y"})";
  const auto batch = parsed<publish_batch>(call("POST", "/events", "", body));
  CAF_CHECK_EQUAL(batch.events.front().event, "b");
  CAF_CHECK_EQUAL(batch.events.front().channels, std::vector{"y"s});
}

CAF_TEST(what is no JSON object is refused) {
  for (auto body : {"", "{", "[]", "null", "\"x\"", "42", "name=x&data=y", "{}{}", "\xff"})
    for (auto path : {"/events", "/batch_events"})
      CAF_CHECK_EQUAL(status_of(call("POST", path, "", body)), 400u);
}

CAF_TEST(a body nested too deeply is refused) {
  auto body = [](std::size_t depth) {
    return R"({"name":"a","channel":"b","data":)" + std::string(depth, '[')
           + std::string(depth, ']') + '}';
  };
  CAF_CHECK_EQUAL(status_of(call("POST", "/events", "", body(31))), 200u);
  CAF_CHECK_EQUAL(status_of(call("POST", "/events", "", body(32))), 400u);
  CAF_CHECK_EQUAL(status_of(call("POST", "/events", "", body(400'000))), 400u);
}

CAF_TEST(an event needs a name that is a string and not too long) {
  auto nameless = event();
  nameless.erase("name");
  CAF_CHECK_EQUAL(status_of(publish(nameless)), 400u);
  for (const auto& bad :
       {json(nullptr), json(""), json(7), json::array(), json(std::string(201, 'x'))})
    CAF_CHECK_EQUAL(status_of(publish(event_with("name", bad))), 400u);
  for (const auto& good :
       {json("App\\Events\\OrderShipped"), json(" "), json(std::string(200, 'x'))})
    CAF_CHECK_EQUAL(published(event_with("name", good)).event, good.get<std::string>());
}

CAF_TEST(the length of a name is counted in characters) {
  std::string name;
  for (int i = 0; i < 200; ++i)
    name += "\xe2\x82\xac";
  CAF_CHECK_EQUAL(published(event_with("name", name)).event, name);
  CAF_CHECK_EQUAL(status_of(publish(event_with("name", name + "x"))), 400u);
}

CAF_TEST(names of the protocol itself are refused from publishers) {
  for (auto name : {"pusher:", "pusher:ping", "pusher_internal:member_added"})
    CAF_CHECK_EQUAL(status_of(publish(event_with("name", name))), 400u);
  for (auto name : {"pusher", "pusher_x", "Pusher:x", "client-x", "x-pusher:y"})
    CAF_CHECK_EQUAL(status_of(publish(event_with("name", name))), 200u);
}

CAF_TEST(data is passed on as it is or encoded when it is no string) {
  struct {
    json data;
    std::string_view text;
  } cases[] = {
      {"", ""},
      {"plain \"text\"", "plain \"text\""},
      {"{\"a\": 1}", "{\"a\": 1}"},
      {{{"b", {1, 2}}, {"a", "x/y"}}, R"({"a":"x/y","b":[1,2]})"},
      {json::array({1, "a", nullptr}), R"([1,"a",null])"},
      {7, "7"},
      {2.5, "2.5"},
      {true, "true"},
      {nullptr, "null"},
  };
  for (const auto& c : cases)
    CAF_CHECK_EQUAL(published(event_with("data", c.data)).data, c.text);
  auto dataless = event();
  dataless.erase("data");
  CAF_CHECK_EQUAL(status_of(publish(dataless)), 400u);
}

CAF_TEST(data over the limit is too large) {
  CAF_CHECK_EQUAL(status_of(publish(event_with("data", std::string(10 << 10, 'x')))), 200u);
  CAF_CHECK_EQUAL(status_of(publish(event_with("data", std::string((10 << 10) + 1, 'x')))), 413u);
  CAF_CHECK_EQUAL(status_of(publish(event_with("data", json::array({std::string(10 << 10, 'x')})))),
                  413u);
}

CAF_TEST(the limits are those given) {
  api_limits limits;
  limits.event_data = 3;
  limits.event_name = 2;
  limits.channel_name = 4;
  limits.channels_per_event = 1;
  limits.batch_events = 1;
  auto status = [&](std::string_view path, const std::string& body) {
    return status_of(parse_api_call("POST", path, {}, body, limits));
  };
  CAF_CHECK_EQUAL(status("/events", R"({"name":"ab","data":"abc","channels":["abcd"]})"), 200u);
  CAF_CHECK_EQUAL(status("/events", R"({"name":"ab","data":"abcd","channels":["abcd"]})"), 413u);
  CAF_CHECK_EQUAL(status("/events", R"({"name":"abc","data":"abc","channels":["abcd"]})"), 400u);
  CAF_CHECK_EQUAL(status("/events", R"({"name":"ab","data":"abc","channels":["abcde"]})"), 400u);
  CAF_CHECK_EQUAL(status("/events", R"({"name":"ab","data":"abc","channels":["a","b"]})"), 400u);
  const auto item = R"({"name":"ab","data":"abc","channel":"abcd"})"s;
  CAF_CHECK_EQUAL(status("/batch_events", R"({"batch":[)" + item + "]}"), 200u);
  CAF_CHECK_EQUAL(status("/batch_events", R"({"batch":[)" + item + ',' + item + "]}"), 400u);
}

CAF_TEST(an event goes to 1 to 100 channels) {
  CAF_CHECK_EQUAL(published(channels(names(100))).channels.size(), 100u);
  CAF_CHECK_EQUAL(status_of(publish(channels(names(101)))), 400u);
  for (const auto& bad :
       {json::array(), json("orders"), json::object(), json(1), json({"a", 1}),
        json({"a", nullptr}), json({"a", ""}), json({"a", "b c"}), json({std::string(201, 'x')})})
    CAF_CHECK_EQUAL(status_of(publish(channels(bad))), 400u);
  for (const auto& bad : {json(1), json(""), json::array({"a"}), json("a/b"), json(nullptr)})
    CAF_CHECK_EQUAL(status_of(publish(event_with("channel", bad))), 400u);
}

CAF_TEST(an event has either channels or a channel) {
  auto neither = event();
  neither.erase("channel");
  CAF_CHECK_EQUAL(status_of(publish(neither)), 400u);
  CAF_CHECK_EQUAL(status_of(publish(event_with("channels", {"a"}))), 400u);
}

CAF_TEST(a user can be published to) {
  CAF_CHECK_EQUAL(published(event_with("channel", "#server-to-user-42")).channels,
                  std::vector{"#server-to-user-42"s});
  CAF_CHECK_EQUAL(published(channels({"#server-to-user-42"})).channels,
                  std::vector{"#server-to-user-42"s});
  for (auto bad : {"#server-to-user-", "#other", "#server-to-user-a b"})
    CAF_CHECK_EQUAL(status_of(publish(event_with("channel", bad))), 400u);
}

CAF_TEST(one socket can be left out) {
  const auto request = published(event_with("socket_id", "4242.777"));
  CAF_CHECK(request.except == (socket_id{4242, 777}));
  for (const auto& bad :
       {json(""), json("4242"), json("a.b"), json(4242.777), json("1.2.3"), json::array({"1.1"})})
    CAF_CHECK_EQUAL(status_of(publish(event_with("socket_id", bad))), 400u);
}

CAF_TEST(a publisher may ask about the channels) {
  const auto request = published(event_with("info", "user_count,subscription_count"));
  CAF_CHECK(request.info == (info_request{true, true, false}));
  CAF_CHECK(published(event_with("info", "cache")).info == (info_request{false, false, true}));
  CAF_CHECK(published(event_with("info", "")).info == info_request{});
  for (const auto& bad :
       {json("users"), json("user_count,users"), json("User_count"), json({"user_count"}), json(1)})
    CAF_CHECK_EQUAL(status_of(publish(event_with("info", bad))), 400u);
}

CAF_TEST(an event of a batch has one channel) {
  json one{{"name", "a"}, {"data", "1"}, {"channels", {"x"}}};
  CAF_CHECK_EQUAL(status_of(publish_batch_of({one})), 200u);
  one["channels"] = {"x", "y"};
  CAF_CHECK_EQUAL(status_of(publish_batch_of({event(), one})), 400u);
}

CAF_TEST(a batch keeps the order of its events) {
  auto second = event_with("socket_id", "1.2");
  second["name"] = "Second";
  const auto batch = parsed<publish_batch>(publish_batch_of({event(), second}));
  CAF_CHECK(!batch.single);
  CAF_REQUIRE_EQUAL(batch.events.size(), 2u);
  CAF_CHECK_EQUAL(batch.events[0].event, "OrderShipped");
  CAF_CHECK_EQUAL(batch.events[1].event, "Second");
  CAF_CHECK(batch.events[1].except == (socket_id{1, 2}));
}

CAF_TEST(a batch has 1 to 10 events) {
  CAF_CHECK_EQUAL(status_of(publish_batch_of(json(10, event()))), 200u);
  CAF_CHECK_EQUAL(status_of(publish_batch_of(json(11, event()))), 400u);
  for (const auto& bad : {json::array(), json::object(), json(nullptr), json("x"), event()})
    CAF_CHECK_EQUAL(status_of(publish_batch_of(bad)), 400u);
  CAF_CHECK_EQUAL(status_of(call("POST", "/batch_events", "", "{}")), 400u);
}

CAF_TEST(one bad event refuses the whole batch and is named) {
  const auto bad_name = publish_batch_of({event(), event_with("name", "")});
  CAF_CHECK_EQUAL(status_of(bad_name), 400u);
  CAF_CHECK(error_of(bad_name).starts_with("batch[1]: "));
  const auto large =
      publish_batch_of({event(), event(), event_with("data", std::string(20'000, 'x'))});
  CAF_CHECK_EQUAL(status_of(large), 413u);
  CAF_CHECK(error_of(large).starts_with("batch[2]: "));
  CAF_CHECK_EQUAL(status_of(publish_batch_of({event(), 7})), 400u);
}

CAF_TEST(channels are listed by prefix) {
  const auto all = parsed<list_channels>(call("GET", "/channels"));
  CAF_CHECK_EQUAL(all.prefix, "");
  CAF_CHECK(!all.info.any());
  const auto some =
      parsed<list_channels>(call("GET", "/channels", "filter_by_prefix=presence-&info=user_count"));
  CAF_CHECK_EQUAL(some.prefix, "presence-");
  CAF_CHECK(some.info == (info_request{true, false, false}));
}

CAF_TEST(the list of attributes may be written in every way it can be signed) {
  for (auto query : {"info=user_count,subscription_count", "INFO=user_count%2Csubscription_count",
                     "info[]=user_count&info[]=subscription_count",
                     "info[0]=user_count&info[1]=subscription_count",
                     "info=cache&info=user_count,,subscription_count,"}) {
    const auto list =
        parsed<list_channels>(call("GET", "/channels", "filter_by_prefix=presence-x&"s + query));
    CAF_CHECK(list.info == (info_request{true, true, false}));
  }
}

CAF_TEST(a list of channels counts users of presence channels only) {
  for (auto query : {"info=user_count", "info=user_count&filter_by_prefix=private-",
                     "info=user_count&filter_by_prefix=presence", "info=cache", "info=members"})
    CAF_CHECK_EQUAL(status_of(call("GET", "/channels", query)), 400u);
  CAF_CHECK_EQUAL(status_of(call("GET", "/channels", "info=subscription_count")), 200u);
}

CAF_TEST(one channel is described) {
  const auto plain = parsed<describe_channel>(call("GET", "/channels/private-a%40b%2C%3B"));
  CAF_CHECK_EQUAL(plain.channel, "private-a@b,;");
  CAF_CHECK(!plain.info.any());
  struct {
    std::string_view channel;
    std::string_view info;
    unsigned status;
  } cases[] = {
      {"presence-a", "user_count", 200},
      {"presence-cache-a", "user_count,cache", 200},
      {"cache-a", "subscription_count,cache", 200},
      {"orders", "subscription_count", 200},
      {"presence-a", "subscription_count", 400},
      {"orders", "user_count", 400},
      {"orders", "cache", 400},
      {"private-a", "subscription_count,user_count", 400},
      {"orders", "color", 400},
  };
  for (const auto& c : cases) {
    CAF_MESSAGE(c.channel << " with " << c.info);
    const auto result =
        call("GET", "/channels/" + std::string{c.channel}, "info=" + std::string{c.info});
    CAF_CHECK_EQUAL(status_of(result), c.status);
  }
}

CAF_TEST(channels that cannot be are refused in paths) {
  for (auto name : {"a%20b", "a%2Fb", "%23server-to-user-42", "%", "a%00", "a+b"}) {
    CAF_CHECK_EQUAL(status_of(call("GET", "/channels/"s + name)), 400u);
    CAF_CHECK_EQUAL(status_of(call("GET", "/channels/"s + name + "/users")), 400u);
  }
  CAF_CHECK_EQUAL(status_of(call("GET", "/channels/" + std::string(201, 'x'))), 400u);
}

CAF_TEST(only presence channels have users) {
  CAF_CHECK_EQUAL(parsed<list_users>(call("GET", "/channels/presence-a/users")).channel,
                  "presence-a");
  CAF_CHECK_EQUAL(parsed<list_users>(call("GET", "/channels/presence-cache-a/users")).channel,
                  "presence-cache-a");
  for (auto name : {"orders", "private-a", "presence", "cache-a"})
    CAF_CHECK_EQUAL(status_of(call("GET", "/channels/"s + name + "/users")), 400u);
}

CAF_TEST(a channel may be called users) {
  CAF_CHECK_EQUAL(parsed<describe_channel>(call("GET", "/channels/users")).channel, "users");
}

CAF_TEST(connections are counted) {
  parsed<count_connections>(call("GET", "/connections"));
}

CAF_TEST(the connections of a user are terminated whatever the body says) {
  for (auto body : {"", "{}", "anything"})
    CAF_CHECK_EQUAL(
        parsed<terminate_user>(call("POST", "/users/a%40b/terminate_connections", "", body))
            .user_id,
        "a@b");
  for (auto id : {"a%20b", "%23", "%E2%82%AC"})
    CAF_CHECK_EQUAL(status_of(call("POST", "/users/"s + id + "/terminate_connections")), 400u);
}

CAF_TEST(attributes that do not fit a channel are left out) {
  const info_request all{true, true, true};
  CAF_CHECK(applicable(all, "orders") == (info_request{false, true, false}));
  CAF_CHECK(applicable(all, "private-a") == (info_request{false, true, false}));
  CAF_CHECK(applicable(all, "cache-a") == (info_request{false, true, true}));
  CAF_CHECK(applicable(all, "private-encrypted-cache-a") == (info_request{false, true, true}));
  CAF_CHECK(applicable(all, "presence-a") == (info_request{true, false, false}));
  CAF_CHECK(applicable(all, "presence-cache-a") == (info_request{true, false, true}));
  CAF_CHECK(applicable({}, "presence-cache-a") == info_request{});
}

CAF_TEST(a list of channels is always an object) {
  CAF_CHECK_EQUAL(encode_channels({}), R"({"channels":{}})");
  channel_info users;
  users.user_count = 42;
  channel_info subscriptions;
  subscriptions.subscription_count = 0;
  CAF_CHECK_EQUAL(
      encode_channels({{"presence-a", users}, {"b", subscriptions}, {"0", {}}}),
      R"({"channels":{"presence-a":{"user_count":42},"b":{"subscription_count":0},"0":{}}})");
}

CAF_TEST(a channel tells whether it is occupied and what was asked) {
  CAF_CHECK_EQUAL(encode_channel({}), R"({"occupied":false})");
  channel_info info;
  info.occupied = true;
  info.subscription_count = 17;
  CAF_CHECK_EQUAL(encode_channel(info), R"({"occupied":true,"subscription_count":17})");
  info.cache_asked = true;
  CAF_CHECK_EQUAL(encode_channel(info),
                  R"({"occupied":true,"subscription_count":17,"cache":null})");
  info.cache = {R"({"a":1})", 1800};
  CAF_CHECK_EQUAL(
      encode_channel(info),
      R"({"occupied":true,"subscription_count":17,"cache":{"data":"{\"a\":1}","ttl":1800}})");
}

CAF_TEST(users are a list of objects with ids) {
  CAF_CHECK_EQUAL(encode_users({}), R"({"users":[]})");
  CAF_CHECK_EQUAL(encode_users({"42", "a\"b\xff"}),
                  "{\"users\":[{\"id\":\"42\"},{\"id\":\"a\\\"b\xef\xbf\xbd\"}]}");
}

CAF_TEST(the answer to a batch has one entry for each) {
  CAF_CHECK_EQUAL(encode_batch({}), R"({"batch":[]})");
  channel_info users;
  users.user_count = 1;
  CAF_CHECK_EQUAL(encode_batch({{}, users, {}}), R"({"batch":[{},{"user_count":1},{}]})");
}

CAF_TEST(an error is JSON whatever its sentence) {
  CAF_CHECK_EQUAL(encode_error(400, "a \"b\""), R"({"error":"a \"b\"","code":400})");
}

CAF_TEST(no request makes the parser fail) {
  const std::vector<std::string> methods{"GET", "POST"};
  const std::vector<std::string> paths{"/events", "/batch_events", "/channels"};
  auto holds = rc::check([&](const std::string& path_end, const query_parameters& parameters,
                             const std::string& body) {
    const auto method = *rc::gen::elementOf(methods);
    const auto path = *rc::gen::elementOf(paths) + path_end;
    const auto result = parse_api_call(method, path, parameters, body, api_limits{});
    if (const auto* refused = std::get_if<api_refusal>(&result))
      RC_ASSERT(json::accept(encode_error(refused->status, refused->error)));
  });
  CAF_CHECK(holds);
}
