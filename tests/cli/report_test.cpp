#define CAF_SUITE cli.report

#include "cli/report.hpp"

#include "cli/config_report.hpp"

#include <nlohmann/json.hpp>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::cli;
using json = nlohmann::ordered_json;

CAF_TEST(columns line up in the order asked for and unknown ones follow) {
  const json rows = json::parse(R"([{"channel":"news","new":true,"app":"app-id","subscriptions":3},
                                    {"app":"a","channel":"presence-room","subscriptions":12,"users":2}])");
  CAF_CHECK_EQUAL(render_table(rows, {"app", "channel", "subscriptions", "users"}, "channels"),
                  "app     channel        subscriptions  users  new\n"
                  "app-id  news           3              -      yes\n"
                  "a       presence-room  12             2      -\n");
}

CAF_TEST(a table without rows says so) {
  CAF_CHECK_EQUAL(render_table(json::array(), {"name"}, "members"), "no members\n");
  CAF_CHECK_EQUAL(render_table(json{}, {"name"}, "members"), "no members\n");
  CAF_CHECK_EQUAL(render_table(json::parse("[1,2]"), {"name"}, "members"), "no members\n");
}

CAF_TEST(fields line up and arrays of objects become tables below) {
  const json status = json::parse(R"({"name":"n1","ready":true,"uptime_seconds":61,
                                      "apps":[{"connections":4,"id":"app-id"}]})");
  CAF_CHECK_EQUAL(render_fields(status), "name:           n1\n"
                                         "ready:          yes\n"
                                         "uptime seconds: 61\n"
                                         "\n"
                                         "apps\n"
                                         "id      connections\n"
                                         "app-id  4\n");
}

CAF_TEST(an answer without any known field is still shown) {
  CAF_CHECK_EQUAL(render_fields(json::object()), "");
  CAF_CHECK_EQUAL(render_fields(json::parse(R"({"apps":[],"x":{"y":1}})")), "x: {\"y\":1}\n");
}

CAF_TEST(control characters of a server do not reach the terminal) {
  CAF_CHECK_EQUAL(render_fields(json::parse(R"({"name":"a\u001b[2J"})")), "name: a?[2J\n");
}

CAF_TEST(the description of a configuration names listeners and apps but no secret) {
  config::settings settings;
  settings.node.name = "n1";
  settings.apps.resize(2);
  settings.apps[0] = {
      .id = "shop", .key = "shop-key", .secret = "hush", .allowed_origins = {}, .webhooks = {}};
  settings.apps[1] = {.id = "old",
                      .key = "k",
                      .secret = "hush",
                      .enabled = false,
                      .allowed_origins = {},
                      .webhooks = {}};
  settings.cluster.enabled = true;
  settings.cluster.seeds = {"a:1", "b:1"};
  settings.cluster.secrets = {"hush"};
  CAF_CHECK_EQUAL(describe(settings), "configuration is valid\n"
                                      "node:    n1\n"
                                      "clients: 0.0.0.0:8000\n"
                                      "admin:   127.0.0.1:9000\n"
                                      "cluster: 127.0.0.1:7946, seeds: a:1 b:1\n"
                                      "app:     shop\n"
                                      "app:     old (disabled)\n");
}
