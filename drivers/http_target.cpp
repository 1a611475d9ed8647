#include "drivers/http_target.hpp"

#include <algorithm>
#include <charconv>

namespace grapevine::drivers {

namespace {

using namespace std::chrono_literals;

/// Seconds; a date is not honoured.
std::optional<std::chrono::milliseconds> delay_of(std::string_view retry_after) {
  constexpr std::chrono::milliseconds longest = 60s;
  unsigned seconds = 0;
  const auto* last = retry_after.data() + retry_after.size();
  const auto [end, error] = std::from_chars(retry_after.data(), last, seconds);
  if (retry_after.empty() || error != std::errc{} || end != last)
    return std::nullopt;
  return std::min(longest, std::chrono::milliseconds{std::chrono::seconds{seconds}});
}

judgement::kind kind_of(unsigned status) {
  if (status >= 200 && status < 300)
    return judgement::kind::done;
  if (status == 401 || status == 403)
    return judgement::kind::halt;
  if (status == 429 || status == 503)
    return judgement::kind::retry;
  return status >= 500 ? judgement::kind::overload : judgement::kind::refuse;
}

}  // namespace

std::string shown_text(std::string_view text) {
  constexpr std::size_t shown_max = 200;
  std::string result{text.substr(0, shown_max)};
  std::replace_if(
      result.begin(), result.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return result;
}

judgement judge_status(unsigned status, std::string_view retry_after, std::string_view detail) {
  judgement result{kind_of(status), {}, {}};
  if (result.what == judgement::kind::done)
    return result;
  result.why = "it answers " + std::to_string(status);
  if (!detail.empty())
    result.why += ": " + shown_text(detail);
  if (result.what == judgement::kind::retry || result.what == judgement::kind::overload)
    result.after = delay_of(retry_after);
  return result;
}

judgement judge_failure(const net::request_failure& failure) {
  // An answer that cannot be read came from a server that has decided: it fails again.
  const auto what = failure.what == net::request_failure::kind::too_large
                        ? judgement::kind::overload
                        : judgement::kind::retry;
  return {what, failure.why, {}};
}

}  // namespace grapevine::drivers
