#define CAF_SUITE drivers.sections

// What the drivers' sections read, and what is said of them, as the program loads them.

#include "../config/loading.hpp"
#include "drivers/ably_driver.hpp"
#include "drivers/pusher_driver.hpp"
#include "drivers/redis_driver.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::config;

namespace {

load_result with(std::map<std::string, std::string> environment, std::string toml = {}) {
  auto from = with_app(std::move(toml));
  from.environment = std::move(environment);
  return load(from);
}

std::string redis_url(std::map<std::string, std::string> environment, std::string toml = {}) {
  auto result = with(std::move(environment), std::move(toml));
  CAF_CHECK_EQUAL(print(result.problems), lines());
  return result.value.sections.get<drivers::redis_settings>().url;
}

}  // namespace

CAF_TEST(pusher and ably variables fill their tables) {
  auto result = with({{"PUSHER_APP_ID", "1"},
                      {"PUSHER_APP_KEY", "2"},
                      {"PUSHER_APP_SECRET", "3"},
                      {"PUSHER_APP_CLUSTER", "eu"},
                      {"PUSHER_HOST", "pusher.example"},
                      {"PUSHER_PORT", "6001"},
                      {"PUSHER_SCHEME", "http"},
                      {"ABLY_KEY", "name:secret"},
                      {"ABLY_HOST", "ably.example"},
                      {"ABLY_PORT", "80"},
                      {"ABLY_SCHEME", "http"}});
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.warnings, lines());
  const auto& [app_id, key, secret, cluster, host, port, scheme, ca] =
      result.value.sections.get<drivers::pusher_settings>();
  CAF_CHECK_EQUAL(lines({app_id, key, secret, cluster, host, std::to_string(port), scheme, ca}),
                  lines({"1", "2", "3", "eu", "pusher.example", "6001", "http", ""}));
  const auto& ably = result.value.sections.get<drivers::ably_settings>();
  CAF_CHECK_EQUAL(lines({ably.key, ably.host, std::to_string(ably.port), ably.scheme}),
                  lines({"name:secret", "ably.example", "80", "http"}));
}

CAF_TEST(variables that are empty or null count as not set) {
  auto result = with({{"PUSHER_HOST", ""},
                      {"PUSHER_PORT", "null"},
                      {"ABLY_HOST", "null"},
                      {"BROADCAST_DRIVER", ""},
                      {"BROADCAST_CONNECTION", ""}});
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.value.sections.get<drivers::pusher_settings>().host, "");
  CAF_CHECK_EQUAL(result.value.sections.get<drivers::pusher_settings>().port, 443u);
  CAF_CHECK_EQUAL(result.value.sections.get<drivers::ably_settings>().host,
                  "main.realtime.ably.net");
  CAF_CHECK_EQUAL(result.value.broadcast.driver, "");
  CAF_CHECK(result.value.bridges.empty());
}

CAF_TEST(a driver that leads to the node itself adds no bridge) {
  const std::map<std::string, std::string> variables{
      {"BROADCAST_DRIVER", "pusher"}, {"PUSHER_APP_ID", "1"},  {"PUSHER_APP_KEY", "2"},
      {"PUSHER_APP_SECRET", "3"},     {"PUSHER_PORT", "8000"}, {"PUSHER_HOST", "localhost"}};
  auto result = with(variables);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK(result.value.bridges.empty());
  CAF_CHECK_EQUAL(result.warnings,
                  lines({"environment BROADCAST_DRIVER: the driver pusher adds no bridge: "
                         "localhost:8000 is this node itself"}));
  auto asked = with(variables, "[[bridge]]\ndriver = 'pusher'\n");
  CAF_CHECK_EQUAL(print(asked.problems),
                  lines({"grapevine.toml:1: the bridge to pusher leads to this node itself; set "
                         "pusher.host to another server, or remove the bridge"}));
}

CAF_TEST(redis variables are parts of its address) {
  CAF_CHECK_EQUAL(redis_url({}), "redis://127.0.0.1:6379/0");
  CAF_CHECK_EQUAL(redis_url({{"REDIS_HOST", "redis.example"},
                             {"REDIS_PORT", "6380"},
                             {"REDIS_USERNAME", "me"},
                             {"REDIS_PASSWORD", "p@ss:w/rd"},
                             {"REDIS_DB", "2"}}),
                  "redis://me:p%40ss%3Aw%2Frd@redis.example:6380/2");
  CAF_CHECK_EQUAL(redis_url({{"REDIS_HOST", "tls://redis.example"}}),
                  "rediss://redis.example:6379/0");
  CAF_CHECK_EQUAL(redis_url({{"REDIS_HOST", "::1"}}), "redis://[::1]:6379/0");
  CAF_CHECK_EQUAL(
      redis_url({{"REDIS_HOST", "127.0.0.1"}, {"REDIS_PASSWORD", "null"}, {"REDIS_PORT", "6379"}}),
      "redis://127.0.0.1:6379/0");
}

