#pragma once

#include "protocol/client_message.hpp"
#include "protocol/socket_id.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace grapevine::protocol {

/// The members of one presence channel (protocol.md 5): distinct users, each with one or more
/// sockets. A user is added with the first socket and removed with the last. The first socket's
/// user_info is the user's. Pure.
class roster_state {
public:
  /// `members_max`: distinct users; a further socket of a present user is never refused.
  explicit roster_state(std::size_t members_max) noexcept : members_max_{members_max} {}

  enum class outcome : std::uint8_t {
    added,    ///< a new user: announce `member_added` to the others
    present,  ///< another socket of a present user, or the same socket again: nothing to announce
    full,     ///< refused
  };
  outcome join(socket_id socket, const member& who);
  /// The user who thereby left; nothing when others of his sockets remain or the socket was
  /// unknown.
  std::optional<std::string> leave(socket_id socket);

  bool contains(socket_id socket) const noexcept {
    return order_of_socket_.contains(socket);
  }
  /// The `data` of subscription_succeeded, ordered by when users joined. Encoded once per change,
  /// not per joiner.
  const std::string& presence_data() const;
  std::vector<std::string> user_ids() const;
  std::size_t users() const noexcept {
    return by_order_.size();
  }

private:
  struct user {
    member who;
    std::size_t sockets = 0;
  };
  std::size_t members_max_;
  std::map<std::uint64_t, user> by_order_;
  std::unordered_map<std::string, std::uint64_t> order_of_user_;
  std::unordered_map<socket_id, std::uint64_t> order_of_socket_;
  std::uint64_t next_order_ = 0;
  mutable std::string encoded_;  ///< empty: to be made
};

}  // namespace grapevine::protocol
