#pragma once

#include "broadcast/broadcast_item.hpp"

#include <grapevine/broadcast_settings.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::broadcasting {

/// Takes events to one other side, and waits for what it says. Any thread may call it.
class transport {
public:
  virtual ~transport() = default;

  /// Sends checked items, each independent of the others, in their order; one result each, in that
  /// order. Returns about when `until` comes, with `timed_out` for those not done.
  virtual std::vector<broadcast_result> send(const std::vector<broadcast_item>&,
                                             std::chrono::steady_clock::time_point until) = 0;
  /// Makes `send`, those under way too, return soon, with `stopped` for what is not done.
  virtual void stop() noexcept = 0;
};

/// Makes the transport of a driver's name, or says why not: `unknown_driver` or `misconfigured`.
using transport_maker = std::function<std::unique_ptr<transport>(
    std::string_view driver, const broadcast_settings&, broadcast_result& error)>;

/// The drivers that every program has, of one broadcaster. Not thread-safe.
transport_maker standard_transports();

}  // namespace grapevine::broadcasting