CAF_TEST(redis variables replace parts of the address of a lower source) {
  std::string toml = "[redis]\nurl = 'redis://me:old@a.example:7000/5'\n";
  CAF_CHECK_EQUAL(redis_url({}, toml), "redis://me:old@a.example:7000/5");
  CAF_CHECK_EQUAL(redis_url({{"REDIS_HOST", "b.example"}}, toml),
                  "redis://me:old@b.example:7000/5");
  CAF_CHECK_EQUAL(redis_url({{"REDIS_PASSWORD", "null"}}, toml), "redis://me@a.example:7000/5");
  CAF_CHECK_EQUAL(redis_url({{"REDIS_PASSWORD", ""}, {"REDIS_USERNAME", "null"}}, toml),
                  "redis://a.example:7000/5");
  CAF_CHECK_EQUAL(
      redis_url({{"REDIS_HOST", "b.example"}, {"GRAPEVINE_REDIS_URL", "redis://c.example"}}, toml),
      "redis://c.example");
}

CAF_TEST(redis variables of both sources add up) {
  auto from = with_app();
  from.dotenv = "REDIS_HOST=a.example\nREDIS_PASSWORD=dotenv\nREDIS_PREFIX=app_\n";
  from.environment = {{"REDIS_PASSWORD", "environment"}, {"REDIS_DB", "1"}};
  auto result = load(from);
  CAF_CHECK_EQUAL(result.value.sections.get<drivers::redis_settings>().url,
                  "redis://:environment@a.example:6379/1");
  CAF_CHECK_EQUAL(result.value.sections.get<drivers::redis_settings>().prefix, "app_");
}

CAF_TEST(bad redis variables are reported without secrets) {
  auto result =
      with({{"REDIS_HOST", "/var/run/redis.sock"}, {"REDIS_PORT", "x"}, {"REDIS_DB", "-1"}});
  CAF_CHECK_EQUAL(
      print(result.problems),
      lines(
          {"environment REDIS_HOST: REDIS_HOST must be a host name or an IP address; write for "
           "example "
           "127.0.0.1, and the port in REDIS_PORT",
           "environment REDIS_PORT: REDIS_PORT must be a whole number from 1 to 65535, not \"x\"",
           "environment REDIS_DB: REDIS_DB must be a whole number from 0 to 1000000, not \"-1\""}));
}

CAF_TEST(a bad variable is reported with its place and key) {
  auto result = with({{"PUSHER_PORT", "0"}});
  CAF_CHECK_EQUAL(
      print(result.problems),
      lines(
          {"environment PUSHER_PORT: pusher.port must be a whole number from 1 to 65535, not 0"}));
}

CAF_TEST(a bridge needs the keys of its driver) {
  CAF_CHECK_EQUAL(problems_of("[[bridge]]\ndriver = 'pusher'\n[pusher]\nkey = 'k'\nsecret = ''\n"),
                  lines({"grapevine.toml:1: the bridge to pusher needs pusher.app_id; set "
                         "pusher.app_id or PUSHER_APP_ID",
                         "grapevine.toml:5: pusher.secret is empty, but the bridge to pusher needs "
                         "it; set pusher.secret or "
                         "PUSHER_APP_SECRET"}));
  auto from = with_app();
  from.environment = {{"BROADCAST_DRIVER", "ably"}};
  CAF_CHECK_EQUAL(problems_of(from), lines({"environment BROADCAST_DRIVER: the bridge to ably "
                                            "needs ably.key; set ably.key or ABLY_KEY"}));
  from.environment["ABLY_KEY"] = "sEcret";
  CAF_CHECK_EQUAL(
      problems_of(from),
      lines({"environment ABLY_KEY: ably.key is not of the form NAME:SECRET; copy the whole "
             "key from Ably's dashboard"}));
  from.environment["ABLY_KEY"] = "name:sEcret";
  CAF_CHECK_EQUAL(problems_of(from), lines());
}
