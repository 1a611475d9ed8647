#pragma once

#include "config/settings.hpp"
#include "protocol/connection_rules.hpp"
#include "protocol/http_api.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace grapevine::actors {

/// One app as the running node sees it. Immutable but for its counters.
struct app {
  std::uint32_t index = 0;
  config::app_settings settings;
  protocol::connection_rules rules;
  std::atomic<std::size_t> connections{0};  ///< of this node
};

/// The node's apps and limits, shared read-only by all shards.
class app_registry {
public:
  app_registry(const std::vector<config::app_settings>& apps, const config::limit_settings& limits);

  app* find_by_key(std::string_view key) const noexcept;
  app* find_by_id(std::string_view id) const noexcept;
  app& at(std::uint32_t index) const noexcept {
    return *apps_[index];
  }
  std::size_t size() const noexcept {
    return apps_.size();
  }

  const config::limit_settings& limits() const noexcept {
    return limits_;
  }
  const protocol::api_limits& api() const noexcept {
    return api_;
  }
  /// Connections of all apps on this node.
  std::size_t connections() const noexcept;

private:
  config::limit_settings limits_;
  protocol::api_limits api_;
  std::vector<std::unique_ptr<app>> apps_;
};

}  // namespace grapevine::actors
