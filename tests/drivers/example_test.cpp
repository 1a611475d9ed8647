#define CAF_SUITE drivers.example

// The driver that docs/drivers.md writes. That it keeps the contract is tested with all others.

#include "../config/loading.hpp"
#include "drivers/hook_driver.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::config;

namespace {

std::string read(const std::string& name) {
  std::ifstream file{std::string{GRAPEVINE_SOURCE_DIR} + "/" + name};
  CAF_REQUIRE(file.good());
  return {std::istreambuf_iterator<char>{file}, {}};
}

load_result load_hook(std::string toml, std::map<std::string, std::string> environment = {}) {
  auto drivers = drivers::sections();
  drivers.push_back(drivers::hook_section());
  auto from = with_app(std::move(toml));
  from.environment = std::move(environment);
  return load(from, drivers);
}

}  // namespace

CAF_TEST(the page shows the files as they are) {
  const auto page = read("docs/drivers.md");
  for (const std::string name : {"drivers/hook_driver.hpp", "drivers/hook_driver.cpp"})
    CAF_CHECK(
        page.find("```cpp\n// " + name + "\n" + read("tests/drivers/example/" + name) + "```\n")
        != std::string::npos);
}

CAF_TEST(its section is read like those of the program) {
  const auto result = load_hook("[[bridge]]\ndriver = 'hook'\n[hook]\nhost = 'example.com'\n",
                                {{"HOOK_TOKEN", "t"}, {"GRAPEVINE_HOOK_PORT", "8443"}});
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.value.bridges.at(0).driver, "hook");
  CAF_CHECK_EQUAL(result.value.bridges.at(0).direction, "out");
  const auto& [host, port, scheme, path, token] =
      result.value.sections.get<drivers::hook_settings>();
  CAF_CHECK_EQUAL(lines({host, std::to_string(port), scheme, path, token}),
                  lines({"example.com", "8443", "https", "/events", "t"}));
}

CAF_TEST(what the page says of mistakes is said) {
  std::istringstream page{read("docs/drivers.md")};
  lines said;
  constexpr std::string_view program = "grapevine: ";
  for (std::string line; std::getline(page, line);)
    if (line.starts_with(program))
      said.push_back(line.substr(program.size()));
  const auto result = load_hook(R"([[bridge]]
driver = "hook"
direction = "both"
[hook]
hots = "127.0.0.1"
path = "events"
)");
  CAF_CHECK_EQUAL(print(result.problems), said);
}
