#pragma once

#include "drivers/redis_protocol.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::drivers {

/// One entry of a stream. Views the reply that it came in.
struct redis_stream_entry {
  std::string_view id;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
};

/// What a consumer of a Redis stream asks for next, and what it has been given and not acknowledged
/// yet. On each new connection first what this consumer was given before and never acknowledged,
/// then, every now and then, what others have left for `claim_idle`, otherwise new entries. One
/// question at a time, and none while entries are being worked on: that bounds both. Pure.
class redis_stream_state {
public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr std::size_t batch_max = 64;
  /// What a consumer has had for this long without acknowledging it, another may take over.
  static constexpr std::chrono::seconds claim_idle{30};
  static constexpr std::chrono::seconds claim_interval{10};
  /// How long Redis waits for new entries before it says that there are none; below the time after
  /// which a silent connection is pinged.
  static constexpr std::chrono::milliseconds block{2'000};

  redis_stream_state(std::string stream, std::string group, std::string consumer);

  /// A connection is ready. Answers that an earlier one owed are not to come.
  void on_ready(time_point now);
  /// The acknowledgements that are due, as one command; nothing when none is. They are due again
  /// when the connection ends before the reply.
  std::optional<std::vector<std::string>> acknowledge();
  /// The next question; nothing while one is open or entries are worked on.
  std::optional<std::vector<std::string>> ask(time_point now);
  /// The reply to the oldest command: entries to work on. False when it makes no sense, with the
  /// reason.
  bool on_reply(const redis_reply&, std::vector<redis_stream_entry>& entries, std::string& why);
  /// An entry has been worked on.
  void on_taken(std::string_view id);

private:
  enum class question { history, claim, fresh, acknowledgement };

  bool read_entries(const redis_reply&, std::vector<redis_stream_entry>&);
  bool on_claimed(const redis_reply&, std::vector<redis_stream_entry>&);

  std::string stream_;
  std::string group_;
  std::string consumer_;
  std::vector<question> open_;  ///< without a reply, oldest first
  std::string history_from_;    ///< empty: its end was reached
  std::string claim_from_;      ///< empty: not claiming now
  time_point claim_at_{};
  bool can_claim_ = true;  ///< servers before 6.2 cannot
  std::set<std::string, std::less<>> worked_on_;
  std::vector<std::string> taken_;          ///< to be acknowledged
  std::vector<std::string> acknowledging_;  ///< sent, and without a reply
};

}  // namespace grapevine::drivers
