#pragma once

#include "cluster/membership/membership.hpp"
#include "sim_network.hpp"
#include "sim_trace.hpp"

#include <functional>
#include <map>
#include <string>

namespace grapevine::cluster::sim {

/// Where host `id` listens: the port tells them apart.
base::endpoint address_of(host_id);
/// "n1" for host 0. Restarts keep it.
std::string name_of(host_id);

/// One run of a node that does nothing but membership: what the shell around `membership` is in the
/// real program. It dials, shakes hands, chooses between two connections to the same peer, and
/// carries the effects out.
class sim_node final : public sim_process {
public:
  struct observer {
    std::function<void(sim_node&, const changed_effect&)> changed;
    std::function<void(sim_node&)> left;
  };

  /// Joins the network at `host`, as if its process had just been started.
  sim_node(host_id, epoch_t, const membership_settings&, std::uint64_t seed, sim_clock&,
           sim_network&, const sim_trace&, observer);

  host_id host() const noexcept {
    return host_;
  }
  epoch_t epoch() const noexcept {
    return membership_.self().epoch;
  }
  const membership& view() const noexcept {
    return membership_;
  }
  bool linked(epoch_t peer) const {
    return links_.contains(peer);
  }

  /// The process was killed: none of its timers fires any more.
  void end() noexcept {
    *alive_ = false;
  }
  void leave();
  /// Bytes sent to that peer are not received, as a session would find.
  void stalled(epoch_t peer);

  void accepted(connection_id) override;
  void connected(connection_id) override;
  void refused(connection_id) override;
  void received(connection_id, const std::any&) override;
  void closed(connection_id) override;

private:
  enum class phase : std::uint8_t { connecting, proving, link };
  struct connection {
    bool dialled_by_us = false;
    epoch_t expected = 0;
    phase state = phase::proving;
    epoch_t peer = 0;  ///< known in phase `link`
    bool said_bye = false;
  };
  struct link {
    connection_id id;
    bool dialled_by_us;
    time_point since;
  };

  void tick();
  void perform(const membership_effects&);
  void dial(const dial_effect&);
  void drop(const drop_link_effect&);
  void give_up(connection_id);
  void refuse(connection_id, bye_frame);
  void on_proof(connection_id, const proof_frame&);
  void on_bye(connection_id, const bye_frame&);
  void exit();

  host_id host_;
  sim_clock& clock_;
  sim_network& network_;
  const sim_trace& trace_;
  observer observer_;
  membership membership_;
  duration tick_interval_;
  std::map<connection_id, connection> connections_;
  std::map<epoch_t, link> links_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< false once the run has ended
};

}  // namespace grapevine::cluster::sim
