#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace grapevine {
inline namespace v1 {

/// Why a broadcast failed. Those up to `unsupported` are mistakes of the program or of its settings
/// and fail again; the others may pass.
enum class broadcast_errc : std::uint8_t {
  none,
  no_socket,    ///< to_others() without a current_socket
  bad_socket,   ///< the socket id is not of the form "123.456"
  bad_channel,  ///< a name that no channel can have
  /// The event's name is empty, too long or reserved, there is no channel, or an encrypted one and
  /// others.
  bad_event,
  too_large,       ///< the data exceeds what the other side takes
  unknown_driver,  ///< the driver's name is not one of those there are
  misconfigured,   ///< the settings are wrong or incomplete: the sentence says which
  refused,         ///< the other side has said no: credentials, app, quota, content
  unsupported,     ///< this driver cannot do that
  unreachable,     ///< nobody answered, after every address was tried
  timed_out,       ///< not done when the time was up; it may yet arrive
  overloaded,      ///< the other side, or the queue on the way there, takes no more at the moment
  queue_full,      ///< the queue is at its bound: the event was not taken
  stopped,         ///< the broadcaster, or the node, has ended
  failed,          ///< given up for another reason
};

/// "no_socket", "bad_channel" and so on, for a log.
std::string_view to_string(broadcast_errc) noexcept;

/// What became of a broadcast: ok, or an error with its code and a sentence. Of a queued event "ok"
/// says that the queue has it; what becomes of it then is told to `on_failure`.
class broadcast_result {
public:
  broadcast_result() = default;
  broadcast_result(broadcast_errc code, std::string message)
      : code_{code}, message_{std::move(message)} {}

  bool ok() const noexcept {
    return code_ == broadcast_errc::none;
  }
  explicit operator bool() const noexcept {
    return ok();
  }
  broadcast_errc code() const noexcept {
    return code_;
  }
  /// One sentence without secrets; empty when ok.
  const std::string& message() const& noexcept {
    return message_;
  }
  std::string message() && {
    return std::move(message_);
  }
  bool operator==(const broadcast_result&) const = default;

private:
  broadcast_errc code_ = broadcast_errc::none;
  std::string message_;
};

}  // namespace v1
}  // namespace grapevine
