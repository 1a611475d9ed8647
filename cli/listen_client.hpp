#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What `grapevine listen` decides: a Pusher client without a socket and without a clock.
//
//   waiting -> connecting -> greeting -> listening
//      ^___________|____________|___________|        a lost connection waits for its next try
//
// It ends when the server says that trying again is pointless (protocol.md 3.3), when a
// subscription is refused, when enough events came, when the time is up, or when it is told to
// stop; an open connection is closed first.

namespace grapevine::cli {

struct listen_options {
  std::string key;
  std::string secret;  ///< empty: no private or presence channels
  std::vector<std::string> channels;
  std::optional<std::size_t> count;  ///< end with success after this many events
  /// End after this time, with failure if `count` was not reached.
  std::optional<std::chrono::milliseconds> timeout;
};

/// What a close code asks of a client; see protocol.md 3.3.
enum class close_action : std::uint8_t { give_up, retry_at_once, retry_later };
/// `code` absent: the connection ended without a Close frame, or was never made.
close_action action_for(std::optional<std::uint16_t> code) noexcept;

/// Opens a connection; the one before is gone.
struct open_connection {
  bool operator==(const open_connection&) const = default;
};
struct send_text {
  std::string text;
  bool operator==(const send_text&) const = default;
};
/// A result: one line for standard output.
struct print_line {
  std::string line;
  bool operator==(const print_line&) const = default;
};
/// A message for a person: one line for standard error.
struct print_note {
  std::string note;
  bool operator==(const print_note&) const = default;
};
/// Starts the closing handshake.
struct close_connection {
  std::uint16_t code = 1000;
  bool operator==(const close_connection&) const = default;
};
/// Ends a connection that no longer answers.
struct drop_connection {
  bool operator==(const drop_connection&) const = default;
};
/// The last effect. `message` is empty or one sentence for standard error.
struct finish {
  int status = 0;
  std::string message;
  bool operator==(const finish&) const = default;
};
using listen_effect = std::variant<open_connection, send_text, print_line, print_note,
                                   close_connection, drop_connection, finish>;
using listen_effects = std::vector<listen_effect>;

/// Connects, subscribes, answers pings, notices silence, and comes back after a loss. Every call
/// returns what is to be done, in order.
class listen_client {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `seed` feeds the jitter of reconnecting, so that many clients of a lost node do not return as
  /// one.
  listen_client(listen_options, std::uint32_t seed, time_point now);

  listen_effects start();
  listen_effects on_open(time_point now);
  listen_effects on_text(std::string_view text, time_point now);
  /// The server answered the upgrade with an HTTP status.
  listen_effects on_refused(unsigned status, time_point now);
  listen_effects on_closed(std::optional<std::uint16_t> code, std::string_view reason,
                           time_point now);
  listen_effects on_timer(time_point now);
  listen_effects on_stop(time_point now);

  /// When `on_timer` is due; nothing while there is nothing to wait for.
  std::optional<time_point> deadline() const;

private:
  enum class phase : std::uint8_t { waiting, connecting, greeting, listening, closing, finished };
  struct complaint {
    std::uint16_t code = 0;
    std::string message;
  };

  std::optional<time_point> phase_deadline() const;
  listen_effects greet(std::string_view data, time_point now);
  std::string subscription(const std::string& channel, const std::string& socket_id) const;
  listen_effects on_error(std::string_view data);
  listen_effects retry(close_action, std::string reason, time_point now);
  listen_effects end(int status, std::string message, time_point now);

  listen_options options_;
  std::minstd_rand random_;
  phase phase_ = phase::waiting;
  std::optional<time_point> time_is_up_;
  time_point due_;       // of the present phase, where it has one
  bool pinged_ = false;  // listening: a ping is out and nothing came since
  std::chrono::seconds activity_timeout_{120};
  unsigned failures_ = 0;  // tries since the last greeting
  std::size_t events_ = 0;
  std::optional<complaint> complaint_;  // the last `pusher:error` with a code on this connection
  finish ending_;                       // closing: what comes after
};

}  // namespace grapevine::cli
