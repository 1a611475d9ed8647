#pragma once

#include "protocol/client_message.hpp"
#include "protocol/connection_rules.hpp"
#include "protocol/interned_name.hpp"
#include "protocol/sliding_window.hpp"
#include "protocol/socket_id.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace grapevine::protocol {

using time_point = std::chrono::steady_clock::time_point;

/// What a connection wants done; see `connection_state`. Performed in order.
struct send_message {
  std::string json;
};
struct send_ping {};  ///< an RFC 6455 ping
struct close_connection {
  std::uint16_t code;
  std::string reason;
};
/// Ask the channel to let this socket in. Exactly one `confirm` or `refuse` with the same serial
/// answers it.
struct join_channel {
  interned_name channel;
  std::uint32_t serial;
  std::optional<presence_member> who;  ///< presence channels only
  bool repeated;                       ///< already subscribed: acknowledge again, count nothing
};
struct leave_channel {
  interned_name channel;
  std::uint32_t serial;
  std::uint32_t position;  ///< as given to `set_position`; meaningful when `active`
  bool active;             ///< had been confirmed
};
struct relay_client_event {
  interned_name channel;
  std::string event;
  std::string data_json;
  std::optional<std::string> user_id;  ///< presence channels only
};
using connection_effect = std::variant<send_message, send_ping, close_connection, join_channel,
                                       leave_channel, relay_client_event>;
using connection_effects = std::vector<connection_effect>;

/// One Pusher connection after its admission (protocol.md 2 to 5 and 7): which frames it may send,
/// which channels it is in, when it must show a sign of life. Pure: text and time come in, effects
/// go out.
///
/// A subscription is pending from `join_channel` until `confirm`, then active. Leaving or
/// re-joining meanwhile gives it a new serial, so a late answer to the old one is recognised and
/// ignored.
class connection_state {
public:
  connection_state(const connection_rules& rules, socket_id id, name_pool& names,
                   time_point now) noexcept;

  /// The first frame of every connection.
  std::string greeting() const;

  /// One text message of the client.
  void on_message(std::string_view text, time_point now, connection_effects& out);
  /// Notes any other sign of life.
  void on_activity(time_point now) noexcept;
  /// Does what is due; call at `deadline()`.
  void on_tick(time_point now, connection_effects& out);
  time_point deadline() const noexcept;

  /// The channel let the socket in. False: nobody waits for it any more (left meanwhile), ignore
  /// it.
  bool confirm(const interned_name& channel, std::uint32_t serial);
  /// The channel refused; `type`, `error` and `status` go to the client (protocol.md 4.4).
  void refuse(const interned_name& channel, std::uint32_t serial, std::string_view type,
              std::string_view error, int status, connection_effects& out);
  /// True when `serial` is the subscription's current one and it was confirmed.
  bool active(const interned_name& channel, std::uint32_t serial) const noexcept;
  /// Remembers where in the channel's local subscriber list this connection stands.
  void set_position(const interned_name& channel, std::uint32_t position) noexcept;
  /// Leaves every channel, because the socket is gone. The state is done afterwards.
  void leave_all(connection_effects& out);

  socket_id id() const noexcept {
    return id_;
  }
  std::size_t subscriptions() const noexcept {
    return subscriptions_.size();
  }
  /// Joins that have not been answered yet; the shell stops reading when there are many.
  std::size_t pending_joins() const noexcept {
    return pending_joins_;
  }

private:
  struct subscription {
    interned_name channel;
    std::uint32_t serial = 0;
    std::uint32_t position = 0;
    bool active = false;
    std::unique_ptr<std::string> user_id;  ///< presence channels only
  };

  void on(const ping_message&, connection_effects& out);
  void on(const pong_message&, connection_effects& out);
  void on(subscribe_message&, connection_effects& out);
  void on(const unsubscribe_message&, connection_effects& out);
  void on(const signin_message&, connection_effects& out);
  void on(client_event_message&, connection_effects& out);
  void on(const unknown_message&, connection_effects& out);
  void on(const malformed_message&, connection_effects& out);

  void join(std::string_view channel, std::optional<presence_member> who, connection_effects& out);
  void leave(subscription& s, connection_effects& out);
  std::optional<std::string> why_not(const client_event_message& message) const;
  bool authentic(const subscribe_message& message) const;
  subscription* find(std::string_view channel) noexcept;
  const subscription* find(const interned_name& channel) const noexcept;
  void answered() noexcept;

  const connection_rules* rules_;
  name_pool* names_;
  socket_id id_;
  std::vector<subscription> subscriptions_;
  time_point now_;  ///< time of the message in hand
  time_point last_activity_;
  sliding_window client_events_;
  sliding_window malformed_;
  std::uint32_t next_serial_ = 1;
  std::uint32_t pending_joins_ = 0;
  bool ping_outstanding_ = false;
};

}  // namespace grapevine::protocol
