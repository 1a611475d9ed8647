#include "config/units.hpp"

#include <charconv>
#include <limits>
#include <optional>

namespace grapevine::config {

namespace {

struct quantity {
  std::string_view digits;
  std::string_view unit;
  std::optional<std::uint64_t> number;  ///< absent when it does not fit
};

/// Splits "10 KiB" into its number and unit; absent when it does not start with a digit.
std::optional<quantity> split(std::string_view text) {
  auto end = text.find_first_not_of("0123456789");
  quantity result;
  result.digits = text.substr(0, end);
  if (result.digits.empty())
    return std::nullopt;
  if (end != std::string_view::npos)
    result.unit = text.substr(std::min(text.find_first_not_of(' ', end), text.size()));
  std::uint64_t number = 0;
  const auto* last = result.digits.data() + result.digits.size();
  if (std::from_chars(result.digits.data(), last, number).ec == std::errc{})
    result.number = number;
  return result;
}

bool multiply(std::uint64_t& number, std::uint64_t factor, std::uint64_t max) {
  if (number > max / factor)
    return false;
  number *= factor;
  return true;
}

std::string in_quotes(std::string_view digits, std::string_view unit) {
  return quoted(std::string{digits} + std::string{unit});
}

}  // namespace

verdict parse_size(std::string_view text, std::uint64_t& bytes) {
  auto parts = split(text);
  auto message = "must be a size such as \"64KiB\", not " + quoted(text);
  if (!parts)
    return {{message, "write a whole number of bytes, KiB or MiB"}};
  std::uint64_t factor = 0;
  if (parts->unit.empty())
    factor = 1;
  else if (parts->unit == "KiB")
    factor = 1u << 10;
  else if (parts->unit == "MiB")
    factor = 1u << 20;
  else if (auto first = parts->unit.front(); first == 'k' || first == 'K')
    return {{message, "write " + in_quotes(parts->digits, "KiB")}};
  else if (first == 'm' || first == 'M')
    return {{message, "write " + in_quotes(parts->digits, "MiB")}};
  else
    return {{message, "write a whole number of bytes, KiB or MiB"}};
  if (!parts->number
      || !multiply(*parts->number, factor, std::numeric_limits<std::uint64_t>::max()))
    return {{"is too large a size: " + quoted(text), "write a smaller one"}};
  bytes = *parts->number;
  return {};
}

verdict parse_duration(std::string_view text, std::chrono::milliseconds& duration) {
  auto parts = split(text);
  auto message = "must be a duration such as \"10s\", not " + quoted(text);
  if (!parts)
    return {{message, "write a whole number of ms, s or m"}};
  std::uint64_t factor = 0;
  if (parts->unit == "ms")
    factor = 1;
  else if (parts->unit == "s")
    factor = 1'000;
  else if (parts->unit == "m")
    factor = 60'000;
  else if (parts->unit.empty())
    return {{"has no unit: " + quoted(text), "write " + in_quotes(parts->digits, "s") + ", "
                                                 + in_quotes(parts->digits, "ms") + " or "
                                                 + in_quotes(parts->digits, "m")}};
  else
    return {{message, "write a whole number of ms, s or m"}};
  // Timers add durations to a clock: stay far below where that could overflow.
  constexpr std::uint64_t duration_max = std::numeric_limits<std::int64_t>::max() / 1'000'000 / 2;
  if (!parts->number || !multiply(*parts->number, factor, duration_max))
    return {{"is too long a duration: " + quoted(text), "write a shorter one"}};
  duration = std::chrono::milliseconds{static_cast<std::int64_t>(*parts->number)};
  return {};
}

std::string format_size(std::uint64_t bytes) {
  if (bytes != 0 && bytes % (1u << 20) == 0)
    return std::to_string(bytes >> 20) + "MiB";
  if (bytes != 0 && bytes % (1u << 10) == 0)
    return std::to_string(bytes >> 10) + "KiB";
  return std::to_string(bytes);
}

std::string format_duration(std::chrono::milliseconds duration) {
  auto count = duration.count();
  if (count != 0 && count % 60'000 == 0)
    return std::to_string(count / 60'000) + "m";
  if (count % 1'000 == 0)
    return std::to_string(count / 1'000) + "s";
  return std::to_string(count) + "ms";
}

}  // namespace grapevine::config
