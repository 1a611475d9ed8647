#pragma once

#include "actors/messages.hpp"
#include "cluster/bridges/bridge_exchange.hpp"
#include "config/settings.hpp"
#include "drivers/channel_filter.hpp"
#include "drivers/driver.hpp"

#include <caf/actor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::actors {

/// One [[bridge]] as the running node sees it: filled before the first connection, read by all
/// shards.
struct bridge {
  explicit bridge(const config::bridge_settings& s) : settings{s}, filter{s.channels} {}

  config::bridge_settings settings;
  drivers::channel_filter filter;
  std::uint32_t app = 0;  ///< its place in the `app_registry`
  bool inward = false;
  bool outward = false;
  std::string other_side;  ///< `drivers::driver::other_side`
  std::uint64_t id = 0;    ///< the cluster's: equal for the same place in the same system
  caf::actor actor;
  std::atomic<drivers::driver_state> state{drivers::driver_state::connecting};
  /// Bytes of events handed to the actor that have not reached its driver. Above the bound of the
  /// driver's queue further ones are dropped and counted here.
  std::atomic<std::size_t> handed_over{0};
  std::atomic<std::uint64_t> dropped{0};

  /// `driver_listener::on_hearing`.
  std::atomic<bool> hears{false};

  // -- its duties in a cluster, set by the cluster's actor
  std::atomic<bool> leads{false};
  std::atomic<bool> covers_others{false};
  std::atomic<std::uint64_t> hands_on{0};
};

/// The node's bridges to other systems.
class bridges {
public:
  bridge& add(const config::bridge_settings&);
  bool empty() const noexcept {
    return all_.empty();
  }
  const std::vector<std::unique_ptr<bridge>>& all() const noexcept {
    return all_;
  }

  /// Hands an event that this node accepted from a publisher to every bridge that takes it out. To
  /// be called once per event, where it is accepted; never waits. An event that came in through
  /// `from` (null: from no bridge) does not go back to the system it came from. Bit i of `which`
  /// stands for the bridge i.
  void publish(std::uint32_t app, const std::vector<std::string>& channels,
               const std::shared_ptr<const event_content>&, protocol::socket_id except,
               const bridge* from = nullptr, std::uint64_t which = ~std::uint64_t{0}) const;

  /// As the cluster is told of them, in the order of `all`.
  std::vector<cluster::bridge_report> reports() const;
  void set_duties(const std::vector<cluster::bridge_duty>&) const;

  /// The body of /ready: `{"ok":true,"bridges":[{"driver":"redis","state":"up"}]}`. A node whose
  /// bridge is away is ready all the same.
  std::string readiness() const;

private:
  std::vector<std::unique_ptr<bridge>> all_;
};

}  // namespace grapevine::actors
