#define CAF_SUITE config.guide_variables

#include "loading.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;

namespace {

load_result with(std::map<std::string, std::string> environment, std::string toml = {}) {
  auto from = with_app(std::move(toml));
  from.environment = std::move(environment);
  return load(from);
}

}  // namespace

CAF_TEST(default and reverb mean the cluster itself) {
  for (const auto* name : {"BROADCAST_DRIVER", "BROADCAST_CONNECTION"})
    for (const auto* text : {"default", "reverb"}) {
      auto result = with({{name, text}});
      CAF_CHECK_EQUAL(print(result.problems), lines());
      CAF_CHECK(result.value.bridges.empty());
    }
  auto result = with({{"BROADCAST_CONNECTION", "reverb"}, {"BROADCAST_DRIVER", "log"}});
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.value.bridges.at(0).driver, "log");
}

CAF_TEST(the redis driver is a bridge in both directions for all channels) {
  for (const auto* name :
       {"BROADCAST_DRIVER", "BROADCAST_CONNECTION", "GRAPEVINE_BROADCAST_DRIVER"}) {
    auto result = with({{name, "redis"}});
    CAF_CHECK_EQUAL(print(result.problems), lines());
    CAF_REQUIRE_EQUAL(result.value.bridges.size(), 1u);
    const auto& bridge = result.value.bridges[0];
    CAF_CHECK_EQUAL(bridge.driver, "redis");
    CAF_CHECK_EQUAL(bridge.direction, "both");
    CAF_CHECK_EQUAL(bridge.channels, lines({"*"}));
    CAF_CHECK_EQUAL(bridge.app, "");
    CAF_CHECK_EQUAL(result.value.broadcast.driver, "redis");
  }
}

CAF_TEST(other drivers are an outward bridge) {
  for (const auto* driver : {"log", "null"}) {
    auto result = with({{"BROADCAST_DRIVER", driver}});
    CAF_CHECK_EQUAL(print(result.problems), lines());
    CAF_REQUIRE_EQUAL(result.value.bridges.size(), 1u);
    CAF_CHECK_EQUAL(result.value.bridges[0].driver, driver);
    CAF_CHECK_EQUAL(result.value.bridges[0].direction, "out");
  }
}

CAF_TEST(the default connection names no driver) {
  auto result = with({{"BROADCAST_CONNECTION", "default"}});
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK(result.value.bridges.empty());
  result = with({{"BROADCAST_CONNECTION", "default"}, {"BROADCAST_DRIVER", "redis"}});
  CAF_CHECK_EQUAL(result.value.bridges.size(), 1u);
}

CAF_TEST(drivers that contradict each other or are unknown are refused) {
  CAF_CHECK_EQUAL(
      print(with({{"BROADCAST_DRIVER", "redis"}, {"BROADCAST_CONNECTION", "log"}}).problems),
      lines({"environment BROADCAST_CONNECTION: BROADCAST_CONNECTION and BROADCAST_DRIVER name "
             "different "
             "drivers; keep one of them"}));
  CAF_CHECK_EQUAL(print(with({{"BROADCAST_CONNECTION", "nats"}}).problems),
                  lines({"environment BROADCAST_CONNECTION: broadcast.driver must be redis, "
                         "pusher, ably, log or null, "
                         "not \"nats\""}));
}

CAF_TEST(a driver that a bridge describes adds no second bridge) {
  auto result =
      with({{"BROADCAST_DRIVER", "redis"}}, "[[bridge]]\ndriver = 'redis'\ndirection = 'in'\n");
  CAF_REQUIRE_EQUAL(result.value.bridges.size(), 1u);
  CAF_CHECK_EQUAL(result.value.bridges[0].direction, "in");
  CAF_REQUIRE(!result.warnings.empty());
  CAF_CHECK_EQUAL(result.warnings[0],
                  "environment BROADCAST_DRIVER: the driver redis adds no bridge: the one at "
                  "grapevine.toml:1 describes it");
}

CAF_TEST(references in used variables are warned of and others are not ) {
  auto from = with_app();
  from.dotenv = "PUSHER_HOST=${HOST}\nVITE_PUSHER_APP_KEY=${PUSHER_APP_KEY}\n";
  auto result = load(from);
  CAF_CHECK_EQUAL(result.warnings,
                  lines({".env:1: ${...} in PUSHER_HOST is not expanded, but taken as written"}));
}
