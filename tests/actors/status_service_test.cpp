#define CAF_SUITE actors.status_service

#include "http_fixture.hpp"

#include "actors/status_service.hpp"

#include <nlohmann/json.hpp>

using namespace grapevine::actors;
using namespace std::chrono_literals;
namespace net = grapevine::net;
using nlohmann::json;

namespace {

struct fixture : http_fixture {
  fixture() : status{2} {
    status.name = "n1";
    status.address = "127.0.0.1:8000";
    start<status_service>(apps, local, status);
  }

  node_status status;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(status_service_tests, fixture)

CAF_TEST(the status sums the counters of all shards and names no secret) {
  status.sockets[0].connections = 2;
  status.sockets[1].connections = 3;
  apps.at(0).connections = 4;
  const auto text = get("/status").body;
  const auto body = json::parse(text);
  CAF_CHECK_EQUAL(body["name"].get<std::string>(), "n1");
  CAF_CHECK(body["ready"].get<bool>());
  CAF_CHECK_EQUAL(body["connections"].get<int>(), 5);
  CAF_CHECK((body["apps"] == json::array({{{"id", "1"}, {"connections", 4}}})));
  CAF_CHECK(!body.contains("cluster"));
  CAF_CHECK(text.find("\"k\"") == std::string::npos);
  CAF_CHECK(text.find("\"s\"") == std::string::npos);
}

CAF_TEST(the status holds the counters of the cluster while it answers) {
  start_cluster();
  cluster->counters = R"({"members":3})";
  CAF_CHECK_EQUAL(json::parse(get("/status").body)["cluster"]["members"].get<int>(), 3);
  cluster->silent = true;
  const auto slot = ask({.method = "GET", .path = "/status"});
  CAF_CHECK(!slot->response);
  pass(1min);
  CAF_CHECK(!json::parse(answered(slot).body).contains("cluster"));
}

CAF_TEST(a node without a cluster is its only member) {
  CAF_CHECK_EQUAL(
      get("/members").body,
      R"({"members":[{"name":"n1","state":"alive","address":"127.0.0.1:8000","self":true}]})");
}

CAF_TEST(the members are those the cluster knows) {
  start_cluster();
  cluster->members = R"({"members":[{"name":"n2"}]})";
  CAF_CHECK_EQUAL(get("/members").body, cluster->members);
}

CAF_TEST(members that cannot be had are a 503) {
  start_cluster();
  cluster->silent = true;
  const auto slot = ask({.method = "GET", .path = "/members"});
  pass(1min);
  CAF_CHECK_EQUAL(answered(slot).status, 503u);
  caf::anon_send_exit(local.cluster, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(get("/members").status, 503u);
}

CAF_TEST(the channels of all directories are listed with their counts) {
  directories[0]->list.channels = {{{0, "orders"}, {.occupied = true, .subscription_count = 2}}};
  directories[1]->list.channels = {{{0, "presence-a"}, {.occupied = true, .user_count = 1}}};
  CAF_CHECK_EQUAL(get("/channels").body,
                  R"({"channels":[{"app":"1","channel":"orders","subscriptions":2},)"
                  R"({"app":"1","channel":"presence-a","users":1}]})");
}

CAF_TEST(channels that cannot be had are a 503) {
  end_directory(1);
  CAF_CHECK_EQUAL(get("/channels").status, 503u);
}

CAF_TEST(there is nothing else and nothing to change) {
  CAF_CHECK_EQUAL(get("/").status, 404u);
  const auto refused = answered(ask({.method = "POST", .path = "/status"}));
  CAF_CHECK_EQUAL(refused.status, 405u);
  CAF_CHECK_EQUAL(header(refused, "Allow"), "GET, HEAD");
}

CAF_TEST_FIXTURE_SCOPE_END()
