#pragma once

#include "actors/app_registry.hpp"
#include "actors/messages.hpp"
#include "actors/subscriber_list.hpp"
#include "protocol/interned_name.hpp"

#include <caf/actor.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace grapevine::actors {

class connection_actor;

/// What the connections and the fanout of one shard share: who is connected, which names are in
/// use, and who of them is subscribed to what. Only touched on the shard's thread.
class local_hub {
public:
  local_hub(app_registry& apps, std::uint32_t shard, std::uint64_t node_identity);
  ~local_hub();

  app_registry& apps() noexcept {
    return apps_;
  }
  std::uint32_t shard() const noexcept {
    return shard_;
  }
  protocol::name_pool& names(std::uint32_t app) noexcept {
    return parts_[app]->names;
  }

  /// A socket id nobody had before: the serial's low byte tells the shard, so two shards never
  /// collide.
  protocol::socket_id next_socket_id() noexcept;

  /// Keeps the connection's actor alive until `remove`; called before its socket opens.
  void add(connection_actor& connection, caf::actor self);
  void remove(connection_actor& connection) noexcept;
  std::size_t connections() const noexcept {
    return sockets_.size();
  }
  /// Every connection's actor, in no order.
  std::vector<caf::actor> all() const;

  void on_add(const add_subscriber&);
  void on_refuse(const refuse_subscriber&);
  /// Queues the event and pushes its first slice. True: more slices wait, call `on_next_slice`
  /// until it says false.
  bool on_deliver(const deliver&);
  bool on_next_slice(const next_slice&);
  /// Takes a connection off a channel's subscribers.
  void detach(std::uint32_t app, const protocol::interned_name& channel, std::uint32_t position);

  /// Bytes of events that were completely pushed since the last call.
  std::size_t take_delivered_bytes() noexcept;

private:
  struct app_part {
    protocol::name_pool names;
    /// By name identity.
    boost::unordered_flat_map<const void*, std::unique_ptr<subscriber_list>> lists;
  };
  struct socket_entry {
    connection_actor* connection;
    caf::actor self;
  };
  connection_actor* find(protocol::socket_id socket) const noexcept;
  subscriber_list* find_list(const channel_ref& key) noexcept;
  bool run(subscriber_list& list);

  app_registry& apps_;
  std::uint32_t shard_;
  std::uint64_t node_identity_;
  std::uint64_t next_serial_ = 1;
  std::size_t delivered_bytes_ = 0;
  std::vector<std::unique_ptr<app_part>> parts_;
  boost::unordered_flat_map<std::uint64_t, socket_entry> sockets_;  ///< by serial
};

}  // namespace grapevine::actors
