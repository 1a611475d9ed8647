#define CAF_SUITE config.precedence

#include "drivers/pusher_driver.hpp"
#include "loading.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;
using namespace std::chrono_literals;

namespace {

constexpr unsigned toml = 1, dotenv = 2, environment = 4, flags = 8;

/// node.name, a list and a number as merged when exactly the `present` sources set them, each to
/// its own value.
lines merged(unsigned present) {
  sources from;
  from.apps = {"some:app:s3cret"};
  if (present & toml)
    from.toml = "[node]\nname = 'toml'\ntrusted_proxies = ['10.0.0.1']\nshards = 1\n";
  if (present & dotenv)
    from.dotenv = "GRAPEVINE_NODE_NAME=dotenv\nGRAPEVINE_NODE_TRUSTED_PROXIES=10.0.0.2\nGRAPEVINE_"
                  "NODE_SHARDS=2\n";
  if (present & environment)
    from.environment = {{"GRAPEVINE_NODE_NAME", "environment"},
                        {"GRAPEVINE_NODE_TRUSTED_PROXIES", "10.0.0.3"},
                        {"GRAPEVINE_NODE_SHARDS", "3"}};
  if (present & flags)
    from.flags = {
        {"node.name", "flag"}, {"node.trusted_proxies", "10.0.0.4"}, {"node.shards", "4"}};
  auto result = load(from);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  auto found = result.value.node.trusted_proxies;
  found.push_back(result.value.node.name);
  found.push_back(std::to_string(result.value.node.shards));
  return found;
}

}  // namespace

CAF_TEST(of every combination of sources the highest decides) {
  for (unsigned present = 0; present < 16; ++present) {
    if (present & flags)
      CAF_CHECK_EQUAL(merged(present), lines({"10.0.0.4", "flag", "4"}));
    else if (present & environment)
      CAF_CHECK_EQUAL(merged(present), lines({"10.0.0.3", "environment", "3"}));
    else if (present & dotenv)
      CAF_CHECK_EQUAL(merged(present), lines({"10.0.0.2", "dotenv", "2"}));
    else if (present & toml)
      CAF_CHECK_EQUAL(merged(present), lines({"10.0.0.1", "toml", "1"}));
    else
      CAF_CHECK_EQUAL(merged(present), lines({"localhost-8000", "0"}));
  }
}

CAF_TEST(a higher source leaves the other keys of a table alone) {
  auto from = with_app("[node]\nname = 'toml'\nshards = 3\n");
  from.environment = {{"GRAPEVINE_NODE_NAME", "environment"}};
  auto result = load(from);
  CAF_CHECK_EQUAL(result.value.node.name, "environment");
  CAF_CHECK_EQUAL(result.value.node.shards, 3u);
}

CAF_TEST(a variable of ours goes before that of the guide in the same source only) {
  auto from = with_app();
  from.dotenv = "GRAPEVINE_PUSHER_HOST=ours\nPUSHER_HOST=guide\n";
  CAF_CHECK_EQUAL(load(from).value.sections.get<grapevine::drivers::pusher_settings>().host,
                  "ours");
  from.environment = {{"PUSHER_HOST", "environment"}};
  CAF_CHECK_EQUAL(load(from).value.sections.get<grapevine::drivers::pusher_settings>().host,
                  "environment");
}

CAF_TEST(every kind of value is read from a variable) {
  auto from = with_app();
  from.environment = {{"GRAPEVINE_NODE_LISTEN", "[::1]:7000"},
                      {"GRAPEVINE_LIMITS_OUTBOX", "2MiB"},
                      {"GRAPEVINE_LIMITS_MESSAGE", "65536"},
                      {"GRAPEVINE_LIMITS_CACHE_TTL", "5m"},
                      {"GRAPEVINE_LIMITS_CONNECTIONS", "17"},
                      {"GRAPEVINE_LOG_FORMAT", "json"},
                      {"GRAPEVINE_NODE_TLS_CERTIFICATE", "c.pem"},
                      {"GRAPEVINE_NODE_TLS_KEY", "k.pem"},
                      {"GRAPEVINE_NODE_TRUSTED_PROXIES", " 10.0.0.1 ,fd00::/8,"},
                      {"UNRELATED", "x"}};
  auto result = load(from);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  const auto& value = result.value;
  CAF_CHECK(value.node.listen == (grapevine::base::endpoint{"::1", 7000}));
  CAF_CHECK(value.node.admin_listen == (grapevine::base::endpoint{"127.0.0.1", 8000}));
  CAF_CHECK_EQUAL(value.limits.outbox, 2u << 20);
  CAF_CHECK_EQUAL(value.limits.message, 65536u);
  CAF_CHECK(value.limits.cache_ttl == std::chrono::minutes{5});
  CAF_CHECK_EQUAL(value.limits.connections, 17u);
  CAF_CHECK_EQUAL(value.log.format, "json");
  CAF_CHECK_EQUAL(value.node.tls.certificate, "c.pem");
  CAF_CHECK_EQUAL(value.node.trusted_proxies, lines({"10.0.0.1", "fd00::/8"}));
}

CAF_TEST(an empty list variable empties the list) {
  auto from = with_app("[node]\ntrusted_proxies = ['10.0.0.1']\n");
  from.environment = {{"GRAPEVINE_NODE_TRUSTED_PROXIES", ""}};
  CAF_CHECK(load(from).value.node.trusted_proxies.empty());
}

