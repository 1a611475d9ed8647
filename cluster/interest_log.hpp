#pragma once

#include "cluster/frames.hpp"
#include "cluster/random.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace grapevine::cluster {

/// Which channels this node wants, as a log that its peers follow (cluster.md section 4).
///
/// A key is wanted while at least one local channel wants it (two channels may share a hash). With
/// the last the key lingers: a return in that time costs nobody anything. Every change of the set
/// raises `version` by one, from 1 in each epoch.
class interest_log {
public:
  /// `linger`: how long a key stays wanted after its last channel, jittered by a quarter either
  /// way.
  interest_log(duration linger, std::uint64_t seed);

  /// One more channel wants `key`. Returns the version in which the key was added: peers that have
  /// acknowledged it send us its events.
  std::uint64_t want(std::uint64_t key);
  /// One channel less wants it.
  void unwant(std::uint64_t key, time_point now);
  /// Ends what has lingered long enough. Returns the removed keys: state held for them is to be
  /// dropped now.
  std::vector<std::uint64_t> tick(time_point now);

  /// Everything since the last call as one frame, the same for all peers; nothing if nothing
  /// changed. Keys that were added and removed meanwhile are in neither list.
  std::optional<interest_delta_frame> flush();

  bool contains(std::uint64_t key) const;
  /// The version in which a wanted key was added; 0 if it is not wanted.
  std::uint64_t version_of(std::uint64_t key) const;
  std::uint64_t version() const noexcept;
  std::uint64_t count() const noexcept;
  /// XOR over the keys of `mix(key)`.
  std::uint64_t hash() const noexcept;
  /// All keys, sorted, for a snapshot. Lingering ones included.
  std::vector<std::uint64_t> keys() const;

private:
  struct entry;
  // to be chosen by the implementation
};

}  // namespace grapevine::cluster
