#define CAF_SUITE config.apps

#include "drivers/pusher_driver.hpp"
#include "loading.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;

namespace {

constexpr auto one_app = "[[app]]\nid = 'a'\nkey = 'k'\nsecret = 's'\n";

lines triples(const sources& from) {
  auto result = load(from);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  lines found;
  for (const auto& app : result.value.apps)
    found.push_back(app.id + ":" + app.key + ":" + app.secret);
  return found;
}

}  // namespace

CAF_TEST(without any app loading says how to add one) {
  CAF_CHECK_EQUAL(problems_of(sources{}),
                  lines({"configuration: no app is configured; add [[app]] with id, key and secret "
                         "to grapevine.toml, use "
                         "--app ID:KEY:SECRET, set PUSHER_APP_ID, PUSHER_APP_KEY and "
                         "PUSHER_APP_SECRET, or try --dev"}));
}

CAF_TEST(the app flag adds apps and a secret may hold colons) {
  sources from;
  from.toml = one_app;
  from.apps = {"b:k2:s:2:", "c:k3:s3"};
  CAF_CHECK_EQUAL(triples(from), lines({"a:k:s", "b:k2:s:2:", "c:k3:s3"}));
}

CAF_TEST(the app flag replaces key and secret of a known app and nothing else) {
  sources from;
  from.toml = std::string{one_app} + "client_events = true\n";
  from.apps = {"a:new:changed"};
  CAF_CHECK_EQUAL(triples(from), lines({"a:new:changed"}));
  CAF_CHECK(load(from).value.apps[0].client_events);
}

CAF_TEST(a malformed app flag is refused without showing it) {
  for (const auto* flag : {"", "sEcret", "a:sEcret"}) {
    auto from = with_app(one_app);
    from.apps = {flag};
    CAF_CHECK_EQUAL(
        problems_of(from),
        lines({"--app: an app is not of the form ID:KEY:SECRET; write for example --app "
               "app-id:app-key:app-secret"}));
  }
}

CAF_TEST(empty or unusable parts of an app flag are refused) {
  sources from;
  from.apps = {":k/y:"};
  CAF_CHECK_EQUAL(
      problems_of(from),
      lines({"--app: app.id must not be empty; give it a value",
             "--app: app.key stands in URLs and must be up to 200 letters, digits, '-', '_', '.' "
             "and '~'; "
             "choose another one",
             "--app: app.secret must not be empty; give it a value, or remove the line"}));
}

CAF_TEST(an app in the file needs id and key and secret) {
  sources from;
  from.toml = "\n[[app]]\n[[app]]\nid = ''\nkey = ''\nsecret = ''\n";
  CAF_CHECK_EQUAL(
      problems_of(from),
      lines(
          {"grapevine.toml:2: app has no id; add id = \"...\"",
           "grapevine.toml:2: app has no key; add key = \"...\"",
           "grapevine.toml:2: app has no secret; add secret = \"...\"",
           "grapevine.toml:4: app.id must not be empty; give it a value",
           "grapevine.toml:5: app.key must not be empty; give it a value",
           "grapevine.toml:6: app.secret must not be empty; give it a value, or remove the line"}));
}

CAF_TEST(ids and keys belong to one app each) {
  sources from;
  from.toml =
      "[[app]]\nid = 'a'\nkey = 'k'\nsecret = 's'\n[[app]]\nid = 'a'\nkey = 'k'\nsecret = 's'\n";
  from.apps = {"b:k:s"};
  CAF_CHECK_EQUAL(
      problems_of(from),
      lines(
          {"grapevine.toml:5: app.id \"a\" is already used at grapevine.toml:1; give each app its "
           "own id",
           "grapevine.toml:5: app.key \"k\" is already used at grapevine.toml:1; give each app its "
           "own key",
           "--app: app.key \"k\" is already used at grapevine.toml:1; give each app its own key"}));
  sources twice;
  twice.apps = {"a:k1:s", "a:k2:s"};
  CAF_CHECK_EQUAL(
      problems_of(twice),
      lines({"--app: app.id \"a\" is already used at --app; give each app its own id"}));
}

