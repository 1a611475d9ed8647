#pragma once

#include <cstdint>
#include <string>

namespace grapevine::cluster {

/// A channel of an app; `app` is the app's place among the node's apps.
struct channel_ref {
  std::uint32_t app = 0;
  std::string name;
  auto operator<=>(const channel_ref&) const = default;
};

}  // namespace grapevine::cluster
