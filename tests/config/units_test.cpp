#define CAF_SUITE config.units

#include "config/units.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;
using namespace std::chrono_literals;

namespace {

std::uint64_t bytes_of(std::string_view text) {
  std::uint64_t result = 4711;
  return parse_size(text, result).empty() ? result : 0;
}

std::string size_fix(std::string_view text) {
  std::uint64_t untouched = 4711;
  auto found = parse_size(text, untouched);
  return found.empty() || untouched != 4711 ? "accepted" : found.front().fix;
}

std::int64_t ms_of(std::string_view text) {
  std::chrono::milliseconds result{-1};
  return parse_duration(text, result).empty() ? result.count() : -2;
}

std::string duration_fix(std::string_view text) {
  std::chrono::milliseconds untouched{-1};
  auto found = parse_duration(text, untouched);
  return found.empty() || untouched != -1ms ? "accepted" : found.front().fix;
}

}  // namespace

CAF_TEST(sizes take KiB and MiB and plain bytes) {
  CAF_CHECK_EQUAL(bytes_of("1"), 1u);
  CAF_CHECK_EQUAL(bytes_of("1000"), 1000u);
  CAF_CHECK_EQUAL(bytes_of("10KiB"), 10240u);
  CAF_CHECK_EQUAL(bytes_of("64MiB"), 67108864u);
  CAF_CHECK_EQUAL(bytes_of("64 MiB"), 67108864u);
}

CAF_TEST(other spellings of a size are refused and the right one is proposed) {
  CAF_CHECK_EQUAL(size_fix("10KB"), "write \"10KiB\"");
  CAF_CHECK_EQUAL(size_fix("10k"), "write \"10KiB\"");
  CAF_CHECK_EQUAL(size_fix("3mib"), "write \"3MiB\"");
  CAF_CHECK_EQUAL(size_fix("3GiB"), "write a whole number of bytes, KiB or MiB");
  CAF_CHECK_EQUAL(size_fix("1.5MiB"), "write a whole number of bytes, KiB or MiB");
  CAF_CHECK_EQUAL(size_fix("-1"), "write a whole number of bytes, KiB or MiB");
  CAF_CHECK_EQUAL(size_fix(""), "write a whole number of bytes, KiB or MiB");
  CAF_CHECK_EQUAL(size_fix("KiB"), "write a whole number of bytes, KiB or MiB");
}

CAF_TEST(a size that overflows is refused) {
  CAF_CHECK_EQUAL(size_fix("99999999999999999999"), "write a smaller one");
  CAF_CHECK_EQUAL(size_fix("18446744073709551615MiB"), "write a smaller one");
  CAF_CHECK_EQUAL(bytes_of("18446744073709551615"), 18446744073709551615u);
}

CAF_TEST(durations take ms and s and m) {
  CAF_CHECK_EQUAL(ms_of("500ms"), 500);
  CAF_CHECK_EQUAL(ms_of("10s"), 10'000);
  CAF_CHECK_EQUAL(ms_of("30m"), 1'800'000);
  CAF_CHECK_EQUAL(ms_of("0s"), 0);
}

CAF_TEST(a duration without a unit is refused and units are proposed) {
  CAF_CHECK_EQUAL(duration_fix("10"), "write \"10s\", \"10ms\" or \"10m\"");
  std::chrono::milliseconds untouched{0};
  auto found = parse_duration("10", untouched);
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found.front().message, "has no unit: \"10\"");
}

CAF_TEST(other spellings of a duration are refused) {
  for (const auto* text : {"", "s", "1h", "1.5s", "-1s", "10 seconds", "10S"})
    CAF_CHECK_EQUAL(duration_fix(text), "write a whole number of ms, s or m");
  CAF_CHECK_EQUAL(duration_fix("9223372036854775807m"), "write a shorter one");
  CAF_CHECK_EQUAL(duration_fix("99999999999999999999ms"), "write a shorter one");
}

CAF_TEST(sizes and durations print in their largest exact unit) {
  CAF_CHECK_EQUAL(format_size(0), "0");
  CAF_CHECK_EQUAL(format_size(1023), "1023");
  CAF_CHECK_EQUAL(format_size(1536u << 10), "1536KiB");
  CAF_CHECK_EQUAL(format_size(2u << 20), "2MiB");
  CAF_CHECK_EQUAL(format_duration(0ms), "0s");
  CAF_CHECK_EQUAL(format_duration(1500ms), "1500ms");
  CAF_CHECK_EQUAL(format_duration(90s), "90s");
  CAF_CHECK_EQUAL(format_duration(2min), "2m");
}
