#pragma once

#include "cluster/membership/health.hpp"
#include "cluster/membership/indirect_probes.hpp"
#include "cluster/membership/member_table.hpp"
#include "cluster/membership/membership_effects.hpp"
#include "cluster/membership/rumour_queue.hpp"

#include <set>

namespace grapevine::cluster {

/// What `membership::admit` says about a node that has proved its identity.
struct admission_verdict {
  enum class kind : std::uint8_t {
    welcome,
    stale_epoch,  ///< refuse; a newer run of that name is known, or this one has left: `seen`
    /// Refuse; our own name, one epoch under two names, or the name of a node that lives at another
    /// address.
    name_conflict,
  };
  kind outcome = kind::welcome;
  epoch_t seen = 0;
};

/// Who is in the cluster and alive: SWIM (Das, Gupta & Motivala 2002) with Lifeguard's additions
/// (Dadgar, Phillips & Currey 2017), over the links to the peers instead of datagrams; cluster.md
/// section 3 has the rules and their reasons.
///
///   alive --(own probe fails, link lost, rumour)--> suspect --(timeout)--> dead
///     ^---(refutation: higher incarnation)------------'                     |
///     ^---(the same, after a pause or partition)----------------------------'
///   any --(the member says so)--> left, final for its epoch;  any --(higher epoch of the name)-->
///   superseded
///
/// Pure: the caller gives time and bytes in and carries the effects out, in their order. `tick` is
/// to be called every `tick_interval`; if it is not, this node was stopped and takes nobody's
/// silence in that time for death.
class membership {
public:
  membership(node_info self, const membership_settings&, std::uint64_t seed, time_point now);

  membership_effects tick(time_point now);
  /// A membership frame from a linked peer. Implies `on_bytes`.
  membership_effects on_frame(epoch_t from, const swim_frame&, time_point now);
  /// Any bytes from a linked peer: it lives.
  membership_effects on_bytes(epoch_t from, time_point now);

  /// Bytes from a member without a link, through another node, which so vouches for it.
  membership_effects on_relayed_bytes(epoch_t from, epoch_t via, time_point now);
  /// True when others have heard the linked member for that long and we have not: the link is
  /// silent towards us, whatever it takes.
  bool only_vouched_for(epoch_t peer, duration) const;

  /// May this node have a link? To be asked before `on_link_up`.
  admission_verdict admit(const node_info& peer, time_point now) const;
  membership_effects on_link_up(const node_info& peer, time_point now);
  /// The last connection to the peer is gone; `said_bye`: closed in words, so nothing is wrong with
  /// it.
  membership_effects on_link_lost(epoch_t peer, bool said_bye, time_point now);
  /// A dial to that member did not lead to a link.
  membership_effects on_link_refused(epoch_t expected, time_point now);
  /// The link is up, but bytes sent over it are not received; see `peer_session::check`.
  membership_effects on_link_stalled(epoch_t peer, time_point now);

  /// Takes a higher epoch: one that others know of an earlier run, when the wall clock went back.
  void renew(epoch_t);
  /// Announces new flags under a new incarnation.
  membership_effects set_flags(std::uint8_t flags, time_point now);
  /// Says goodbye to everybody linked; `left_effect` follows within `leave_timeout`.
  membership_effects leave(time_point now);

  const node_info& self() const noexcept {
    return self_;
  }
  const member_table& members() const noexcept {
    return members_;
  }
  /// True for this node's own address and those of members that serve.
  bool knows(const base::endpoint&) const;
  /// Equal on two nodes that agree on who is there, in which epoch and incarnation.
  std::uint64_t view_hash() const;

private:
  struct leaving {
    time_point until;
    std::uint64_t nonce;  ///< of the goodbye
    std::set<epoch_t> waiting_for;
  };
  struct seed_dial {
    base::endpoint address;
    time_point next;
    duration backoff;
  };

  // membership.cpp: links and time
  membership_effects done();
  void notice_pause(time_point now);
  void postpone_all(duration by);
  void notice_health(unsigned before);
  void worsen_health(unsigned by);
  void hear(member&, time_point now);
  void redial_and_forget(time_point now);
  void dial_seeds(time_point now);
  void drop_link(member&, bye_reason);
  void finish_leaving(time_point now);
  bool redials(const base::endpoint&) const;

  // membership_rumours.cpp: what is said, and what it changes
  void apply(const rumour&, time_point now);
  void apply_all(const std::vector<rumour>&, time_point now);
  void meet(const rumour&, time_point now);
  void introduce(const rumour&, time_point now);
  void supersede(member&, const rumour&, time_point now);
  void apply_alive(member&, const rumour&, time_point now);
  void apply_suspect(member&, const rumour&, time_point now);
  void apply_dead(member&, const rumour&, time_point now);
  void hear_about_self(const rumour&);
  void enter(member&, member_state, time_point now);
  void accuse(member&, const rumour&, time_point now);
  void refuse_verdict(member&, const rumour&, time_point now);
  bool fresh(const member&, time_point now) const;
  rumour about_self() const;
  std::vector<rumour> everything(time_point now) const;
  void announce_self();
  std::vector<rumour> piggyback();
  void gossip(time_point now);
  void push_pull(time_point now);
  void offer_view();
  void compare_view(epoch_t with, std::uint64_t view, time_point now);
  void send(epoch_t to, swim_frame);

  // membership_probes.cpp: asking, and concluding from silence
  void probe_due_members(time_point now);
  void choose_probe_sample(time_point now);
  void advance_probe(member&, time_point now);
  void start_probe(member&, time_point now);
  void ask_relays(member&, time_point now);
  void fail_probe(member&, time_point now);
  void suspect(member&, time_point now);
  void expire_suspicion(member&, time_point now);
  void on_probe(epoch_t from, const probe_frame&, time_point now);
  void on_ack(epoch_t from, const probe_ack_frame&, time_point now);
  void on_nack(epoch_t from, const probe_nack_frame&);
  void on_probe_request(epoch_t from, const probe_req_frame&, time_point now);
  std::vector<epoch_t> linked_peers() const;
  std::vector<epoch_t> choose(std::vector<epoch_t> from, std::size_t count);

  node_info self_;
  membership_settings settings_;
  random_source random_;
  member_table members_;
  rumour_queue rumours_;
  indirect_probes relays_;
  health health_;
  membership_effects out_;

  time_point last_tick_;
  time_point quiet_until_{};  ///< after an own pause: no verdict before
  time_point period_end_;
  time_point next_gossip_;
  time_point next_push_pull_;
  time_point next_repair_;
  std::vector<seed_dial> seeds_;
  std::set<epoch_t> probe_sample_;    ///< only used above `probe_all_max`
  std::vector<epoch_t> probe_round_;  ///< shuffled, used from the back
  time_point next_sample_{};
  std::optional<leaving> leaving_;
};

}  // namespace grapevine::cluster
