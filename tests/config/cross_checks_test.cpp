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

CAF_TEST(a secret has at least sixteen bytes wherever the cluster listens) {
  const auto shorter = std::string{
      "cluster.secret is shorter than 16 bytes; write a longer one, for example the output of: "
      "openssl rand -base64 32"};
  CAF_CHECK_EQUAL(problems_of("[cluster]\nsecret = 'fifteen-bytes-x'\n"),
                  lines({"grapevine.toml:2: " + shorter}));
  CAF_CHECK_EQUAL(
      problems_of("[cluster]\nsecret = [\n  'sixteen-bytes-xx',\n  'fifteen-bytes-x',\n  '',\n]\n"),
      lines({"grapevine.toml:4: " + shorter, "grapevine.toml:5: " + shorter}));
  auto from = with_app();
  from.environment = {{"GRAPEVINE_CLUSTER_SECRET", "sixteen-bytes-xx\nfifteen-bytes-x"}};
  CAF_CHECK_EQUAL(problems_of(from), lines({"environment GRAPEVINE_CLUSTER_SECRET: " + shorter}));
}

CAF_TEST(there may be several secrets) {
  const auto secrets = [](const char* toml) { return load(with_app(toml)).value.cluster.secrets; };
  CAF_CHECK_EQUAL(secrets("[cluster]\nsecret = ''\n"), lines());
  CAF_CHECK_EQUAL(secrets("[cluster]\nsecret = []\n"), lines());
  CAF_CHECK_EQUAL(secrets("[cluster]\nsecret = 'one, with a comma'\n"),
                  lines({"one, with a comma"}));
  CAF_CHECK_EQUAL(secrets("[cluster]\nsecret = ['the first of two', 'the second of two']\n"),
                  lines({"the first of two", "the second of two"}));
  auto from = with_app();
  from.flags = {{"cluster.secret", "the first of two\r\n\n  the second, of two \n"}};
  const auto result = load(from);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.value.cluster.secrets, lines({"the first of two", "the second, of two"}));
}

CAF_TEST(a node of a cluster has a name that goes into certificates and metrics) {
  const auto tail = std::string{
      " is no name in a cluster: 1 to 64 letters, digits, '.', '_' and '-'; set node.name, for "
      "example to \"n1\""};
  CAF_CHECK_EQUAL(problems_of("[node]\nname = 'n:1'\n"), lines());
  CAF_CHECK_EQUAL(problems_of("[node]\nname = 'n:1'\n[cluster]\n"),
                  lines({"grapevine.toml:2: node.name \"n:1\"" + tail}));
  CAF_CHECK_EQUAL(problems_of("[node]\nname = 'A.b_c-1'\n[cluster]\n"), lines());
  auto from = with_app("[cluster]\n");
  from.hostname = std::string(59, 'h');
  CAF_CHECK_EQUAL(problems_of(from), lines());
  from.hostname += 'h';
  const auto found = problems_of(from);
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK(found[0].starts_with("configuration: node.name \"hhhh") && found[0].ends_with(tail));
}

CAF_TEST(the other nodes are told an address that they can dial) {
  CAF_CHECK_EQUAL(load(with_app("[cluster]\n")).value.cluster.advertise, "127.0.0.1:7946");
  CAF_CHECK_EQUAL(load(with_app("[cluster]\nlisten = '[::1]:1'\n")).value.cluster.advertise,
                  "[::1]:1");
  const std::string open = "[cluster]\nsecret = 'sixteen-bytes-xx'\n";
  const auto tail = std::string{
      ", which is no address of this machine; set cluster.advertise to the address at which they "
      "reach it, for example \"10.0.0.1:7946\""};
  CAF_CHECK_EQUAL(
      problems_of(open + "listen = '0.0.0.0:7946'\n"),
      lines({"grapevine.toml:3: the other nodes would be told to connect to 0.0.0.0:7946" + tail}));
  CAF_CHECK_EQUAL(
      problems_of(open + "listen = '[::]:7946'\n"),
      lines({"grapevine.toml:3: the other nodes would be told to connect to [::]:7946" + tail}));
  CAF_CHECK_EQUAL(
      problems_of(open + "listen = '10.0.0.2:7946'\nadvertise = '0.0.0.0:7946'\n"),
      lines({"grapevine.toml:4: the other nodes would be told to connect to 0.0.0.0:7946" + tail}));
  CAF_CHECK_EQUAL(
      problems_of(open + "listen = '0.0.0.0:7946'\nadvertise = 'n1.example.com:7946'\n"), lines());
  CAF_CHECK_EQUAL(problems_of("[cluster]\nlisten = '127.0.0.1:0'\n"), lines());
  // One problem a key.
  CAF_CHECK_EQUAL(problems_of("[cluster]\nlisten = 'x'\nadvertise = 'y'\n").size(), 2u);
}

CAF_TEST(times and bounds of the cluster fit together) {
  CAF_CHECK_EQUAL(
      problems_of(
          "[cluster]\nprobe_interval = '300ms'\npeer_window = '32MiB'\npeer_queue = '512MiB'\n"),
      lines(
          {"grapevine.toml:2: cluster.probe_timeout 300ms leaves nothing of "
           "cluster.probe_interval 300ms to ask other nodes; lower cluster.probe_timeout or raise "
           "cluster.probe_interval",
           "grapevine.toml:4: cluster.queues_total 256MiB is less than cluster.peer_queue 512MiB; "
           "raise cluster.queues_total or lower cluster.peer_queue"}));
  CAF_CHECK_EQUAL(problems_of("[cluster]\npeer_queue = '2MiB'\n"),
                  lines({"grapevine.toml:2: cluster.peer_window 4MiB is more than "
                         "cluster.peer_queue 2MiB; lower cluster.peer_window or raise "
                         "cluster.peer_queue"}));
  CAF_CHECK_EQUAL(
      problems_of(
          "[cluster]\nprobe_timeout = '499ms'\npeer_window = '16MiB'\nqueues_total = '16MiB'\n"),
      lines());
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

CAF_TEST(more bridges than a node can have are refused at the first that is too many) {
  std::string toml;
  for (std::size_t i = 0; i < bridges_max; ++i)
    toml += "[[bridge]]\ndriver = 'log'\n";
  CAF_CHECK_EQUAL(problems_of(toml), lines());
  CAF_CHECK_EQUAL(
      problems_of(toml + "[[bridge]]\ndriver = 'null'\n"),
      lines({"grapevine.toml:129: there are 65 bridges, and a node has 64 at most; give "
             "one bridge more patterns in channels, or remove some"}));
}

CAF_TEST(a bridge without a direction has those of its driver) {
  auto result = load(with_app("[[bridge]]\ndriver = 'redis'\n[[bridge]]\ndriver = 'log'\n"));
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_REQUIRE_EQUAL(result.value.bridges.size(), 2u);
  CAF_CHECK_EQUAL(result.value.bridges[0].direction, "both");
  CAF_CHECK_EQUAL(result.value.bridges[1].direction, "out");
}

CAF_TEST(what takes effect in a later version is warned of once per section) {
  sources from;
  from.toml = R"([[app]]
id = "a"
key = "b"
secret = "c"
[[app.webhook]]
url = "http://a"
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
          "[[app.webhook]] is configured, but this version calls no webhooks",
          "[auth] is configured, but this version serves no native protocol",
          "[[channel]] is configured, but this version leaves every decision to the app's own auth "
          "endpoint",
      }));
}

CAF_TEST(a plain configuration has no warnings) {
  CAF_CHECK_EQUAL(load(with_app("[node]\n[cluster]\n[limits]\n[log]\n")).warnings, lines());
}
