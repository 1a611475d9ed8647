#define CAF_SUITE broadcast.environment

#include "broadcast/environment.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine;
using broadcasting::read_environment;

CAF_TEST(without variables events go to a cluster on this machine) {
  const auto [value, problems] = read_environment({}, std::nullopt);
  CAF_CHECK_EQUAL(problems, "");
  CAF_CHECK_EQUAL(value.driver, "grapevine");
  CAF_CHECK_EQUAL(value.url, "http://127.0.0.1:8000");
  CAF_CHECK_EQUAL(value.app_id, "");
}

CAF_TEST(the variables of the guide are read) {
  const auto [value, problems] = read_environment({{"BROADCAST_DRIVER", "pusher"},
                                                   {"PUSHER_APP_ID", "17"},
                                                   {"PUSHER_APP_KEY", "k"},
                                                   {"PUSHER_APP_SECRET", "s"},
                                                   {"PUSHER_APP_CLUSTER", "eu"},
                                                   {"PUSHER_HOST", "127.0.0.1"},
                                                   {"PUSHER_PORT", "6001"},
                                                   {"PUSHER_SCHEME", "http"},
                                                   {"REDIS_HOST", "cache"},
                                                   {"REDIS_PREFIX", "app-"},
                                                   {"ABLY_KEY", "a.b:c"}},
                                                  std::nullopt);
  CAF_CHECK_EQUAL(problems, "");
  CAF_CHECK_EQUAL(value.driver, "pusher");
  CAF_CHECK_EQUAL(value.app_id + value.key + value.secret, "17ks");
  CAF_CHECK_EQUAL(value.pusher_app_id + value.pusher_key + value.pusher_secret, "17ks");
  CAF_CHECK_EQUAL(value.pusher_cluster, "eu");
  CAF_CHECK_EQUAL(value.pusher_host, "127.0.0.1");
  CAF_CHECK_EQUAL(value.pusher_port, 6001);
  CAF_CHECK_EQUAL(value.pusher_scheme, "http");
  CAF_CHECK_EQUAL(value.redis_url, "redis://cache:6379/0");
  CAF_CHECK_EQUAL(value.redis_prefix, "app-");
  CAF_CHECK_EQUAL(value.ably_key, "a.b:c");
}

CAF_TEST(the cluster may be named as the driver it is) {
  for (auto name : {"grapevine", "reverb", "default", ""}) {
    const auto [value, problems] = read_environment({{"BROADCAST_DRIVER", name}}, std::nullopt);
    CAF_CHECK_EQUAL(problems, "");
    CAF_CHECK_EQUAL(value.driver, "grapevine");
  }
}

CAF_TEST(the environment comes before the file) {
  const auto [value, problems] =
      read_environment({{"PUSHER_APP_KEY", "from-environment"}},
                       "PUSHER_APP_ID=1\nPUSHER_APP_KEY=from-file\nPUSHER_APP_SECRET=s\n");
  CAF_CHECK_EQUAL(problems, "");
  CAF_CHECK_EQUAL(value.key, "from-environment");
  CAF_CHECK_EQUAL(value.app_id, "1");
}

CAF_TEST(a file that a node shares says where the node is) {
  const auto [value, problems] =
      read_environment({}, "GRAPEVINE_NODE_LISTEN=0.0.0.0:9000\nGRAPEVINE_LIMITS_OUTBOX=1MiB\n");
  CAF_CHECK_EQUAL(problems, "");
  CAF_CHECK_EQUAL(value.url, "http://127.0.0.1:9000");
}

CAF_TEST(where the cluster is can be said) {
  const auto [value, problems] =
      read_environment({{"GRAPEVINE_BROADCAST_URL", "http://a:8000,http://b:8000"}}, std::nullopt);
  CAF_CHECK_EQUAL(problems, "");
  CAF_CHECK_EQUAL(value.url, "http://a:8000,http://b:8000");
}

CAF_TEST(every problem is told with its place) {
  const auto [value, problems] =
      read_environment({{"BROADCAST_DRIVER", "pigeon"}}, "REDIS_PORT=many\n");
  CAF_CHECK(problems.find("environment BROADCAST_DRIVER") != std::string::npos);
  CAF_CHECK(problems.find(".env:1") != std::string::npos);
}
