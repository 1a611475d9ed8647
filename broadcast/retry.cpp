#include "broadcast/retry.hpp"

#include <algorithm>

namespace grapevine::broadcasting {

bool may_pass(broadcast_errc code) noexcept {
  switch (code) {
  case broadcast_errc::unreachable:
  case broadcast_errc::timed_out:
  case broadcast_errc::overloaded:
  case broadcast_errc::queue_full:
  case broadcast_errc::failed:
    return true;
  default:
    return false;
  }
}

std::optional<std::chrono::milliseconds> retry_after(const retry_settings& with, unsigned attempts,
                                                     broadcast_errc why, std::uint64_t random) {
  if (!may_pass(why) || (with.attempts_max > 0 && attempts >= with.attempts_max))
    return std::nullopt;
  const auto longest = std::max<std::int64_t>(with.delay_max.count(), 0);
  auto delay = std::clamp<std::int64_t>(with.first_delay.count(), 0, longest);
  for (unsigned i = 1; i < attempts && delay < longest && delay > 0; ++i)
    delay = delay > longest / 2 ? longest : delay * 2;
  // Half of it at random, so that many that failed together do not come back together.
  const auto spread = static_cast<std::uint64_t>(delay / 2) + 1;
  return std::chrono::milliseconds{delay - static_cast<std::int64_t>(random % spread)};
}

}  // namespace grapevine::broadcasting
