#define CAF_SUITE config.problems

#include "loading.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;

CAF_TEST(a syntax error is one problem with its line) {
  CAF_CHECK_EQUAL(
      problems_of("[node]\nname = \n"),
      lines(
          {"grapevine.toml:2: this is not valid TOML: error while parsing key-value pair: expected "
           "value, saw '\\n'; see https://toml.io"}));
  sources without_app;
  without_app.toml = "[[app]\n";
  without_app.toml_name = "my.toml";
  auto found = load(without_app).problems;
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].where, "my.toml:1");
}

CAF_TEST(a syntax error shows no value) {
  for (const auto* toml :
       {"[[app]]\nsecret = 12345678901234567890123\n", "[[app]]\nsecret = sEcret\n",
        "[[app]]\nsecret = \"sEcret\n", "[[app]]\nsecret = 'x' sEcret\n"}) {
    auto found = problems_of(toml);
    CAF_REQUIRE_EQUAL(found.size(), 1u);
    CAF_CHECK(found[0].starts_with("grapevine.toml:2: this is not valid TOML: "));
    CAF_CHECK(found[0].find("sEcret") == std::string::npos);
    CAF_CHECK(found[0].find("1234") == std::string::npos);
  }
}

CAF_TEST(the file is called as the caller calls it) {
  auto from = with_app("\n[node]\nshards = -1\n");
  from.toml_name = "/etc/grapevine.toml";
  CAF_CHECK_EQUAL(
      problems_of(from),
      lines({"/etc/grapevine.toml:3: node.shards must be a whole number from 0 to 1024, not -1"}));
}

CAF_TEST(unknown keys are reported at any level with the one that was meant) {
  CAF_CHECK_EQUAL(
      problems_of(R"(nod = 1
listen = "0.0.0.0:1"
[limit]
[node]
listn = "x"
tls.certifikate = "x"
outbox = "1MiB"
frobnicate = 1
[cluster.tls]
sertificate = ""
)"),
      lines({
          "grapevine.toml:1: \"nod\" is not a known key; did you mean node?",
          "grapevine.toml:2: \"listen\" is not a known key; did you mean node.listen?",
          "grapevine.toml:3: \"limit\" is not a known key; did you mean limits?",
          "grapevine.toml:5: \"node.listn\" is not a known key; did you mean listen?",
          "grapevine.toml:6: \"node.tls.certifikate\" is not a known key; did you mean "
          "certificate?",
          "grapevine.toml:7: \"node.outbox\" is not a known key; did you mean limits.outbox?",
          "grapevine.toml:8: \"node.frobnicate\" is not a known key; grapevine.example.toml lists "
          "every key",
          "grapevine.toml:10: \"cluster.tls.sertificate\" is not a known key; did you mean "
          "certificate?",
      }));
}

CAF_TEST(unknown keys in lists of tables are reported) {
  sources from;
  from.toml = R"([[app]]
id = "a"
key = "b"
secret = "c"
client_event = true
[[app.webhook]]
url = "http://a"
event = []
[[app.webhooks]]
[[channel]]
patern = "x"
pattern = "x"
allow = "anyone"
[[bridge]]
driver = "log"
chanels = []
)";
  CAF_CHECK_EQUAL(
      problems_of(from),
      lines({
          "grapevine.toml:5: \"app.client_event\" is not a known key; did you mean client_events?",
          "grapevine.toml:9: \"app.webhooks\" is not a known key; did you mean webhook?",
          "grapevine.toml:8: \"app.webhook.event\" is not a known key; did you mean events?",
          "grapevine.toml:11: \"channel.patern\" is not a known key; did you mean pattern?",
          "grapevine.toml:16: \"bridge.chanels\" is not a known key; did you mean channels?",
      }));
}

CAF_TEST(unknown variables are reported in the environment and in the env file) {
  auto from = with_app();
  from.dotenv = "\nGRAPEVINE_NODE_LISTN=x\n";
  from.environment = {{"GRAPEVINE_OUTBOX", "1"},
                      {"GRAPEVINE_FROBNICATE", "1"},
                      {"GRAPEVINE_APP_SECRET", "x"},
                      {"GRAPEVINE_BRIDGE", "x"}};
  CAF_CHECK_EQUAL(problems_of(from),
                  lines({
                      ".env:2: \"GRAPEVINE_NODE_LISTN\" is not a known variable; did you mean "
                      "GRAPEVINE_NODE_LISTEN?",
                      "environment GRAPEVINE_APP_SECRET: \"GRAPEVINE_APP_SECRET\" cannot be set: "
                      "the keys of [[app]] have no "
                      "environment names; set PUSHER_APP_ID, PUSHER_APP_KEY and PUSHER_APP_SECRET, "
                      "use --app, or write [[app]] in the "
                      "configuration file",
                      "environment GRAPEVINE_BRIDGE: \"GRAPEVINE_BRIDGE\" cannot be set: the keys "
                      "of [[bridge]] have no environment "
                      "names; write [[bridge]] in the configuration file",
                      "environment GRAPEVINE_FROBNICATE: \"GRAPEVINE_FROBNICATE\" is not a known "
                      "variable; grapevine.example.toml lists "
                      "every key; GRAPEVINE_NODE_LISTEN is node.listen",
                      "environment GRAPEVINE_OUTBOX: \"GRAPEVINE_OUTBOX\" is not a known variable; "
                      "did you mean "
                      "GRAPEVINE_LIMITS_OUTBOX?",
                  }));
}

