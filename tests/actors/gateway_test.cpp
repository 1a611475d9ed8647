#define CAF_SUITE actors.gateway

#include "http_fixture.hpp"

#include "actors/gateway.hpp"
#include "base/json_text.hpp"
#include "protocol/http_auth.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

using namespace grapevine::actors;
using namespace std::chrono_literals;
namespace base = grapevine::base;
namespace net = grapevine::net;
namespace protocol = grapevine::protocol;
using nlohmann::json;

namespace {

struct fixture : http_fixture {
  fixture() : hub{apps, 0, 1}, status{1} {
    start<gateway>(hub, local, status, loop);
  }

  /// A request that the app has signed.
  static net::http_request signed_request(const std::string& method, const std::string& path,
                                          protocol::query_parameters extra, std::string body) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::system_clock::now().time_since_epoch());
    auto query =
        protocol::signed_query(method, "/apps/1" + path, std::move(extra), body, "k", "s", now);
    return {.method = method,
            .path = "/apps/1" + path,
            .query = std::move(query),
            .body = std::move(body)};
  }
  std::shared_ptr<reply_slot> query(const std::string& path,
                                    protocol::query_parameters extra = {}) {
    return ask(signed_request("GET", path, std::move(extra), {}));
  }
  std::shared_ptr<reply_slot> publish_to(const json& channels, const std::string& info = {}) {
    json body{{"name", "ev"}, {"data", "1"}, {"channels", channels}};
    if (!info.empty())
      body["info"] = info;
    return ask(signed_request("POST", "/events", {}, base::json_text(body)));
  }
  /// Names of channels, one for each directory.
  std::vector<std::string> one_for_each() const {
    std::vector<std::string> names(2);
    for (int i = 0; names[0].empty() || names[1].empty(); ++i) {
      const auto name = "c" + std::to_string(i);
      names[local.shard_of({0, name})] = name;
    }
    return names;
  }
  static void check_going_away(const std::shared_ptr<reply_slot>& slot) {
    const auto response = answered(slot);
    CAF_CHECK_EQUAL(response.status, 503u);
    CAF_CHECK_EQUAL(response.body, R"({"error":"The server is going away","code":503})");
  }

  local_hub hub;
  node_status status;
  net::loop loop;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(gateway_tests, fixture)

CAF_TEST(a published event goes to the directory of each channel and is answered when all know) {
  const auto names = one_for_each();
  const auto slot = publish_to(names);
  for (std::size_t i = 0; i < 2; ++i) {
    CAF_REQUIRE_EQUAL(directories[i]->published.size(), 1u);
    CAF_CHECK_EQUAL(directories[i]->published[0].channel.name, names[i]);
    CAF_CHECK_EQUAL(directories[i]->published[0].content->data, "1");
  }
  CAF_CHECK_EQUAL(answered(slot).status, 200u);
  CAF_CHECK_EQUAL(answered(slot).body, "{}");
}

CAF_TEST(what was asked about the channels comes in the order of the request) {
  const auto names = one_for_each();
  directories[0]->channel.subscription_count = 3;
  directories[1]->channel.subscription_count = 5;
  const auto slot = publish_to({names[1], names[0]}, "subscription_count");
  CAF_CHECK_EQUAL(answered(slot).body, R"({"channels":{")" + names[1]
                                           + R"(":{"subscription_count":5},")" + names[0]
                                           + R"(":{"subscription_count":3}}})");
}

CAF_TEST(a batch is answered with one entry for each event) {
  const auto names = one_for_each();
  directories[0]->channel.subscription_count = 3;
  json batch = json::array();
  for (const auto& name : {names[1], names[0]})
    batch.push_back({{"name", "ev"}, {"data", "1"}, {"channel", name}});
  batch[1]["info"] = "subscription_count";
  const auto slot =
      ask(signed_request("POST", "/batch_events", {}, base::json_text(json{{"batch", batch}})));
  CAF_CHECK_EQUAL(answered(slot).body, R"({"batch":[{},{"subscription_count":3}]})");
}

CAF_TEST(a publish to a directory that has gone away is answered with 503) {
  const auto names = one_for_each();
  end_directory(1);
  check_going_away(publish_to(names));
  CAF_CHECK_EQUAL(directories[0]->published.size(), 1u);
  CAF_CHECK_EQUAL(answered(publish_to({names[0]})).status, 200u);
}

CAF_TEST(a directory that goes away with questions in its mailbox leaves none unanswered) {
  const auto names = one_for_each();
  for (auto& each : directories)
    each->silent = true;
  const std::vector slots{query("/channels", {{"info", "subscription_count"}}),
                          query("/channels/" + names[0]), query("/channels/presence-a/users")};
  for (const auto& slot : slots)
    CAF_CHECK(!slot->response);
  end_directory(0);
  end_directory(1);
  pass(1min);
  for (const auto& slot : slots)
    check_going_away(slot);
}

CAF_TEST(questions to a directory that has gone away are answered with 503) {
  end_directory(0);
  end_directory(1);
  check_going_away(query("/channels"));
  check_going_away(query("/channels/orders"));
  check_going_away(query("/channels/presence-a/users"));
}

