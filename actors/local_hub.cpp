#include "actors/local_hub.hpp"

#include "actors/connection_actor.hpp"

#include <utility>

namespace grapevine::actors {

namespace {

/// Subscribers served before others on the shard get their turn: a few milliseconds of appending to
/// outboxes. More would hold up the shard's sockets, fewer cost a message more often.
constexpr std::size_t slice = 8192;
constexpr unsigned shard_bits = 8;

}  // namespace

local_hub::local_hub(app_registry& apps, std::uint32_t shard, std::uint64_t node_identity)
    : apps_{apps}, shard_{shard}, node_identity_{node_identity} {
  for (std::size_t i = 0; i < apps.size(); ++i)
    parts_.push_back(std::make_unique<app_part>());
}

local_hub::~local_hub() = default;

protocol::socket_id local_hub::next_socket_id() noexcept {
  return {node_identity_, (next_serial_++ << shard_bits) | shard_};
}

void local_hub::add(connection_actor& connection, caf::actor self) {
  sockets_.emplace(connection.id().serial, socket_entry{&connection, std::move(self)});
}

void local_hub::remove(connection_actor& connection) noexcept {
  sockets_.erase(connection.id().serial);
}

std::vector<caf::actor> local_hub::all() const {
  std::vector<caf::actor> result;
  result.reserve(sockets_.size());
  for (const auto& [serial, entry] : sockets_)
    result.push_back(entry.self);
  return result;
}

connection_actor* local_hub::find(protocol::socket_id socket) const noexcept {
  if (socket.node != node_identity_)
    return nullptr;
  auto found = sockets_.find(socket.serial);
  return found == sockets_.end() ? nullptr : found->second.connection;
}

subscriber_list* local_hub::find_list(const channel_ref& key) noexcept {
  auto& part = *parts_[key.app];
  auto name = part.names.find(key.name);
  if (!name.identity())
    return nullptr;
  auto found = part.lists.find(name.identity());
  return found == part.lists.end() ? nullptr : found->second.get();
}

void local_hub::on_add(const add_subscriber& answer) {
  auto* connection = find(answer.socket);
  if (!connection)
    return;
  auto& part = *parts_[answer.channel.app];
  auto name = part.names.find(answer.channel.name);
  if (!name.identity())
    return connection->answered_too_late();
  auto was_active = connection->subscribed(name, answer.serial);
  if (!connection->confirm(name, answer.serial))
    return;
  if (!was_active) {
    auto& list = part.lists[name.identity()];
    if (!list)
      list = std::make_unique<subscriber_list>(name);
    connection->moved(name, list->add(*connection));
  }
  connection->socket()->send(net::frame{answer.acknowledgement});
  if (answer.after)
    connection->socket()->send(net::frame{answer.after});
}

void local_hub::on_refuse(const refuse_subscriber& answer) {
  auto* connection = find(answer.socket);
  if (!connection)
    return;
  auto name = names(answer.channel.app).find(answer.channel.name);
  if (!name.identity())
    return connection->answered_too_late();
  connection->refuse(name, answer);
}

bool local_hub::on_deliver(const deliver& event) {
  auto* list = find_list(event.channel);
  if (!list) {
    delivered_bytes_ += event.frame->size();
    return false;
  }
  auto was_pending = list->pending();
  list->queue(net::frame{event.frame}, event.except ? find(event.except) : nullptr);
  return was_pending ? false : run(*list);
}

bool local_hub::on_next_slice(const next_slice& next) {
  auto* list = find_list(next.channel);
  return list && run(*list);
}

bool local_hub::run(subscriber_list& list) {
  delivered_bytes_ += list.run(slice);
  return list.pending();
}

void local_hub::detach(std::uint32_t app, const protocol::interned_name& channel,
                       std::uint32_t position) {
  auto& lists = parts_[app]->lists;
  auto found = lists.find(channel.identity());
  if (found == lists.end())
    return;
  found->second->remove(position);
  // A list with events under way stays until its last slice; the events have nobody left to go to
  // but are accounted.
  if (found->second->empty() && !found->second->pending())
    lists.erase(found);
}

std::size_t local_hub::take_delivered_bytes() noexcept {
  return std::exchange(delivered_bytes_, 0);
}

}  // namespace grapevine::actors
