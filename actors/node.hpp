#pragma once

#include "actors/auth_endpoint.hpp"
#include "config/settings.hpp"
#include "protocol/http_api.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::actors {

/// A whole node: shards, actors and listeners. Used from one thread, but for `publish`.
class node {
public:
  /// `version` is what /status shows.
  node(const config::settings& settings, std::string version);
  ~node();

  /// Binds every listener, then starts serving. Empty on success, else one sentence, and nothing
  /// was started.
  std::string start();
  /// Before `start`: who answers the auth endpoint. Without, that path is not found. Called until
  /// `stop` has returned.
  void authorize_with(authorizer);
  /// Publishes one event of an app as POST /events does, from any thread between `start` and
  /// `stop`, and waits for nobody. Status 0 on success.
  protocol::api_refusal publish(const std::string& app_id, const std::vector<std::string>& channels,
                                std::string event, std::string data, std::string_view except);
  /// Reads [node.tls] certificate and key again and uses them for new connections; those here go
  /// on. Empty on success or without TLS, else one sentence, and the old ones stay in use.
  std::string reload_certificate();
  /// The same for [cluster.tls] and links to other nodes.
  std::string reload_cluster_certificate();
  /// Begins to leave: /ready turns 503, new clients are refused with 4200, and those here are
  /// closed with 4200 spread over limits.drain_timeout. Returns at once.
  void drain();
  /// Clients that have not been told to go yet.
  std::size_t clients() const;
  /// Their sockets, those whose closing handshake is still under way included.
  std::size_t client_sockets() const;
  /// After `drain`: hands over what is queued for other nodes and says goodbye to them. Returns
  /// when they know, or after 4 s.
  void leave();
  /// Ends at once whatever is left. Called by the destructor too.
  void stop();

  /// The addresses that were bound, with the ports the system chose.
  const base::endpoint& client_address() const;
  const base::endpoint& admin_address() const;
  const base::endpoint* cluster_address() const;  ///< null without a cluster

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace grapevine::actors