CAF_TEST(nothing is published while the node is over capacity) {
  local.pressure.backlog[1] = back_pressure::backlog_max + 1;
  const auto refused = answered(publish_to({"orders"}));
  CAF_CHECK_EQUAL(refused.status, 503u);
  CAF_CHECK_EQUAL(header(refused, "Retry-After"), "1");
  CAF_CHECK(directories[0]->published.empty());
  CAF_CHECK(directories[1]->published.empty());
  local.pressure.backlog[1] = 0;
  CAF_CHECK_EQUAL(answered(publish_to({"orders"})).status, 200u);
}

CAF_TEST(the channels of all directories are listed) {
  const auto names = one_for_each();
  for (std::size_t i = 0; i < 2; ++i)
    directories[i]->list.channels = {{{0, names[i]}, {.occupied = true}}};
  const auto listed = json::parse(answered(query("/channels")).body);
  CAF_CHECK_EQUAL(listed["channels"].size(), 2u);
  CAF_CHECK(listed["channels"].contains(names[0]));
  CAF_CHECK(listed["channels"].contains(names[1]));
}

CAF_TEST(what other nodes know is added and those who did not answer are named once) {
  start_cluster();
  cluster->others.payloads = {R"({"occupied":true,"subscriptions":2})"};
  cluster->others.missing = {"n3"};
  for (auto& each : directories)
    each->channel.subscription_count = 1;
  const auto names = one_for_each();
  const auto response = answered(publish_to(names, "subscription_count"));
  CAF_CHECK_EQUAL(header(response, "X-Grapevine-Partial"), "n3");
  const auto body = json::parse(response.body);
  CAF_CHECK(body["partial"].get<bool>());
  for (const auto& name : names)
    CAF_CHECK_EQUAL(body["channels"][name]["subscription_count"].get<int>(), 3);
  CAF_REQUIRE_EQUAL(cluster->asked.size(), 2u);
  CAF_CHECK(cluster->asked[0].deadline == 250ms);
}

CAF_TEST(a publish that asks nothing does not ask other nodes) {
  start_cluster();
  CAF_CHECK_EQUAL(answered(publish_to({"orders"})).body, "{}");
  CAF_CHECK(cluster->asked.empty());
}

CAF_TEST(users are asked of other nodes only where nobody is here) {
  start_cluster();
  cluster->others.payloads = {R"(["2","1"])", R"(["2"])"};
  CAF_CHECK_EQUAL(answered(query("/channels/presence-a/users")).body,
                  R"({"users":[{"id":"1"},{"id":"2"}]})");
  for (auto& each : directories)
    each->users = {"7"};
  CAF_CHECK_EQUAL(answered(query("/channels/presence-a/users")).body, R"({"users":[{"id":"7"}]})");
  CAF_CHECK_EQUAL(cluster->asked.size(), 1u);
}

CAF_TEST(a cluster that does not answer delays an answer but does not prevent it) {
  start_cluster();
  cluster->silent = true;
  for (auto& each : directories)
    each->channel.occupied = true;
  const auto channel = query("/channels/orders");
  const auto connections = query("/connections");
  CAF_CHECK(!channel->response);
  CAF_CHECK(!connections->response);
  pass(1min);
  CAF_CHECK_EQUAL(answered(channel).body, R"({"occupied":true})");
  CAF_CHECK_EQUAL(answered(connections).body, R"({"connections":0})");
}

CAF_TEST(a cluster that has gone away leaves what this node knows) {
  start_cluster();
  caf::anon_send_exit(local.cluster, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(answered(query("/connections")).body, R"({"connections":0})");
}

CAF_TEST(the node is up from the beginning and ready while it is in its cluster and not draining) {
  CAF_CHECK_EQUAL(get("/up").status, 200u);
  CAF_CHECK_EQUAL(get("/ready").status, 200u);
  status.in_cluster = false;
  CAF_CHECK_EQUAL(get("/ready").body,
                  R"({"error":"This node is not part of its cluster","code":503})");
  status.draining = true;
  CAF_CHECK_EQUAL(get("/ready").body, R"({"error":"This node is draining","code":503})");
  CAF_CHECK_EQUAL(get("/up").status, 200u);
  const auto refused = answered(ask({.method = "POST", .path = "/up"}));
  CAF_CHECK_EQUAL(refused.status, 405u);
  CAF_CHECK_EQUAL(header(refused, "Allow"), "GET, HEAD");
}

CAF_TEST(requests that reach no channel are refused at once) {
  CAF_CHECK_EQUAL(get("/nowhere").status, 404u);
  CAF_CHECK_EQUAL(get("/app/k").status, 426u);
  CAF_CHECK_EQUAL(get("/apps/2/channels").status, 404u);
  CAF_CHECK_EQUAL(get("/apps/1/channels").status, 401u);
  CAF_CHECK_EQUAL(answered(ask(signed_request("POST", "/events", {}, "{"))).status, 400u);
  CAF_CHECK_EQUAL(answered(ask(signed_request("DELETE", "/events", {}, {}))).status, 405u);
  CAF_CHECK_EQUAL(
      answered(ask(signed_request("POST", "/users/7/terminate_connections", {}, {}))).status, 501u);
  apps.at(0).settings.enabled = false;
  CAF_CHECK_EQUAL(answered(query("/channels")).status, 403u);
}

CAF_TEST_FIXTURE_SCOPE_END()
