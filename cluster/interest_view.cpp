#include "cluster/interest_view.hpp"

#include "cluster/random.hpp"

#include <bit>

namespace grapevine::cluster {

unsigned interest_view::open() {
  const auto slot = static_cast<unsigned>(std::countr_one(open_));
  if (slot < slots) {
    open_ |= bit(slot);
    unknown_ |= bit(slot);
  }
  return slot;
}

void interest_view::close(unsigned slot) {
  if (!is_open(slot))
    return;
  sweep(slot);
  open_ &= ~bit(slot);
  unknown_ &= ~bit(slot);
}

void interest_view::begin(unsigned slot) {
  if (!is_open(slot))
    return;
  sweep(slot);
  unknown_ |= bit(slot);
}

void interest_view::apply(unsigned slot, std::span<const std::uint64_t> adds,
                          std::span<const std::uint64_t> removes) {
  if (!is_open(slot))
    return;
  for (const auto key : adds) {
    auto& wanted = masks_[key];
    if ((wanted & bit(slot)) != 0)
      continue;
    wanted |= bit(slot);
    ++counts_[slot];
    hashes_[slot] ^= mix(key);
  }
  for (const auto key : removes) {
    const auto found = masks_.find(key);
    if (found == masks_.end() || (found->second & bit(slot)) == 0)
      continue;
    found->second &= ~bit(slot);
    if (found->second == 0)
      masks_.erase(found);
    --counts_[slot];
    hashes_[slot] ^= mix(key);
  }
}

void interest_view::done(unsigned slot) {
  if (is_open(slot))
    unknown_ &= ~bit(slot);
}

interest_view::mask interest_view::targets(std::uint64_t key) const noexcept {
  return mask_of(key) | unknown_;
}

interest_view::mask interest_view::interested(std::uint64_t key) const noexcept {
  return mask_of(key);
}

bool interest_view::unknown(unsigned slot) const noexcept {
  return slot < slots && (unknown_ & bit(slot)) != 0;
}

std::uint64_t interest_view::count(unsigned slot) const noexcept {
  return slot < slots ? counts_[slot] : 0;
}

std::uint64_t interest_view::hash(unsigned slot) const noexcept {
  return slot < slots ? hashes_[slot] : 0;
}

std::size_t interest_view::size() const noexcept {
  return masks_.size();
}

interest_view::mask interest_view::mask_of(std::uint64_t key) const noexcept {
  const auto found = masks_.find(key);
  return found == masks_.end() ? 0 : found->second;
}

void interest_view::sweep(unsigned slot) {
  if (counts_[slot] == 0)
    return;
  boost::unordered::erase_if(masks_, [&](auto& entry) {
    entry.second &= ~bit(slot);
    return entry.second == 0;
  });
  counts_[slot] = 0;
  hashes_[slot] = 0;
}

}  // namespace grapevine::cluster
