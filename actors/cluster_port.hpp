#pragma once

#include "actors/app_registry.hpp"
#include "actors/messages.hpp"
#include "actors/topology.hpp"
#include "cluster/hybrid_clock.hpp"
#include "cluster/interest/interest_key.hpp"
#include "net/loop.hpp"

#include <cstdint>
#include <string_view>

namespace grapevine::actors {

/// One shard's way into the cluster: what its channels have to say in a turn of the loop leaves as
/// one message at the turn's end, in order. Only touched on the shard's thread.
class cluster_port final : private net::flushable {
public:
  /// `loop` may be null (in deterministic tests): then everything leaves at once.
  cluster_port(net::loop* loop, std::uint32_t shard, app_registry& apps, topology& nodes,
               cluster::hybrid_clock& clock, std::string_view cluster_name);
  ~cluster_port();

  std::uint64_t key_of(const channel_ref&) const;
  /// A stamp later than every earlier one and all that was observed.
  std::uint64_t now() noexcept;
  void observe(std::uint64_t seen) noexcept;

  /// Returns the ticket that `cluster::channel_ready` will name.
  std::uint64_t want(const channel_ref&, std::uint64_t key, bool presence, bool cache);
  void unwant(const channel_ref&, std::uint64_t key, std::uint64_t ticket);
  /// Leaves at once, with all before it, and not at the end of the turn: another shard tells the
  /// client that he is in, who may look at another node before this turn is over.
  void join(const channel_ref&, std::uint64_t key, cluster::roster_element who);
  void leave(const channel_ref&, std::uint64_t key, std::string user_id, bool moving);
  /// A server event; `hlc` is for channels that keep it.
  void publish(const channel_ref&, std::uint64_t key, const event_content& content,
               protocol::socket_id except, bool cache, std::uint64_t hlc);
  void publish(std::uint64_t key, const client_event&);

  /// Sends what waits for the end of the turn.
  void flush() override;

private:
  void add(cluster::node_call);
  void add_event(std::uint64_t key, bool cache, const cluster::event_frame&);

  net::loop* loop_;
  std::uint32_t shard_;
  app_registry& apps_;
  topology& topology_;
  cluster::hybrid_clock& clock_;
  cluster::interest_key_hasher hash_;
  std::uint64_t tickets_ = 0;
  cluster::node_calls pending_;
};

}  // namespace grapevine::actors
