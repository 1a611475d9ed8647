// A grapevine.toml: whatever is in it, problems come out, or settings. The same text as a .env is
// read, and variables that are written there read the same.

#include "config/dotenv.hpp"
#include "config/load.hpp"
#include "drivers/registry.hpp"
#include "expect.hpp"

#include <algorithm>
#include <string>

using namespace grapevine::config;
using grapevine::fuzz::expect;

namespace {

load_result check_load(const sources& from) {
  auto result = load(from, grapevine::drivers::sections());
  for (const auto& each : result.problems)
    expect(!each.where.empty() && !each.message.empty(), "a problem says what and where");
  return result;
}

void check_toml(std::string text) {
  sources from;
  from.toml = std::move(text);
  const auto result = check_load(from);
  if (!result.problems.empty())
    return;
  expect(!result.value.apps.empty(), "a node has an app");
  expect(result.value.node.name.size() <= 64 && !result.value.node.name.empty(),
         "a node has a name");
  expect(result.value.cluster.peer_window <= result.value.cluster.peer_queue,
         "what was checked holds");
}

std::string quoted(const std::string& value) {
  std::string out = "\"";
  for (const char c : value)
    switch (c) {
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '"':
    case '\\':
    case '$':
      out += '\\';
      [[fallthrough]];
    default:
      out += c;
    }
  return out + '"';
}

void check_dotenv(std::string_view text) {
  const auto file = parse_dotenv(text);
  const auto lines = 1 + static_cast<unsigned>(std::ranges::count(text, '\n'));
  std::string written;
  for (const auto& [name, entry] : file.variables) {
    expect(!name.empty() && name.find_first_of("= \n\"'#") == std::string::npos,
           "a variable has a name");
    expect(entry.line >= 1 && entry.line <= lines, "a variable has a line");
    written += name + '=' + quoted(entry.text) + '\n';
  }
  const auto again = parse_dotenv(written);
  expect(again.faults.empty() && again.variables.size() == file.variables.size(),
         "variables that are written can be read");
  for (const auto& [name, entry] : file.variables)
    expect(again.variables.at(name).text == entry.text,
           "a variable that is written reads the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = grapevine::fuzz::as_text(data, size);
  check_dotenv(text);
  check_toml(std::string{text});
  sources from;
  from.dotenv = text;
  from.dev = true;
  check_load(from);
  return 0;
}
