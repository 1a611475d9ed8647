#include "protocol/roster_state.hpp"

#include "protocol/server_message.hpp"

namespace grapevine::protocol {

roster_state::outcome roster_state::join(socket_id socket, const member& who) {
  if (order_of_socket_.contains(socket))
    return outcome::present;
  auto known = order_of_user_.find(who.user_id);
  if (known != order_of_user_.end()) {
    ++by_order_.at(known->second).sockets;
    order_of_socket_.emplace(socket, known->second);
    return outcome::present;
  }
  if (by_order_.size() >= members_max_)
    return outcome::full;
  auto order = next_order_++;
  by_order_.emplace(order, user{who, 1});
  order_of_user_.emplace(who.user_id, order);
  order_of_socket_.emplace(socket, order);
  encoded_.clear();
  return outcome::added;
}

std::optional<std::string> roster_state::leave(socket_id socket) {
  auto of_socket = order_of_socket_.find(socket);
  if (of_socket == order_of_socket_.end())
    return std::nullopt;
  auto entry = by_order_.find(of_socket->second);
  order_of_socket_.erase(of_socket);
  if (--entry->second.sockets > 0)
    return std::nullopt;
  auto gone = std::move(entry->second.who.user_id);
  order_of_user_.erase(gone);
  by_order_.erase(entry);
  encoded_.clear();
  return gone;
}

const std::string& roster_state::presence_data() const {
  if (encoded_.empty()) {
    std::vector<member> members;
    members.reserve(by_order_.size());
    for (const auto& [order, entry] : by_order_)
      members.push_back(entry.who);
    encoded_ = server_message::presence_data(members);
  }
  return encoded_;
}

std::vector<std::string> roster_state::user_ids() const {
  std::vector<std::string> ids;
  ids.reserve(by_order_.size());
  for (const auto& [order, entry] : by_order_)
    ids.push_back(entry.who.user_id);
  return ids;
}

}  // namespace grapevine::protocol
