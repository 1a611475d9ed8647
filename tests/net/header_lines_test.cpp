#define CAF_SUITE net.header_lines

#include "net/header_lines.hpp"

#include <string>

#include "caf/test/dsl.hpp"

using grapevine::net::header_lines;
using outcome = header_lines::outcome;

namespace {

outcome scan_whole(const std::string& bytes) {
  return header_lines{}.scan(bytes);
}

outcome scan_bytewise(const std::string& bytes) {
  header_lines lines;
  auto result = outcome::incomplete;
  for (std::size_t n = 1; n <= bytes.size() && result == outcome::incomplete; ++n)
    result = lines.scan(std::string_view{bytes}.substr(0, n));
  return result;
}

}  // namespace

CAF_TEST(the header ends with the first empty line) {
  const std::string header = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  header_lines lines;
  CAF_CHECK(lines.scan(header + "body\r\n\r\n") == outcome::complete);
  CAF_CHECK_EQUAL(lines.size(), header.size());
}

CAF_TEST(the cut of the bytes does not change the outcome) {
  const std::pair<std::string, outcome> cases[] = {
      {"A\r\n\r\n", outcome::complete},
      {"A\r\nB: c\r\n", outcome::incomplete},
      {"A\n\n", outcome::malformed},
      {"A\r\nB: c\nD: e\r\n\r\n", outcome::malformed},
      {"A\r\nB: c\r\n folded\r\n\r\n", outcome::malformed},
      {"A\r\nB: c\r\n\tfolded\r\n\r\n", outcome::malformed},
      {"A\r\n\n", outcome::malformed},
      {"\n", outcome::malformed},
  };
  for (const auto& [bytes, expected] : cases) {
    CAF_CHECK(scan_whole(bytes) == expected);
    CAF_CHECK(scan_bytewise(bytes) == expected);
  }
}
