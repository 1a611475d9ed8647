#pragma once

#include "cluster/frames.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// An element is shared by everybody who holds it.
using shared_element = std::shared_ptr<const roster_element>;

/// What changed in one node's part of a roster. A user may be in `joins` although he was there:
/// then his info or time is a new one.
struct roster_change {
  epoch_t node = 0;
  std::vector<shared_element> joins;
  std::vector<roster_leave> leaves;
  bool empty() const noexcept {
    return joins.empty() && leaves.empty();
  }
};

/// One presence channel as this node replicates it: a part per node, each with one writer, so that
/// merging is per part "the higher version wins" (cluster.md section 5). Needs no tombstones: a
/// part's changes arrive in order, each naming the version it starts from.
///
/// A remote part is *awaiting* from the moment its channel is wanted (or its node's stream was
/// restarted) until a snapshot that answers that wish, then *live*. What a restarted stream left
/// behind stays visible until the snapshot, which is diffed against it.
class roster_replica {
public:
  // -- the own part; versions are drawn by the caller, ascending over all channels of the node

  /// Adds or replaces a user. Returns the delta for the peers (key, app and channel unset).
  roster_delta_frame join(const roster_element&, std::uint64_t version);
  /// Nothing if the user is not in the part.
  std::optional<roster_delta_frame> leave(const std::string& user_id, bool moving,
                                          std::uint64_t version);
  const std::map<std::string, shared_element>& own() const noexcept;
  std::uint64_t own_version() const noexcept;  ///< 0 when the part is empty

  // -- the parts of others

  /// The channel is wanted since version `v` of our interest log: every part awaits a snapshot that
  /// answers v or later. Parts there are stay visible.
  void await(std::uint64_t v);
  /// `acked`: how far that node has acknowledged our interest log; an acknowledged wish without a
  /// snapshot means an empty part.
  enum class outcome : std::uint8_t {
    applied,
    ignored,  ///< old, or not answering the current wish
    gap,      ///< does not continue what we have: ask for a snapshot
  };
  struct result {
    outcome what = outcome::ignored;
    roster_change change;
  };
  result on_delta(epoch_t from, const roster_delta_frame&, std::uint64_t acked);
  /// Frames of one snapshot are collected until `last`.
  result on_snapshot(epoch_t from, const roster_snapshot_frame&);
  /// That node sends everything again: its part awaits, and stays visible.
  void restart(epoch_t node);
  /// That node has sent everything it has for wishes up to `answers`: an awaiting part of an older
  /// wish is gone.
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
  /// No part at all.
  bool empty() const noexcept;

private:
  struct part {
    std::uint64_t version = 0;
    bool live = false;
    std::map<std::string, shared_element> elements;
    std::vector<roster_element> arriving;  ///< of a snapshot in several frames
  };
  // the rest is the implementation's
};

}  // namespace grapevine::cluster
