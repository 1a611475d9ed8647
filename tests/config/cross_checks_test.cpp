#define CAF_SUITE config.cross_checks

#include "loading.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;

CAF_TEST(the admin listener is on loopback a thousand above the clients) {
  auto admin = [](const char* listen) {
    auto from = with_app();
    from.flags = {{"node.listen", listen}};
    return to_string(load(from).value.node.admin_listen);
  };
  CAF_CHECK_EQUAL(admin("0.0.0.0:8000"), "127.0.0.1:9000");
  CAF_CHECK_EQUAL(admin("10.0.0.1:64535"), "127.0.0.1:65535");
  CAF_CHECK_EQUAL(admin("0.0.0.0:0"), "127.0.0.1:0");
}

CAF_TEST(a clients port too high for that asks for an admin listener) {
  auto from = with_app();
  from.flags = {{"node.listen", "0.0.0.0:64536"}};
  CAF_CHECK_EQUAL(problems_of(from),
                  lines({"--listen: node.admin_listen has no default: the clients' port 64536 + "
                         "1000 is no port; set "
                         "node.admin_listen, for example to \"127.0.0.1:9000\""}));
  from.flags.emplace_back("node.admin_listen", "127.0.0.1:9000");
  CAF_CHECK_EQUAL(problems_of(from), lines());
}

CAF_TEST(an admin listener on an open address is warned of) {
  auto result = load(with_app("[node]\nadmin_listen = '0.0.0.0:9000'\n"));
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(
      result.warnings,
      lines({"grapevine.toml:2: node.admin_listen 0.0.0.0:9000 is open to other machines and "
             "asks for no password"}));
}

CAF_TEST(the node is named after host and clients port) {
  auto from = with_app();
  from.hostname = "web1";
  from.flags = {{"node.listen", "0.0.0.0:8001"}};
  CAF_CHECK_EQUAL(load(from).value.node.name, "web1-8001");
}

CAF_TEST(listeners in each others way are refused) {
  CAF_CHECK_EQUAL(
      problems_of(
          "[node]\nadmin_listen = '127.0.0.1:8000'\n[cluster]\nlisten = '127.0.0.1:8000'\n"),
      lines({"grapevine.toml:2: node.admin_listen 127.0.0.1:8000 is in the way of node.listen "
             "0.0.0.0:8000; "
             "give node.admin_listen another port",
             "grapevine.toml:4: cluster.listen 127.0.0.1:8000 is in the way of node.listen "
             "0.0.0.0:8000; give "
             "cluster.listen another port",
             "grapevine.toml:4: cluster.listen 127.0.0.1:8000 is in the way of node.admin_listen "
             "127.0.0.1:8000; give cluster.listen another port"}));
  // No cluster, no cluster listener: its default port is free.
  CAF_CHECK_EQUAL(problems_of("[node]\nlisten = '0.0.0.0:7946'\n"), lines());
}

CAF_TEST(certificate and key come together) {
  CAF_CHECK_EQUAL(problems_of("[node.tls]\ncertificate = 'c.pem'\n"),
                  lines({"grapevine.toml:2: node.tls.certificate is set without node.tls.key; name "
                         "the PEM file of the "
                         "private key in node.tls.key"}));
  CAF_CHECK_EQUAL(problems_of("[node.tls]\nkey = 'k.pem'\n"),
                  lines({"grapevine.toml:2: node.tls.key is set without node.tls.certificate; name "
                         "the PEM file of the "
                         "certificate chain in node.tls.certificate"}));
  CAF_CHECK_EQUAL(problems_of("[cluster.tls]\ncertificate = 'c.pem'\n"),
                  lines({"grapevine.toml:2: cluster.tls.certificate is set without "
                         "cluster.tls.key; name the PEM file of "
                         "the private key in cluster.tls.key",
                         "grapevine.toml:2: cluster.tls.certificate is set without cluster.tls.ca; "
                         "name the PEM file of "
                         "the authority that signed the nodes' certificates in cluster.tls.ca"}));
}

CAF_TEST(the cluster is on as soon as anything names it) {
  auto enabled = [](auto change) {
    auto from = with_app();
    change(from);
    return load(from).value.cluster.enabled;
  };
  CAF_CHECK(!enabled([](sources&) {}));
  CAF_CHECK(enabled([](sources& from) { from.toml = "[cluster]\n"; }));
  CAF_CHECK(enabled([](sources& from) { from.toml = "[cluster.tls]\n"; }));
  CAF_CHECK(enabled([](sources& from) { from.dotenv = "GRAPEVINE_CLUSTER_SEEDS=a:1"; }));
  CAF_CHECK(
      enabled([](sources& from) { from.environment["GRAPEVINE_CLUSTER_LISTEN"] = "127.0.0.1:1"; }));
  CAF_CHECK(enabled([](sources& from) { from.flags = {{"cluster.seeds", "a:1"}}; }));
  CAF_CHECK(enabled([](sources& from) { from.flags = {{"cluster.listen", "127.0.0.1:1"}}; }));
}

