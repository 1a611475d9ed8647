#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace grapevine::actors {

/// A whole node: shards, actors and listeners. Used from one thread.
class node {
public:
  /// `version` is what /status shows.
  node(const config::settings& settings, std::string version);
  ~node();

  /// Binds every listener, then starts serving. Empty on success, else one sentence, and nothing
  /// was started.
  std::string start();
  /// Begins to leave: /ready turns 503, new clients are refused with 4200, and those here are
  /// closed with 4200 spread over limits.drain_timeout. Returns at once.
  void drain();
  /// True when the last client is gone.
  bool drained() const;
  /// Ends at once whatever is left. Called by the destructor too.
  void stop();

  /// The addresses that were bound, with the ports the system chose.
  const config::endpoint& client_address() const;
  const config::endpoint& admin_address() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace grapevine::actors