CAF_TEST(each place is called by its name) {
  auto from = with_app("[log]\nlevel = 'loud'\n");
  from.dotenv = "GRAPEVINE_LOG_LEVEL=loud";
  from.environment = {{"GRAPEVINE_LOG_LEVEL", "loud"}};
  from.flags = {{"log.level", "loud"}, {"limits.outbox", "1"}, {"node.nam", "x"}};
  auto tail =
      std::string{": log.level must be trace, debug, info, warn, error or off, not \"loud\""};
  auto found = problems_of(from);
  CAF_REQUIRE_EQUAL(found.size(), 6u);
  CAF_CHECK_EQUAL(found[0], "grapevine.toml:2" + tail);
  CAF_CHECK_EQUAL(found[1], ".env:1" + tail);
  CAF_CHECK_EQUAL(found[2], "environment GRAPEVINE_LOG_LEVEL" + tail);
  CAF_CHECK_EQUAL(found[3], "--log-level" + tail);
  CAF_CHECK_EQUAL(found[4], "--node.nam: \"node.nam\" is not a known key; did you mean node.name?");
  CAF_CHECK_EQUAL(
      found[5],
      "--limits.outbox: limits.outbox 1 has no room for an event of limits.event_data 10KiB; "
      "raise limits.outbox or lower limits.event_data");
}

CAF_TEST(bad lines of the env file are reported without their text) {
  auto from = with_app();
  from.dotenv = "OK=1\nsEcret\n";
  CAF_CHECK_EQUAL(problems_of(from),
                  lines({".env:2: the line is not of the form KEY=VALUE; write KEY=VALUE, or start "
                         "a comment with #"}));
}

CAF_TEST(no problem and no warning shows a secret) {
  sources from;
  from.toml = R"([[app]]
id = "a"
key = "b"
secret = "sEcret\n"
[cluster]
listen = "10.0.0.1:1"
secret = "sEcret"
[auth]
jwt_secret = "sEcret\n"
[redis]
url = "redis://user:sEcret@host:port"
[pusher]
secret = "sEcret\n"
[ably]
key = "sEcret\n"
)";
  from.dotenv = "PUSHER_APP_SECRET=\"sEcret\\n\"\nGRAPEVINE_CLUSTER_SECRET=\"sEcret\"\n";
  from.environment = {{"REDIS_PASSWORD", "sEcret ${X}"},
                      {"REDIS_HOST", "user:sEcret@host"},
                      {"GRAPEVINE_AUTH_JWT_SECRET", "sEcret\n"},
                      {"BROADCAST_DRIVER", "ably"},
                      {"ABLY_KEY", "sEcret"}};
  from.apps = {"sEcret", "x:y:sEcret\n", "a:b:sEcret\n"};
  auto result = load(from);
  CAF_CHECK(result.problems.size() >= 10);
  for (const auto& one : print(result.problems))
    CAF_CHECK(one.find("sEcret") == std::string::npos);
  CAF_CHECK(!result.warnings.empty());
  for (const auto& one : result.warnings)
    CAF_CHECK(one.find("sEcret") == std::string::npos);
}

CAF_TEST(a wrong value is not reported as missing too) {
  CAF_CHECK_EQUAL(
      problems_of("[cluster]\nlisten = '10.0.0.1:1'\nsecret = 1\n"),
      lines({"grapevine.toml:3: cluster.secret must be text, not an integer; put it in quotes"}));
  CAF_CHECK_EQUAL(
      problems_of("[node.tls]\ncertificate = 'c'\nkey = 1\n"),
      lines({"grapevine.toml:3: node.tls.key must be text, not an integer; put it in quotes"}));
  CAF_CHECK_EQUAL(
      problems_of("[[bridge]]\ndriver = 'ably'\n[ably]\nkey = 1\n"),
      lines({"grapevine.toml:4: ably.key must be text, not an integer; put it in quotes"}));
}

CAF_TEST(long and unprintable values are shortened in a problem) {
  auto found = problems_of("[log]\nlevel = \"\\u0007" + std::string(500, 'x') + "\"\n");
  CAF_CHECK_EQUAL(
      found,
      lines({"grapevine.toml:2: log.level must be trace, debug, info, warn, error or off, not \"?"
             + std::string(59, 'x') + "...\""}));
}

CAF_TEST(an empty file and no file at all are fine beside an app) {
  CAF_CHECK_EQUAL(problems_of(""), lines());
  auto from = with_app();
  from.toml.reset();
  CAF_CHECK_EQUAL(problems_of(from), lines());
}

CAF_TEST(problems of every source are reported at once) {
  sources from;
  from.toml = "[node]\nshards = 'x'\n";
  from.dotenv = "nonsense";
  from.environment = {{"GRAPEVINE_X_Y_Z_UNKNOWN", ""}};
  from.flags = {{"node.listen", "nowhere"}};
  from.apps = {"x"};
  auto found = load(from).problems;
  lines places;
  for (const auto& one : found)
    places.push_back(one.where);
  CAF_CHECK_EQUAL(places,
                  lines({"grapevine.toml:2", ".env:1", "environment GRAPEVINE_X_Y_Z_UNKNOWN",
                         "--listen", "--app", "configuration"}));
}