CAF_TEST(a cluster open to other machines needs a secret or mutual TLS) {
  auto from = with_app();
  from.flags = {{"cluster.listen", "10.0.0.1:7946"}};
  CAF_CHECK_EQUAL(
      problems_of(from),
      lines(
          {"--cluster-listen: cluster.listen 10.0.0.1:7946 is open to other machines, but neither "
           "cluster.secret nor cluster.tls is set; set cluster.secret (at least 16 bytes, the same "
           "on all "
           "nodes), use --cluster-secret-file, or configure [cluster.tls]"}));
  auto with_secret = from;
  with_secret.flags.emplace_back("cluster.secret", "fifteen-bytes-x");
  CAF_CHECK_EQUAL(problems_of(with_secret),
                  lines({"--cluster-secret-file: cluster.secret is shorter than 16 bytes; write a "
                         "longer one, for example "
                         "the output of: openssl rand -base64 32"}));
  with_secret.flags.back().second = "sixteen-bytes-xx";
  CAF_CHECK_EQUAL(problems_of(with_secret), lines());
  auto with_tls = from;
  with_tls.toml = "[cluster.tls]\ncertificate = 'c'\nkey = 'k'\nca = 'a'\n";
  CAF_CHECK_EQUAL(problems_of(with_tls), lines());
  auto loopback = with_app();
  loopback.flags = {{"cluster.listen", "127.0.0.1:7946"}};
  CAF_CHECK_EQUAL(problems_of(loopback), lines());
}

CAF_TEST(limits leave room for the events they allow) {
  CAF_CHECK_EQUAL(problems_of("[limits]\nevent_data = '2MiB'\nmessage = '1MiB'\n"),
                  lines({"grapevine.toml:2: limits.request_body 1MiB has no room for an event of "
                         "limits.event_data 2MiB; "
                         "raise limits.request_body or lower limits.event_data",
                         "grapevine.toml:3: limits.message 1MiB has no room for an event of "
                         "limits.event_data 2MiB; raise "
                         "limits.message or lower limits.event_data"}));
}

CAF_TEST(references to apps are checked) {
  CAF_CHECK_EQUAL(problems_of("[auth]\napp = 'somee'\n[[bridge]]\ndriver = 'log'\napp = 'other'\n"),
                  lines({"grapevine.toml:2: auth.app \"somee\" is not the id of a configured app; "
                         "did you mean some?",
                         "grapevine.toml:3: bridge.app \"other\" is not the id of a configured "
                         "app; write the id of an "
                         "[[app]]"}));
}

CAF_TEST(the algorithm of tokens goes with its key) {
  CAF_CHECK_EQUAL(
      problems_of("[auth]\njwt_algorithm = 'ES256'\n"),
      lines({"grapevine.toml:2: auth.jwt_algorithm ES256 needs a public key; name its PEM file in "
             "auth.jwt_public_key_file"}));
  CAF_CHECK_EQUAL(problems_of("[auth]\njwt_public_key_file = 'x.pem'\n"),
                  lines({"grapevine.toml:2: auth.jwt_public_key_file is not used by HS256; set "
                         "auth.jwt_algorithm to RS256 "
                         "or ES256"}));
  CAF_CHECK_EQUAL(
      problems_of("[auth]\njwt_algorithm = 'none'\n"),
      lines({"grapevine.toml:2: auth.jwt_algorithm must be HS256, RS256 or ES256, not \"none\""}));
}

CAF_TEST(bridges name a known driver and a direction it has) {
  CAF_CHECK_EQUAL(
      problems_of(R"([[bridge]]
[[bridge]]
driver = "kafka"
direction = "in"
[[bridge]]
driver = "log"
direction = "both"
[[bridge]]
driver = "null"
direction = "sideways"
)"),
      lines({
          "grapevine.toml:1: bridge has no driver; add driver = \"...\"",
          "grapevine.toml:3: bridge.driver must be redis, pusher, ably, log or null, not \"kafka\"",
          "grapevine.toml:10: bridge.direction must be in, out or both, not \"sideways\"",
          "grapevine.toml:5: a bridge to log cannot have the direction both; write direction = "
          "\"out\"; only "
          "redis has an \"in\"",
      }));
}

CAF_TEST(a bridge without a direction has those of its driver) {
  auto result = load(with_app("[[bridge]]\ndriver = 'redis'\n[[bridge]]\ndriver = 'log'\n"));
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_REQUIRE_EQUAL(result.value.bridges.size(), 2u);
  CAF_CHECK_EQUAL(result.value.bridges[0].direction, "both");
  CAF_CHECK_EQUAL(result.value.bridges[1].direction, "out");
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

CAF_TEST(what takes effect in a later version is warned of once per section) {
  sources from;
  from.toml = R"([[app]]
id = "a"
key = "b"
secret = "c"
[[app.webhook]]
url = "http://a"
[cluster]
[auth]
issuer = "x"
[[channel]]
pattern = "x"
allow = "anyone"
[[channel]]
pattern = "y"
allow = "anyone"
[broadcast]
driver = "redis"
[[bridge]]
driver = "log"
[redis]
prefix = "x"
)";
  auto result = load(from);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(
      result.warnings,
      lines({
          "[cluster] is configured, but this version runs a single node",
          "[[app.webhook]] is configured, but this version calls no webhooks",
          "[auth] is configured, but this version serves no native protocol",
          "[[channel]] is configured, but this version leaves every decision to the app's own auth "
          "endpoint",
          "broadcast.driver is configured, but this version delivers to its own clients only",
          "[[bridge]] is configured, but this version runs no bridges",
          "[redis] is configured, but this version runs no bridges",
      }));
}

CAF_TEST(a plain configuration has no warnings) {
  CAF_CHECK_EQUAL(load(with_app("[node]\n[limits]\n[log]\n")).warnings, lines());
}
