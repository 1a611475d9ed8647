// Single values of a configuration, a variable or a flag. What reads is written again, and reads
// the same; the first line names a key and the rest is given to it as a flag.

#include "base/endpoint.hpp"
#include "base/percent.hpp"
#include "config/address.hpp"
#include "config/load.hpp"
#include "config/units.hpp"
#include "drivers/redis_url.hpp"
#include "drivers/registry.hpp"
#include "expect.hpp"

#include <string>

namespace base = grapevine::base;
namespace drivers = grapevine::drivers;
using namespace grapevine::config;
using grapevine::fuzz::expect;

namespace {

void check_units(std::string_view text) {
  if (std::uint64_t bytes = 0; parse_size(text, bytes).empty()) {
    std::uint64_t again = 0;
    expect(parse_size(format_size(bytes), again).empty() && again == bytes,
           "a size that is written reads the same");
  }
  if (std::chrono::milliseconds time{}; parse_duration(text, time).empty()) {
    std::chrono::milliseconds again{};
    expect(time.count() >= 0, "a duration is not negative");
    expect(parse_duration(format_duration(time), again).empty() && again == time,
           "a duration that is written reads the same");
  }
}

void check_addresses(const std::string& text) {
  if (const auto address = base::parse_endpoint(text)) {
    expect(!address->host.empty() && address->host.size() <= 253, "a host has a name");
    expect(base::parse_endpoint(base::to_string(*address)) == address,
           "an endpoint that is written reads the same");
    expect(!base::is_loopback(address->host) || !base::is_any(address->host),
           "loopback is not every address");
  }
  if (is_network(text))
    expect(text.find_first_not_of("0123456789abcdefABCDEF.:/") == std::string::npos,
           "a network is made of numbers");
  if (const auto redis = drivers::parse_redis_url(text))
    expect(drivers::parse_redis_url(to_string(*redis)) == redis,
           "a redis address that is written reads the same");
  if (drivers::redis_location at; drivers::set_redis_host(text, at))
    expect(drivers::parse_redis_url(to_string(at)) == at, "a redis host fits into an address");
}

void check_flag(std::string_view text) {
  const auto key = grapevine::fuzz::take_line(text);
  if (key.find('.') == std::string_view::npos)
    return;
  sources from;
  from.dev = true;
  from.flags.emplace_back(key, text);
  const auto result = load(from, drivers::sections());
  for (const auto& each : result.problems)
    expect(!each.where.empty() && !each.message.empty(), "a problem says what and where");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = grapevine::fuzz::as_text(data, size);
  check_units(text);
  check_addresses(std::string{text});
  check_flag(text);
  return 0;
}
