#include "cluster/random.hpp"

namespace grapevine::cluster {

std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::uint64_t random_source::next() noexcept {
  state_ += 0x9e3779b97f4a7c15u;
  return mix(state_);
}

std::uint64_t random_source::below(std::uint64_t bound) noexcept {
  return bound == 0 ? 0 : next() % bound;
}

duration random_source::between(duration low, duration high) noexcept {
  if (high <= low)
    return low;
  const auto span = static_cast<std::uint64_t>((high - low).count()) + 1;
  return low + duration{static_cast<duration::rep>(below(span))};
}

bool random_source::chance(unsigned percent) noexcept {
  return below(100) < percent;
}

}  // namespace grapevine::cluster
