#define CAF_SUITE cluster.scenario

#include "tests/cluster/node/scenario.hpp"

#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

using namespace grapevine::cluster;

namespace {

const std::filesystem::path folder = GRAPEVINE_SCENARIOS;

struct fixture {
  static void check(const std::string& name) {
    const auto path = folder / (name + ".txt");
    std::ifstream in{path};
    CAF_REQUIRE(in.good());
    const std::string expected{std::istreambuf_iterator<char>{in}, {}};
    std::string found;
    try {
      found = replay(expected);
    } catch (const scenario_error& e) {
      CAF_FAIL(path.string() << ", " << e.what());
    }
    const auto* rewrite = std::getenv("GRAPEVINE_REWRITE");
    if (rewrite && std::string_view{rewrite} == "1")
      std::ofstream{path} << found;
    else if (const auto differs = first_difference(expected, found))
      CAF_FAIL(path.string() << ":" << differs->line << "\n  expected: " << differs->expected
                             << "\n  found:    " << differs->found);
  }
  /// What `replay` throws at.
  static std::string error_of(std::string_view scenario) {
    try {
      replay(scenario);
    } catch (const scenario_error& e) {
      return e.what();
    }
    return "none";
  }
};

constexpr std::string_view heard = "# Two nodes.\n"
                                   "> form n1 n2\n"
                                   "> want n1 orders\n"
                                   "  n1: channel_ready orders\n"
                                   "\n"
                                   "> publish n2 orders 1 2\n"
                                   "  n1: remote_event orders 1 from n2\n"
                                   "  n1: remote_event orders 2 from n2\n";

}  // namespace

CAF_TEST_FIXTURE_SCOPE(scenario_tests, fixture)

// -- the files

CAF_TEST(join) {
  check("join");
}
CAF_TEST(crossing dials) {
  check("crossing_dials");
}
CAF_TEST(resume) {
  check("resume");
}
CAF_TEST(gap) {
  check("gap");
}
CAF_TEST(death) {
  check("death");
}
CAF_TEST(restart) {
  check("restart");
}
CAF_TEST(leave) {
  check("leave");
}
CAF_TEST(tunnel) {
  check("tunnel");
}
CAF_TEST(cache) {
  check("cache");
}
CAF_TEST(partition) {
  check("partition");
}
CAF_TEST(bridges) {
  check("bridges");
}
CAF_TEST(no file is without its test) {
  std::set<std::string> found;
  for (const auto& each : std::filesystem::directory_iterator{folder})
    found.insert(each.path().stem());
  CAF_CHECK((found
             == std::set<std::string>{"join", "crossing_dials", "resume", "gap", "death", "restart",
                                      "leave", "tunnel", "cache", "partition", "bridges"}));
}

// -- what reads them

CAF_TEST(a scenario that happens as it says comes back unchanged) {
  CAF_CHECK_EQUAL(replay(heard), heard);
  CAF_CHECK(!first_difference(heard, replay(heard)));
}
CAF_TEST(what happens differently is found with its line) {
  for (const auto* wrong : {"orders 1 from", "# Two", "> want n1"}) {
    std::string other{heard};
    other.insert(other.find(wrong), "not ");
    const auto differs = first_difference(heard, other);
    CAF_REQUIRE(differs);
    CAF_CHECK(differs->found.find("not ") != std::string::npos);
  }
  std::string lost{heard};
  lost.erase(lost.find("  n1: remote_event orders 1"), 36);
  const auto differs = first_difference(lost, replay(lost));
  CAF_REQUIRE(differs);
  CAF_CHECK_EQUAL(differs->line, 7u);
  CAF_CHECK_EQUAL(differs->expected, "  n1: remote_event orders 2 from n2");
  CAF_CHECK_EQUAL(differs->found, "  n1: remote_event orders 1 from n2");
}
CAF_TEST(a trace that goes on behind the last line is found) {
  const auto head = heard.substr(0, heard.find("  n1: remote_event orders 2"));
  const auto differs = first_difference(head, replay(head));
  CAF_REQUIRE(differs);
  CAF_CHECK_EQUAL(differs->line, 8u);
  CAF_CHECK_EQUAL(differs->expected, "(the end)");
}
CAF_TEST(a command that makes no sense is refused with its line) {
  CAF_CHECK_EQUAL(error_of("# x\n> jump n1\n"), "line 2: no command: jump");
  CAF_CHECK_EQUAL(error_of(">\n"), "line 1: no command");
  CAF_CHECK_EQUAL(error_of("> start\n"), "line 1: not so many words: start");
  CAF_CHECK_EQUAL(error_of("> want n1 orders\n"), "line 1: no node: n1");
  CAF_CHECK_EQUAL(error_of("> start n1\n> start n1\n"), "line 2: n1 is there already");
  CAF_CHECK_EQUAL(error_of("> start n1\n> kill n1\n> kill n1\n"), "line 3: no node: n1");
  CAF_CHECK_EQUAL(error_of("> run 5\n"), "line 1: no time: 5");
  CAF_CHECK_EQUAL(error_of("> run xs\n"), "line 1: no number: x");
}

CAF_TEST_FIXTURE_SCOPE_END()
