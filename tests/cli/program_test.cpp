#define CAF_SUITE cli.program

#include "cli/program.hpp"

#include "cli/serve.hpp"

#include <optional>
#include <sstream>

#include "caf/test/dsl.hpp"

using namespace grapevine;

namespace {

std::optional<config::settings> served;

}  // namespace

// Stands in for the engine: remembers what it was asked to run.
int grapevine::cli::serve(const config::settings& settings, const std::vector<std::string>&) {
  served = settings;
  return 0;
}

namespace {

struct fixture {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;

  fixture() {
    served.reset();
  }

  int run(std::vector<std::string> arguments) {
    out.str("");
    err.str("");
    return cli::run(std::move(arguments), {in, out, err});
  }

  bool err_has(std::string_view text) const {
    return err.str().find(text) != std::string::npos;
  }
  bool err_is_one_line() const {
    const std::string text = err.str();
    return text.find('\n') + 1 == text.size();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(program_tests, fixture)

CAF_TEST(the version is a result) {
  CAF_CHECK_EQUAL(run({"--version"}), 0);
  CAF_CHECK_EQUAL(out.str(), "grapevine " GRAPEVINE_VERSION "\n");
}

CAF_TEST(help is a result and names every command) {
  CAF_CHECK_EQUAL(run({"--help"}), 0);
  for (const char* name :
       {"serve", "publish", "listen", "status", "members", "channels", "check-config"}) {
    CAF_MESSAGE(name);
    CAF_CHECK(out.str().find(name) != std::string::npos);
    fixture one;
    CAF_CHECK_EQUAL(one.run({name, "--help"}), 0);
    CAF_CHECK(one.out.str().find("--") != std::string::npos);
    CAF_CHECK(one.err.str().empty());
  }
}

CAF_TEST(no command shows the help as an error) {
  CAF_CHECK_EQUAL(run({}), 2);
  CAF_CHECK(out.str().empty());
  CAF_CHECK(err_has("serve"));
}

CAF_TEST(wrong usage is one sentence and status 2) {
  const std::vector<std::vector<std::string>> wrong{
      {"fly"},
      {"serve", "--fly"},
      {"serve", "extra"},
      {"publish"},
      {"publish", "--url", "http://a", "--app", "1:k:s", "channel", "event"},
      {"publish", "--url", "a:80", "--app", "1:k:s", "channel", "event", "{}"},
      {"publish", "--url", "http://a", "--app", "1:k", "channel", "event", "{}"},
      {"listen", "--url", "ws://a", "--key", "k"},
      {"listen", "--url", "http://a", "--key", "k", "channel"},
      {"listen", "--url", "ws://a", "channel"},
      {"listen", "--url", "ws://a", "--key", "k", "--count", "0", "channel"},
      {"listen", "--url", "ws://a", "--key", "k", "--timeout", "soon", "channel"},
      {"listen", "--url", "ws://a", "--key", "k", "private-channel"},
      {"listen", "--url", "ws://a", "--key", "k", "--secret", "s", "#server-to-user-1"},
      {"status", "--admin", "127.0.0.1:9000"},
  };
  for (const auto& arguments : wrong) {
    CAF_MESSAGE(caf::deep_to_string(arguments));
    CAF_CHECK_EQUAL(run(arguments), 2);
    CAF_CHECK(out.str().empty());
    CAF_CHECK(err.str().starts_with("grapevine: "));
    CAF_CHECK(err_is_one_line());
  }
}

CAF_TEST(a malformed app does not show its secret) {
  CAF_CHECK_EQUAL(run({"publish", "--url", "http://a", "--app", "hush", "channel", "event", "{}"}),
                  2);
  CAF_CHECK(!err_has("hush"));
}

CAF_TEST(data that is not UTF - 8 is refused before anything is sent) {
  in.str("\xff");
  CAF_CHECK_EQUAL(
      run({"publish", "--url", "http://127.0.0.1:1", "--app", "1:k:s", "channel", "event", "-"}),
      2);
  CAF_CHECK(err_has("UTF-8"));
}

CAF_TEST(nobody listening is one sentence and status 1) {
  // Port 1 (tcpmux) has no listener on any system this is built on.
  CAF_CHECK_EQUAL(
      run({"publish", "--url", "http://127.0.0.1:1", "--app", "1:k:s", "channel", "event", "{}"}),
      1);
  CAF_CHECK(err_has("cannot connect to 127.0.0.1:1"));
  CAF_CHECK(err_is_one_line());
  CAF_CHECK_EQUAL(run({"status", "--admin", "http://127.0.0.1:1"}), 1);
  CAF_CHECK(err_has("cannot connect to 127.0.0.1:1"));
}

CAF_TEST(flags of serve reach the engine) {
  CAF_CHECK_EQUAL(run({"serve", "--listen", "127.0.0.1:8123", "--app", "1:k:s", "--app", "2:l:t",
                       "--seeds", "a:1"}),
                  0);
  CAF_REQUIRE(served);
  CAF_CHECK_EQUAL(served->node.listen.port, 8123u);
  CAF_REQUIRE_EQUAL(served->apps.size(), 2u);
  CAF_CHECK_EQUAL(served->apps[1].key, "l");
  CAF_CHECK((served->cluster.seeds == std::vector<std::string>{"a:1"}));
}

CAF_TEST(a configuration that cannot be read ends with status 2 before anything runs) {
  for (const char* command : {"serve", "check-config"}) {
    CAF_CHECK_EQUAL(run({command, "--config", "no/such/file.toml"}), 2);
    CAF_CHECK(err_has("grapevine: --config: cannot read no/such/file.toml"));
  }
  CAF_CHECK(!served);
}

CAF_TEST_FIXTURE_SCOPE_END()
