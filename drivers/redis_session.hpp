#pragma once

#include "drivers/backoff.hpp"
#include "drivers/driver.hpp"
#include "drivers/redis_protocol.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace grapevine::drivers {

// One connection to a Redis server, for ever: dialled, prepared, watched, and dialled again.
//
//     dialling ──connected──> preparing ──all answered──> ready
//         ^                       │                         │
//         └──── resting <─────────┴── refused, lost, silent ┘
//
// Preparing sends AUTH, SELECT and what the connection is for (PSUBSCRIBE, XGROUP CREATE) in one
// write, and reads one reply for each. A connection that says nothing for `ping_after` is asked,
// and given up after `pong_within` more: one that is half open is noticed within their sum. Pure:
// time and randomness are arguments, and what is to be done comes out.

/// A command of the preparation.
struct redis_step {
  std::vector<std::string> command;
  std::string purpose;    ///< continues "Redis refuses ...": "to subscribe to orders.*"
  std::string tolerated;  ///< an error that begins so is as good as success; empty: none
};

struct redis_session_settings {
  std::vector<redis_step> preparation;
  std::chrono::milliseconds prepare_within{5'000};
  std::chrono::milliseconds ping_after{4'000};
  std::chrono::milliseconds pong_within{4'000};
  bool pings = true;  ///< false where the server is asked for something all the time anyway
  backoff::duration rest_min{200};
  backoff::duration rest_max{10'000};
  std::uint64_t seed = 0;
};

class redis_session {
public:
  using time_point = std::chrono::steady_clock::time_point;

  // -- what it wants done, in this order

  struct dial {
    bool operator==(const dial&) const = default;
  };
  struct send {
    std::string bytes;
    bool operator==(const send&) const = default;
  };
  /// Drop the connection; `on_closed` is not expected any more.
  struct hang_up {
    bool operator==(const hang_up&) const = default;
  };
  /// It can be used from now on.
  struct ready {
    bool operator==(const ready&) const = default;
  };
  /// It can not be used any more; what was asked of it stays unanswered.
  struct lost {
    bool operator==(const lost&) const = default;
  };
  /// A state for `driver_listener::on_state`.
  struct report {
    driver_state state;
    std::string why;
    bool operator==(const report&) const = default;
  };
  using action = std::variant<dial, send, hang_up, ready, lost, report>;
  using actions = std::vector<action>;

  explicit redis_session(redis_session_settings);

  actions start(time_point now);
  actions on_open(time_point now);
  /// Something was read.
  void on_bytes(time_point now) noexcept;
  /// One reply; `is_ours` tells whether it was an answer to this class (else it is the user's).
  actions on_reply(const redis_reply&, time_point now, bool& is_ours);
  /// The connection ended, or could not be made.
  actions on_closed(std::string_view why, time_point now);
  /// What the server sends cannot be read, or is not what was asked for.
  actions on_fault(std::string_view why, time_point now);
  actions on_tick(time_point now);
  /// When `on_tick` has something to do; far away where it has not.
  time_point deadline() const noexcept {
    return deadline_;
  }
  bool is_ready() const noexcept {
    return phase_ == phase::ready;
  }

private:
  enum class phase : std::uint8_t { dialling, preparing, ready, resting };

  actions rest(driver_state, std::string why, time_point now);
  void report_once(driver_state, std::string why, actions&);
  static bool is_pong(const redis_reply&) noexcept;

  redis_session_settings settings_;
  backoff backoff_;
  phase phase_ = phase::resting;
  std::size_t answered_ = 0;  ///< steps of the preparation
  bool ping_sent_ = false;
  time_point deadline_ = time_point::max();
  std::optional<report> reported_;
};

}  // namespace grapevine::drivers
