#pragma once

#include "cluster/rosters/roster_part.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// One presence channel as this node replicates it: a part per node, each with one writer, so that
/// merging is per part "the higher version wins" (cluster.md section 5). Needs no tombstones: a
/// part's changes arrive in order, each naming the version it starts from.
///
/// A remote part is *awaiting* from the moment its channel is wanted (or its node's stream was
/// restarted) until a snapshot that answers that want, then *live*. What a restarted stream left
/// behind stays visible until the snapshot, which is diffed against it. Until the first `await`
/// nothing of others is taken.
class roster_replica {
public:
  using outcome = roster_part::outcome;
  using result = roster_part::result;

  // -- the own part; versions are drawn by the caller, ascending over all channels of the node

  /// Adds or replaces a user. Returns the delta for the peers (key, app and channel unset). A peer
  /// whose want is applied but not acknowledged yet ignores deltas: if this one starts from 0, that
  /// peer had no snapshot either and is to be sent `snapshot` instead.
  roster_delta_frame join(const roster_element&, std::uint64_t version);
  /// Nothing if the user is not in the part.
  std::optional<roster_delta_frame> leave(const std::string& user_id, bool moving,
                                          std::uint64_t version);
  std::uint64_t own_version() const noexcept;  ///< 0 when the part is empty
  /// The own part for a peer whose interest log up to `answers` asks for it, in frames with about
  /// `bytes` of strings and numbers each, to be sent with no other frame of the channel in between
  /// (key, app and channel unset). No frame for an empty part.
  std::vector<roster_snapshot_frame> snapshot(std::uint64_t answers,
                                              std::size_t bytes = 192u << 10) const;

  // -- the parts of others

  /// The channel is wanted since version `v` of our interest log: every part awaits a snapshot that
  /// answers v or later. Parts there are stay visible.
  void await(std::uint64_t v);
  /// `acked`: how far that node has acknowledged our interest log; an acknowledged want without a
  /// snapshot means an empty part.
  result on_delta(epoch_t from, const roster_delta_frame&, std::uint64_t acked);
  /// Frames of one snapshot are collected until `last`.
  result on_snapshot(epoch_t from, const roster_snapshot_frame&);
  /// That node sends everything again, from this place of its stream on: its part awaits, and stays
  /// visible. Acknowledgements do not end that; a snapshot or `settle` does.
  void restart(epoch_t node);
  /// That node has sent everything it has for wants up to `answers`: an awaiting part of an older
  /// want is gone.
  roster_change settle(epoch_t node, std::uint64_t answers);
  /// The part is gone at once; `change.leaves` are the users it had.
  roster_change drop(epoch_t node);
  /// All remote parts are forgotten, without a change to report: the channel is not wanted any
  /// more.
  void forget_others();

  /// Live or visible: (node, elements), remote parts only, ordered by epoch.
  std::vector<roster_change> others() const;
  /// Version of a live remote part, 0 when empty, absent or awaiting.
  std::uint64_t version_of(epoch_t node) const noexcept;

  // -- for tests, which take the steps of `on_delta` one by one and look at both ends

  const roster_elements& own() const noexcept;
  /// That node has acknowledged our interest log up to `acked`: a part that still awaits a want of
  /// up to that is empty.
  roster_change acknowledge(epoch_t node, std::uint64_t acked);
  /// No element in any part, and nothing to be remembered about one.
  bool empty() const noexcept;

private:
  template <class Step>
  auto at_part(epoch_t node, Step step);

  std::uint64_t own_version_ = 0;
  roster_elements own_;
  std::uint64_t want_ = UINT64_MAX;
  std::map<epoch_t, roster_part> others_;
};

}  // namespace grapevine::cluster
