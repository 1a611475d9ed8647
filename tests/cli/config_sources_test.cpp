#define CAF_SUITE cli.config_sources

#include "cli/config_sources.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::cli;

namespace {

/// A process in a working directory with exactly these files; the one called "locked" cannot be
/// read.
struct fixture {
  std::map<std::string, std::string> files;
  surroundings around{[this](const std::string& path) -> file_content {
                        if (path == "locked")
                          return {std::nullopt, false, "Permission denied"};
                        const auto found = files.find(path);
                        if (found == files.end())
                          return {std::nullopt, true, "No such file or directory"};
                        return {found->second, false, {}};
                      },
                      {{"GRAPEVINE_NODE_LISTEN", "127.0.0.1:1"}},
                      "box"};
  serve_flags flags;

  gathered_sources gather() {
    return gather_sources(flags, around);
  }
};

using flag_list = std::vector<std::pair<std::string, std::string>>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(config_sources_tests, fixture)

CAF_TEST(without files and flags there is the environment and the host name) {
  const auto result = gather();
  CAF_CHECK(result.problems.empty());
  CAF_CHECK(!result.value.toml);
  CAF_CHECK(!result.value.dotenv);
  CAF_CHECK((result.value.environment == around.environment));
  CAF_CHECK_EQUAL(result.value.hostname, "box");
  CAF_CHECK(result.value.flags.empty());
  CAF_CHECK(!result.value.dev);
}

CAF_TEST(the files of the working directory are read when they exist) {
  files = {{"grapevine.toml", "[node]"}, {".env", "A=b"}};
  const auto result = gather();
  CAF_CHECK(result.problems.empty());
  CAF_CHECK((result.value.toml == "[node]"));
  CAF_CHECK_EQUAL(result.value.toml_name, "grapevine.toml");
  CAF_CHECK((result.value.dotenv == "A=b"));
}

CAF_TEST(a configuration file that is named replaces the one of the working directory) {
  files = {{"grapevine.toml", "[node]"}, {"/etc/gv.toml", "[log]"}};
  flags.config = "/etc/gv.toml";
  const auto result = gather();
  CAF_CHECK((result.value.toml == "[log]"));
  CAF_CHECK_EQUAL(result.value.toml_name, "/etc/gv.toml");
}

CAF_TEST(a configuration file that is named and missing is a problem) {
  files = {{"grapevine.toml", "[node]"}};
  flags.config = "gone.toml";
  const auto result = gather();
  CAF_REQUIRE_EQUAL(result.problems.size(), 1u);
  CAF_CHECK_EQUAL(result.problems[0].where, "--config");
  CAF_CHECK_EQUAL(result.problems[0].message, "cannot read gone.toml: No such file or directory");
  CAF_CHECK(!result.value.toml);
}

CAF_TEST(a file of the working directory that exists but cannot be read is a problem) {
  around.read = [](const std::string& path) -> file_content {
    return path == ".env" ? file_content{std::nullopt, false, "Permission denied"}
                          : file_content{std::nullopt, true, "No such file or directory"};
  };
  const auto result = gather();
  CAF_REQUIRE_EQUAL(result.problems.size(), 1u);
  CAF_CHECK_EQUAL(
      problem_line(result.problems[0]),
      "grapevine: .env: cannot be read: Permission denied; make it readable or move it away");
}

CAF_TEST(each flag becomes the key it stands for) {
  flags.listen = "a:1";
  flags.admin_listen = "a:2";
  flags.name = "n1";
  flags.shards = "4";
  flags.cluster_listen = "a:3";
  flags.seeds = "b:1,c:1";
  flags.log_level = "debug";
  flags.log_format = "json";
  flags.apps = {"1:k:s", "2:k:s"};
  flags.dev = true;
  auto result = gather();
  flag_list expected{{"node.listen", "a:1"},    {"node.admin_listen", "a:2"},
                     {"node.name", "n1"},       {"node.shards", "4"},
                     {"cluster.listen", "a:3"}, {"cluster.seeds", "b:1,c:1"},
                     {"log.level", "debug"},    {"log.format", "json"}};
  std::sort(expected.begin(), expected.end());
  std::sort(result.value.flags.begin(), result.value.flags.end());
  CAF_CHECK((result.value.flags == expected));
  CAF_CHECK((result.value.apps == flags.apps));
  CAF_CHECK(result.value.dev);
}

CAF_TEST(an empty flag is given and not the same as an absent one) {
  flags.name = "";
  CAF_CHECK((gather().value.flags == flag_list{{"node.name", ""}}));
}

CAF_TEST(the cluster secret is the content of its file without surrounding space) {
  files = {{"secret", "\n  hush hush \r\n"}};
  flags.cluster_secret_file = "secret";
  const auto result = gather();
  CAF_CHECK(result.problems.empty());
  CAF_CHECK((result.value.flags == flag_list{{"cluster.secret", "hush hush"}}));
}

CAF_TEST(the cluster secret file holds one secret a line) {
  files = {{"secret", "the first of two\nthe second of two\n"}};
  flags.cluster_secret_file = "secret";
  flags.apps = {"1:k:s"};
  const auto loaded = load_configuration(flags, around);
  CAF_CHECK(loaded.problems.empty());
  CAF_REQUIRE_EQUAL(loaded.value.cluster.secrets.size(), 2u);
  CAF_CHECK_EQUAL(loaded.value.cluster.secrets[1], "the second of two");
}

CAF_TEST(a secret file that is empty or cannot be read is a problem) {
  files = {{"empty", " \n"}};
  for (const char* path : {"empty", "gone", "locked"}) {
    CAF_MESSAGE(path);
    flags.cluster_secret_file = path;
    const auto result = gather();
    CAF_REQUIRE_EQUAL(result.problems.size(), 1u);
    CAF_CHECK_EQUAL(result.problems[0].where, "--cluster-secret-file");
    CAF_CHECK(result.value.flags.empty());
  }
}

CAF_TEST(every unreadable file is reported and nothing else) {
  flags.config = "gone.toml";
  flags.cluster_secret_file = "locked";
  const auto loaded = load_configuration(flags, around);
  CAF_REQUIRE_EQUAL(loaded.problems.size(), 2u);
  CAF_CHECK_EQUAL(loaded.problems[0].where, "--config");
  CAF_CHECK_EQUAL(loaded.problems[1].where, "--cluster-secret-file");
}

CAF_TEST(the files that the configuration names have to be readable) {
  files = {{"grapevine.toml", "[node.tls]\ncertificate = \"chain.pem\"\nkey = \"locked\"\n"
                              "[[app]]\nid = \"1\"\nkey = \"2\"\nsecret = \"3\"\n"}};
  const auto problems = load_configuration(flags, around).problems;
  CAF_REQUIRE_EQUAL(problems.size(), 2u);
  CAF_CHECK_EQUAL(
      problem_line(problems[0]),
      "grapevine: grapevine.toml:2: node.tls.certificate: cannot read chain.pem: No such "
      "file or directory; name a PEM file that exists and is readable");
  CAF_CHECK_EQUAL(problems[1].where, "grapevine.toml:3");
  files["chain.pem"] = "";
  CAF_CHECK_EQUAL(load_configuration(flags, around).problems.size(), 1u);
}

CAF_TEST(a problem without a fix ends with its message) {
  CAF_CHECK_EQUAL(problem_line({"a.toml:3", "unknown key", ""}),
                  "grapevine: a.toml:3: unknown key");
}

CAF_TEST(reading tells a missing file from one that cannot be read) {
  char path[] = "grapevine_test_XXXXXX";
  const int file = ::mkstemp(path);
  CAF_REQUIRE(file >= 0);
  ::close(file);
  std::ofstream{path} << "one\ntwo";
  const file_content content = read_file(path);
  std::ofstream{path} << std::string((1u << 20) + 1, 'x');
  const file_content huge = read_file(path);
  std::remove(path);
  CAF_CHECK((content.text == "one\ntwo"));
  CAF_CHECK(!huge.text);
  CAF_CHECK(!huge.missing);
  CAF_CHECK(read_file(path).missing);
  const file_content directory = read_file(".");
  CAF_CHECK(!directory.text);
  CAF_CHECK(!directory.missing);
}

CAF_TEST_FIXTURE_SCOPE_END()
