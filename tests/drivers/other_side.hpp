#pragma once

#include "config/section_values.hpp"

#include <cstddef>
#include <functional>
#include <memory>

namespace grapevine::test {

/// What a driver talks to in a test: a server on a port of its own that behaves like the real one.
/// Runs on threads of its own; each call returns when it is done.
class other_side {
public:
  virtual ~other_side() = default;
  /// Points the driver's section at this server.
  virtual void describe(config::section_values&) const = 0;
  /// Closes the port and every connection; accepts again after `come_back`, at the same port.
  virtual void go_away() = 0;
  virtual void come_back() = 0;
  /// Events that it has accepted so far, one per channel.
  virtual std::size_t accepted() = 0;
};

using make_other_side = std::function<std::unique_ptr<other_side>()>;

}  // namespace grapevine::test
