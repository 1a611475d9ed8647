#pragma once

#include "cluster/wire/frames.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// An element is shared by everybody who holds it.
using shared_element = std::shared_ptr<const roster_element>;

/// The users of one part, by user_id.
using roster_elements = std::map<std::string, shared_element>;

/// What changed in one node's part of a roster. A user is in one of the lists only, once. He may be
/// in `joins` although he was there: then his info or time is a new one.
struct roster_change {
  epoch_t node = 0;
  std::vector<shared_element> joins;
  std::vector<roster_leave> leaves;
  bool empty() const noexcept {
    return joins.empty() && leaves.empty();
  }
};

/// Another node's part of one roster, followed through that node's stream (cluster.md section 5).
///
/// Its states:
/// - awaiting: a snapshot makes it live, an acknowledgement without one live and empty. Deltas are
///   ignored until acknowledged, then they start from empty.
/// - restarted: a snapshot makes it live; without one it is empty when all has been sent again.
///   Only a delta that starts from empty is taken before.
/// - live: deltas continue by version.
///
/// What was there before `await` or `restart` stays in `elements` until the answer, and only the
/// difference comes out. A new part awaits and is empty, so an absent part is the same as a blank
/// one. In all changes `node` is left to the caller.
class roster_part {
public:
  /// Bytes of strings in one snapshot; a larger one is refused as a gap.
  static constexpr std::size_t snapshot_bytes_max = 16u << 20;

  enum class outcome : std::uint8_t {
    applied,
    ignored,  ///< old, or not answering the current want
    gap,      ///< does not continue what we have: ask for a snapshot
  };
  struct result {
    outcome what = outcome::ignored;
    roster_change change;
  };

  /// `acknowledged`: the node has acknowledged the want for this channel, so this delta is behind
  /// the snapshot, if there was anything to put into one. In a delta leaves come before joins.
  result on_delta(const roster_delta_frame&, bool acknowledged);
  /// Of a snapshot that answers the want. Its frames follow each other without another frame of
  /// the channel in between; all but the last are `applied` without a change.
  result on_snapshot(const roster_snapshot_frame&);

  void await();
  void restart();
  /// The want is acknowledged. No effect on a restarted part: its snapshot may be still to come.
  roster_change acknowledge();
  /// The node has sent everything again; `answered`: for the current want too.
  roster_change settle(bool answered);

  const roster_elements& elements() const noexcept {
    return elements_;
  }
  /// 0 unless live with elements.
  std::uint64_t version() const noexcept {
    return version_;
  }
  /// Need not be kept.
  bool blank() const noexcept {
    return state_ == state::awaiting && elements_.empty() && !collecting_;
  }

private:
  enum class state : std::uint8_t { awaiting, restarted, live };

  result gap();
  void stop_collecting();
  void become_live(std::uint64_t version);
  roster_change replace(roster_elements);

  state state_ = state::awaiting;
  std::uint64_t version_ = 0;
  roster_elements elements_;

  bool collecting_ = false;  ///< a snapshot has begun and its last frame is to come
  bool refused_ = false;     ///< that snapshot is too large: its rest is ignored
  std::uint64_t collected_version_ = 0;
  std::size_t collected_bytes_ = 0;
  roster_elements collected_;
};

}  // namespace grapevine::cluster