CAF_TEST(the pusher variables are the app when there is no other) {
  sources from;
  from.dotenv = "PUSHER_APP_ID=1\nPUSHER_APP_KEY=2\nPUSHER_APP_SECRET=3\n";
  CAF_CHECK_EQUAL(triples(from), lines({"1:2:3"}));
  from.environment = {{"PUSHER_APP_KEY", "over"}};
  CAF_CHECK_EQUAL(triples(from), lines({"1:over:3"}));
  from.dev = true;
  CAF_CHECK_EQUAL(triples(from), lines({"1:over:3"}));
  from.apps = {"x:y:z"};
  CAF_CHECK_EQUAL(triples(from), lines({"x:y:z"}));
  from.apps.clear();
  from.toml = one_app;
  CAF_CHECK_EQUAL(triples(from), lines({"a:k:s"}));
  CAF_CHECK_EQUAL(load(from).value.sections.get<grapevine::drivers::pusher_settings>().key, "over");
}

CAF_TEST(some but not all of the pusher variables say which are missing) {
  sources from;
  from.environment = {
      {"PUSHER_APP_ID", "1"}, {"PUSHER_APP_KEY", ""}, {"PUSHER_APP_SECRET", "null"}};
  CAF_CHECK_EQUAL(problems_of(from),
                  lines({"configuration: no app is configured: without PUSHER_APP_KEY and "
                         "PUSHER_APP_SECRET; set all three PUSHER_APP_ variables"}));
}

CAF_TEST(development listens on loopback with the well known app and a talkative log) {
  sources from;
  from.dev = true;
  auto result = load(from);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.warnings, lines());
  const auto& value = result.value;
  CAF_CHECK(value.dev);
  CAF_CHECK(value.node.listen == (grapevine::base::endpoint{"127.0.0.1", 8000}));
  CAF_CHECK(value.node.admin_listen == (grapevine::base::endpoint{"127.0.0.1", 9000}));
  CAF_CHECK_EQUAL(value.log.level, "debug");
  CAF_REQUIRE_EQUAL(value.apps.size(), 1u);
  CAF_CHECK_EQUAL(value.apps[0].id, "app-id");
  CAF_CHECK_EQUAL(value.apps[0].key, "app-key");
  CAF_CHECK_EQUAL(value.apps[0].secret, "app-secret");
  CAF_CHECK(value.apps[0].client_events);
}

CAF_TEST(development keeps what was said by any source) {
  sources from;
  from.dev = true;
  from.toml = "[log]\nlevel = 'info'\n" + std::string{one_app}
              + "client_events = false\n[[app]]\nid = 'b'\nkey = 'b'\nsecret = 'b'\n";
  from.flags = {{"node.listen", "0.0.0.0:8100"}};
  auto result = load(from);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK(result.value.node.listen == (grapevine::base::endpoint{"0.0.0.0", 8100}));
  CAF_CHECK_EQUAL(result.value.log.level, "info");
  CAF_REQUIRE_EQUAL(result.value.apps.size(), 2u);
  CAF_CHECK(!result.value.apps[0].client_events);
  CAF_CHECK(result.value.apps[1].client_events);
}

CAF_TEST(without development none of it is on) {
  auto result = load(with_app());
  CAF_CHECK(!result.value.dev);
  CAF_CHECK(!result.value.apps[0].client_events);
  CAF_CHECK(result.value.node.listen == (grapevine::base::endpoint{"0.0.0.0", 8000}));
  CAF_CHECK_EQUAL(result.value.log.level, "info");
}

CAF_TEST(the well known app on an open address is warned of) {
  sources from;
  from.dev = true;
  from.environment = {{"GRAPEVINE_NODE_LISTEN", "0.0.0.0:8000"}};
  CAF_CHECK_EQUAL(load(from).warnings, lines({"--dev: 0.0.0.0:8000 is open to other machines, with "
                                              "an app whose secret everybody knows"}));
}

CAF_TEST(apps that are all off are warned of) {
  sources from;
  from.toml = std::string{one_app} + "enabled = false\n";
  CAF_CHECK_EQUAL(load(from).warnings,
                  lines({"every app has enabled = false: each client will be refused"}));
}
