#pragma once

#include "cluster/rosters/remote_roster.hpp"
#include "cluster/rosters/roster_replica.hpp"
#include "cluster/wire/frame_sink.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// Replicates who is in presence channels (cluster.md section 5): this node's part of each goes to
/// the peers that want the channel, and theirs come in while this node wants it.
///
/// A channel is kept while this node wants it or has a part in it. Channels with the same key are
/// told apart by their names. Frames of others are given with the channel as this node numbers it.
class roster_exchange {
public:
  explicit roster_exchange(frame_sink& to_peers);

  // -- the own part

  /// A peer that wants the channel. While it is heard of but not acknowledged, it takes no delta
  /// that starts a part: it would ignore that one, and take the acknowledgement for "there is no
  /// part".
  struct follower {
    epoch_t peer = 0;
    bool acknowledged = false;
    std::uint64_t heard = 0;  ///< version of its interest log of which some is known
  };
  void join(const channel_ref&, std::uint64_t key, const roster_element&,
            const std::vector<follower>&);
  /// False if the user was not in: nothing was sent.
  bool leave(const channel_ref&, std::uint64_t key, const std::string& user_id, bool moving,
             const std::vector<follower>&);
  /// The own parts of all channels with that key, for a peer whose interest log up to `answers`
  /// asks for them. False if there are none.
  bool send_parts(epoch_t to, std::uint64_t key, std::uint64_t answers);
  /// All own parts of channels that the peer wants, and that these are all. False if there are
  /// none.
  bool send_all(epoch_t to, const std::function<bool(std::uint64_t key)>& wants,
                std::uint64_t answers);
  /// XOR over the own parts that the peer wants of `mix(key ^ mix(version))`.
  std::uint64_t own_hash(const std::function<bool(std::uint64_t key)>& wants) const;

  // -- the parts of others

  /// The channel is wanted since `version` of this node's interest log.
  void want(const channel_ref&, std::uint64_t key, std::uint64_t version);
  /// The key is not wanted any more: what others said about it is out of date from here on.
  void forget(std::uint64_t key);
  /// Everybody else in the channel, by node.
  std::vector<roster_change> others(const channel_ref&, std::uint64_t key) const;

  /// `acked`: how far the peer has acknowledged this node's interest log.
  std::optional<remote_roster> on_delta(epoch_t from, const channel_ref&, const roster_delta_frame&,
                                        std::uint64_t acked);
  std::optional<remote_roster> on_snapshot(epoch_t from, const channel_ref&,
                                           const roster_snapshot_frame&);
  std::vector<remote_roster> on_done(epoch_t from, const roster_done_frame&);
  /// What the peer says are its parts that this node wants: asks for them if others are held.
  void on_digest(epoch_t from, std::uint64_t roster_hash);

  /// The peer sends all of its parts again.
  void restart_peer(epoch_t);
  /// Its parts are gone. `ago`: when it was last heard.
  std::vector<remote_roster> drop_peer(epoch_t, roster_cause, duration ago);

  /// How often parts had to be asked for because something was missing.
  std::uint64_t repairs() const noexcept {
    return repairs_;
  }

private:
  struct presence_channel {
    channel_ref channel;
    std::uint64_t key = 0;
    roster_replica roster;
    /// The version of this node's interest log in which the channel was wanted; 0: it is not.
    std::uint64_t wanted = 0;
  };

  presence_channel* find(const channel_ref&, std::uint64_t key);
  presence_channel& find_or_add(const channel_ref&, std::uint64_t key);
  presence_channel* find_wanted(const channel_ref&, std::uint64_t key);
  void tidy(std::uint64_t key);
  void share(const presence_channel&, roster_delta_frame, const std::vector<follower>&);
  void send_part(epoch_t to, const presence_channel&, std::uint64_t answers);
  void request(epoch_t from);
  std::uint64_t held_hash(epoch_t of) const;
  template <class Change>
  std::vector<remote_roster> change_all(roster_cause, duration ago, Change);

  frame_sink& to_peers_;
  std::map<std::uint64_t, std::vector<presence_channel>> channels_;  ///< by key
  std::set<epoch_t> requested_;  ///< peers asked for all of their parts, which have not come yet
  std::uint64_t version_ = 0;    ///< of the last change of an own part
  std::uint64_t repairs_ = 0;
};

}  // namespace grapevine::cluster
