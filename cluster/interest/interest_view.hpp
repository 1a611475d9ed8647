#pragma once

#include "cluster/wire/frames.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>

namespace grapevine::cluster {

/// Which peers want which channels: a bit per peer, in one table for each 64 of them (cluster.md
/// section 4). A peer has a slot, the lowest that is free, while it is known; so a cluster of up to
/// 65 nodes has one table, and a larger one pays for its size alone.
///
/// A slot is *unknown* until its first snapshot is complete: then its peer counts as wanting
/// everything, because sending too much loses nothing. Closed slots (dead peers) get nothing.
class interest_view {
public:
  static constexpr unsigned slots = 256;
  using mask = std::bitset<slots>;  ///< by slot

  /// Takes a free slot: unknown and open. `slots` when none is free.
  unsigned open();
  /// Frees the slot; all its bits are gone, for one pass over the table (milliseconds per million
  /// keys) if it had any.
  void close(unsigned slot);

  /// The peer starts over: its bits are gone, it is unknown until `done`.
  void begin(unsigned slot);
  /// Adds and removes keys of a peer; order inside one call: adds first. Repeats are harmless, and
  /// so are calls for a slot that is not open: they do nothing.
  void apply(unsigned slot, std::span<const std::uint64_t> adds,
             std::span<const std::uint64_t> removes);
  /// The snapshot is complete: the peer wants what its bits say and nothing else.
  void done(unsigned slot);

  /// The peers that an event of this channel goes to.
  mask targets(std::uint64_t key) const noexcept;
  /// The peers that are known to want it, from a snapshot that is still arriving too.
  mask interested(std::uint64_t key) const noexcept;
  bool unknown(unsigned slot) const noexcept;

  /// What the slot holds, to be compared with the peer's own `interest_log`.
  std::uint64_t count(unsigned slot) const noexcept;
  std::uint64_t hash(unsigned slot) const noexcept;
  /// Keys with at least one peer.
  std::size_t size() const noexcept;

private:
  /// Keys are hashes already, but within a shard their low bits may be all equal; the map's default
  /// spreads them again, for a multiplication. No word is 0 and none has the bit of a free slot.
  using table = boost::unordered_flat_map<std::uint64_t, std::uint64_t>;
  static constexpr unsigned word_bits = 64;

  static std::uint64_t bit(unsigned slot) noexcept {
    return std::uint64_t{1} << slot % word_bits;
  }
  table& table_of(unsigned slot) noexcept {
    return tables_[slot / word_bits];
  }
  bool is_open(unsigned slot) const noexcept {
    return slot < slots && open_[slot];
  }
  bool in_another(const table&, std::uint64_t key) const noexcept;
  void sweep(unsigned slot);

  std::array<table, slots / word_bits> tables_;
  std::size_t keys_ = 0;
  mask open_;
  mask unknown_;
  std::array<std::uint64_t, slots> counts_{};
  std::array<std::uint64_t, slots> hashes_{};
};

}  // namespace grapevine::cluster
