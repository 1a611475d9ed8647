#pragma once

#include "drivers/driver.hpp"
#include "net/http_client.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::drivers {

/// What an answer of an HTTP API means for the event that was sent.
struct judgement {
  enum class kind : std::uint8_t {
    done,     ///< accepted
    refuse,   ///< never possible for this event
    halt,     ///< refused, and so will the next ones be, until somebody mends it
    retry,    ///< later: the other side is not well, or cannot be reached
    overload  ///< later, and not for ever: it answers, but fails at this event
  };
  kind what = kind::done;
  std::string why;
  std::optional<std::chrono::milliseconds> after;  ///< not before, says the other side

  bool operator==(const judgement&) const = default;
};

/// The API of a service that takes events over HTTP: which requests an event becomes and what their
/// answers mean. Pure.
class http_target {
public:
  virtual ~http_target() = default;
  /// Set when the event can never be sent.
  virtual std::optional<outcome> check(const outgoing_event&) const = 0;
  /// How many requests an event takes, at least one; they are sent in order.
  virtual std::size_t steps(const outgoing_event&) const = 0;
  /// The request of a step. `id` belongs to the event and is the same at each try.
  virtual net::outgoing_request request(const outgoing_event&, std::size_t step,
                                        std::string_view id,
                                        std::chrono::seconds unix_now) const = 0;
  virtual judgement judge(const net::request_result&) const = 0;
};

/// What most APIs agree on: 2xx is done; 401 and 403 halt; 429 and the server's failures are tried
/// again, honouring Retry-After up to 60 s; any other status is a refusal. `detail` is what the
/// other side says about it, for the reason.
judgement judge_status(unsigned status, std::string_view retry_after, std::string_view detail);
judgement judge_failure(const net::request_failure&);

/// Text of a stranger for a log: one line of bounded length.
std::string shown_text(std::string_view);

}  // namespace grapevine::drivers
