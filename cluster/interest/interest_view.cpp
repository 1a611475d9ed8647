#include "cluster/interest/interest_view.hpp"

#include "cluster/random.hpp"

#include <algorithm>

namespace grapevine::cluster {

unsigned interest_view::open() {
  unsigned slot = 0;
  while (slot < slots && open_[slot])
    ++slot;
  if (slot < slots) {
    open_.set(slot);
    unknown_.set(slot);
  }
  return slot;
}

void interest_view::close(unsigned slot) {
  if (!is_open(slot))
    return;
  sweep(slot);
  open_.reset(slot);
  unknown_.reset(slot);
}

void interest_view::begin(unsigned slot) {
  if (!is_open(slot))
    return;
  sweep(slot);
  unknown_.set(slot);
}

void interest_view::apply(unsigned slot, std::span<const std::uint64_t> adds,
                          std::span<const std::uint64_t> removes) {
  if (!is_open(slot))
    return;
  auto& masks = table_of(slot);
  for (const auto key : adds) {
    auto& peers = masks[key];
    if ((peers & bit(slot)) != 0)
      continue;
    if (peers == 0 && !in_another(masks, key))
      ++keys_;
    peers |= bit(slot);
    ++counts_[slot];
    hashes_[slot] ^= mix(key);
  }
  for (const auto key : removes) {
    const auto found = masks.find(key);
    if (found == masks.end() || (found->second & bit(slot)) == 0)
      continue;
    found->second &= ~bit(slot);
    if (found->second == 0) {
      masks.erase(found);
      if (!in_another(masks, key))
        --keys_;
    }
    --counts_[slot];
    hashes_[slot] ^= mix(key);
  }
}

void interest_view::done(unsigned slot) {
  if (is_open(slot))
    unknown_.reset(slot);
}

interest_view::mask interest_view::targets(std::uint64_t key) const noexcept {
  return interested(key) | unknown_;
}

interest_view::mask interest_view::interested(std::uint64_t key) const noexcept {
  mask peers;
  for (unsigned n = 0; n < tables_.size(); ++n)
    if (const auto& masks = tables_[n]; !masks.empty())
      if (const auto found = masks.find(key); found != masks.end())
        peers |= mask{found->second} << std::size_t{n} * word_bits;
  return peers;
}

bool interest_view::unknown(unsigned slot) const noexcept {
  return slot < slots && unknown_[slot];
}

std::uint64_t interest_view::count(unsigned slot) const noexcept {
  return slot < slots ? counts_[slot] : 0;
}

std::uint64_t interest_view::hash(unsigned slot) const noexcept {
  return slot < slots ? hashes_[slot] : 0;
}

std::size_t interest_view::size() const noexcept {
  return keys_;
}

bool interest_view::in_another(const table& one, std::uint64_t key) const noexcept {
  return std::ranges::any_of(
      tables_, [&](const table& each) { return &each != &one && each.contains(key); });
}

void interest_view::sweep(unsigned slot) {
  if (counts_[slot] == 0)
    return;
  auto& masks = table_of(slot);
  boost::unordered::erase_if(masks, [&](auto& entry) {
    entry.second &= ~bit(slot);
    if (entry.second == 0 && !in_another(masks, entry.first))
      --keys_;
    return entry.second == 0;
  });
  counts_[slot] = 0;
  hashes_[slot] = 0;
}

}  // namespace grapevine::cluster
