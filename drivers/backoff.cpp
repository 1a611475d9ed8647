#include "drivers/backoff.hpp"

#include <algorithm>

namespace grapevine::drivers {

backoff::duration backoff::next() noexcept {
  constexpr unsigned doublings_max = 20;
  const auto whole = std::min(max_, min_ * (1 << std::min(failures_, doublings_max)));
  failures_ = std::min(failures_ + 1, doublings_max);
  random_ += 0x9E3779B97F4A7C15u;
  auto bits = random_;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
  bits ^= bits >> 31;
  const auto half = static_cast<std::uint64_t>(whole.count() / 2);
  return whole - duration{bits % (half + 1)};
}

}  // namespace grapevine::drivers
