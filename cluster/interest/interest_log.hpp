#pragma once

#include "cluster/random.hpp"
#include "cluster/wire/frames.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <vector>

namespace grapevine::cluster {

/// Which channels this node wants, as a log that its peers follow (cluster.md section 4).
///
/// A key is wanted while at least one local channel wants it (two channels may share a hash). With
/// the last the key lingers: a return in that time costs nobody anything. Every change of the set
/// raises the version by one, from 1 in each epoch: an addition when it is made, a removal when it
/// is flushed. So a key that comes back before the flush was never gone: it keeps its version, and
/// what is held for it (parts of rosters) stays right.
///
/// State held for a key is to be dropped in two places, and in no others: for the keys that `tick`
/// returns and for the `removes` of each delta.
///
/// `version`, `count`, `hash`, `keys` and `announced` describe the log as of the last `flush`: what
/// a peer holds that has applied every frame up to here. They may go into a digest or a snapshot at
/// any time.
class interest_log {
public:
  /// Keys in one delta at most, far enough below the frame's bound.
  static constexpr std::size_t delta_keys_max = 65'536;

  /// `linger`: how long a key stays wanted after its last channel, jittered by a quarter either
  /// way.
  interest_log(duration linger, std::uint64_t seed);

  /// One more channel wants `key`. Returns the version in which the key was added: peers that have
  /// acknowledged it send us its events. One that `version` has reached is an old one: the key was
  /// never gone, and no part of a roster is to be awaited again.
  std::uint64_t want(std::uint64_t key);
  /// One channel less wants it. Nothing for a key that no channel wants.
  void unwant(std::uint64_t key, time_point now);
  /// Ends what has lingered long enough; the next `flush` removes it. Returns the keys that are
  /// gone at once because no delta has named them yet, oldest deadline first.
  std::vector<std::uint64_t> tick(time_point now);

  /// What changed since the last call as one frame, the same for all peers; nothing if nothing did.
  /// To be called until it gives nothing: a long list comes in several frames. Keys that came and
  /// went, or went and came back, are in neither list.
  std::optional<interest_delta_frame> flush();

  /// Whether the key is wanted now: not yet flushed, lingering and ended keys included.
  bool contains(std::uint64_t key) const;
  /// Whether a delta has added the key and none has removed it. The chunks of a snapshot are to be
  /// filtered by this as they are sent: any other key in them could stay with the peer for ever.
  bool announced(std::uint64_t key) const;
  std::uint64_t version() const noexcept {
    return flushed_;
  }
  std::uint64_t count() const noexcept {
    return count_;
  }
  /// XOR over the keys of `mix(key)`.
  std::uint64_t hash() const noexcept {
    return hash_;
  }
  /// All announced keys, sorted, for a snapshot. Lingering ones included.
  std::vector<std::uint64_t> keys() const;

  // -- for its model in tests, which follows every key

  /// The version in which a wanted key was added, above `version` until it is flushed; 0 if it is
  /// not wanted.
  std::uint64_t version_of(std::uint64_t key) const;

private:
  struct entry {
    std::uint64_t version = 0;
    std::uint32_t channels = 0;
    bool queued = false;  ///< has its one item in `lingering_`
    bool ended = false;   ///< stands in `ended_` and has not come back since
    time_point until{};   ///< while it lingers
  };
  struct addition {
    std::uint64_t key;
    std::uint64_t version;
  };
  struct deadline {
    time_point at;
    std::uint64_t key;
    auto operator<=>(const deadline&) const = default;
  };

  duration linger_;
  random_source random_;
  boost::unordered_flat_map<std::uint64_t, entry> entries_;
  /// At most one item per key, so churn cannot make it grow; one that comes due too early (the key
  /// came back meanwhile) is put back or forgotten.
  std::priority_queue<deadline, std::vector<deadline>, std::greater<>> lingering_;
  std::deque<addition> added_;       ///< since the last flush, by version; some have gone again
  std::deque<std::uint64_t> ended_;  ///< to be removed by the next flush; some have come back
  std::uint64_t made_ = 0;           ///< the last version given to a change
  std::uint64_t flushed_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t hash_ = 0;
};

}  // namespace grapevine::cluster
