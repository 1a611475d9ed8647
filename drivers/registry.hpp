#pragma once

#include "config/driver_section.hpp"
#include "config/section_values.hpp"
#include "drivers/driver.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::net {
class loop;
}

namespace grapevine::drivers {

/// What a driver is told by who runs it, whatever system it talks to.
struct driver_settings {
  bool inward = false;  ///< events may come in
  bool outward = true;  ///< events will be published
  /// Bytes of events that may wait while the other side is away; then the oldest are dropped.
  std::size_t queue_bytes_max = 64u << 20;
  std::size_t event_bytes_max = 1u << 20;  ///< of what comes in; more is ignored and counted
  /// What this program calls itself on a bus that others share: what carries this mark is not given
  /// to the listener. Unique to the process; letters, digits and '-' only.
  std::string origin;
  /// What this program is called among those that share a stream: the same after a restart, and
  /// nobody else's.
  std::string name;
  std::uint64_t seed = 0;  ///< of the jitter
};

/// Makes a driver from its own among the sections of a configuration, or explains in one sentence
/// why it cannot (a file that is not readable); then the result is null.
using driver_maker = std::unique_ptr<driver> (*)(net::loop&, const config::section_values&,
                                                 const driver_settings&, std::string& error);

/// A driver that the program has.
struct registration {
  config::driver_section section;  ///< its name, what it can, and its section
  driver_maker make;
};

/// Every driver: the one list to add to. In the order in which a person is told of them.
const std::vector<registration>& registry();

/// The driver of a name; null when there is none.
const registration* find_driver(std::string_view name);

/// What `config::load` has to know of every driver.
const std::vector<config::driver_section>& sections();

}  // namespace grapevine::drivers