CAF_TEST(every table of the file is read) {
  sources from;
  from.toml = R"(
[[app]]
id = "1"
key = "k"
secret = "s"
enabled = false
client_events = true
subscription_count = true
watchlist = true
allowed_origins = ["https://a.example", "b.example"]
max_connections = 5
[[app.webhook]]
url = "https://a.example/hook"
events = ["member_added"]
channels = ["presence-*"]
headers = { Authorization = "Bearer x", X-More = "y" }
[[app.webhook]]
url = "http://b.example"
[[app]]
id = "2"
key = "k2"
secret = "s2"
[auth]
app = "2"
jwt_algorithm = "RS256"
jwt_public_key_file = "jwt.pem"
user_info_claims = ["name", "email"]
[[channel]]
pattern = "private-user.{id}"
claims = [{ sub = "{id}" }, { role = "admin", team = "x" }]
[[channel]]
pattern = "news"
allow = "anyone"
[[bridge]]
driver = "redis"
direction = "in"
app = "1"
channels = ["a*"]
mode = "leader"
queue = "1MiB"
[cluster]
name = "east"
seeds = ["10.0.0.1:7946", "[fd00::1]:7946"]
secret = ["sixteen-bytes-xx", "sixteen-bytes-yy"]
allowed_names = ["*.example.com"]
probe_interval = "1s"
probe_timeout = "600ms"
suspicion_mult = 5
subscribe_ack = "local"
subscribe_ack_timeout = "50ms"
interest_linger = "0ms"
leave_debounce = "1s"
moving_grace = "10s"
peer_queue = "8MiB"
queues_total = "128MiB"
peer_window = "2MiB"
query_timeout = "2s"
)";
  auto result = load(from);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  const auto& value = result.value;
  CAF_REQUIRE_EQUAL(value.apps.size(), 2u);
  const auto& app = value.apps[0];
  CAF_CHECK_EQUAL(app.id + app.key + app.secret, "1ks");
  CAF_CHECK(!app.enabled && app.client_events && app.subscription_count && app.watchlist);
  CAF_CHECK_EQUAL(app.allowed_origins, lines({"https://a.example", "b.example"}));
  CAF_CHECK_EQUAL(app.max_connections, 5u);
  CAF_REQUIRE_EQUAL(app.webhooks.size(), 2u);
  CAF_CHECK_EQUAL(app.webhooks[0].url, "https://a.example/hook");
  CAF_CHECK_EQUAL(app.webhooks[0].events, lines({"member_added"}));
  CAF_CHECK_EQUAL(app.webhooks[0].channels, lines({"presence-*"}));
  CAF_CHECK_EQUAL(app.webhooks[0].headers.at("Authorization"), "Bearer x");
  CAF_CHECK_EQUAL(app.webhooks[0].headers.size(), 2u);
  CAF_CHECK(app.webhooks[1].events.empty());
  CAF_CHECK(value.apps[1].enabled && !value.apps[1].client_events);
  CAF_CHECK_EQUAL(value.apps[1].allowed_origins, lines({"*"}));
  CAF_CHECK_EQUAL(value.auth.app, "2");
  CAF_CHECK_EQUAL(value.auth.user_info_claims, lines({"name", "email"}));
  CAF_REQUIRE_EQUAL(value.channels.size(), 2u);
  CAF_REQUIRE_EQUAL(value.channels[0].claims.size(), 2u);
  CAF_CHECK_EQUAL(value.channels[0].claims[1].at("team"), "x");
  CAF_CHECK_EQUAL(value.channels[1].allow, "anyone");
  CAF_REQUIRE_EQUAL(value.bridges.size(), 1u);
  CAF_CHECK_EQUAL(value.bridges[0].direction + value.bridges[0].app + value.bridges[0].mode,
                  "in1leader");
  CAF_CHECK_EQUAL(value.bridges[0].queue_bytes, 1u << 20);
  CAF_CHECK(value.cluster.enabled);
  const auto& cluster = value.cluster;
  CAF_CHECK_EQUAL(cluster.name, "east");
  CAF_CHECK_EQUAL(cluster.seeds, lines({"10.0.0.1:7946", "[fd00::1]:7946"}));
  CAF_CHECK_EQUAL(cluster.secrets, lines({"sixteen-bytes-xx", "sixteen-bytes-yy"}));
  CAF_CHECK_EQUAL(cluster.allowed_names, lines({"*.example.com"}));
  CAF_CHECK(cluster.probe_interval == 1s && cluster.probe_timeout == 600ms);
  CAF_CHECK_EQUAL(cluster.suspicion_mult, 5u);
  CAF_CHECK_EQUAL(cluster.subscribe_ack, "local");
  CAF_CHECK(cluster.subscribe_ack_timeout == 50ms && cluster.interest_linger == 0ms);
  CAF_CHECK(cluster.leave_debounce == 1s && cluster.moving_grace == 10s);
  CAF_CHECK_EQUAL(cluster.peer_queue, 8u << 20);
  CAF_CHECK_EQUAL(cluster.queues_total, 128u << 20);
  CAF_CHECK_EQUAL(cluster.peer_window, 2u << 20);
  CAF_CHECK(cluster.query_timeout == 2s);
}
