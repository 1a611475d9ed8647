#pragma once

#include "broadcast/loop_thread.hpp"
#include "drivers/redis_connection.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::broadcasting {

/// One connection to a Redis server for threads that wait for their answers. It is made anew, with
/// back-off, for as long as the object lives. Any thread but the loop's may call it.
class redis_client final : private drivers::redis_user {
public:
  redis_client(std::shared_ptr<loop_thread> on, drivers::redis_address,
               drivers::redis_session_settings);
  ~redis_client();

  /// The answer to a command; nothing when the connection was lost, or none came within `timeout`:
  /// the server may have performed it all the same.
  std::optional<drivers::redis_reply> call(const std::vector<std::string>& command,
                                           std::chrono::milliseconds timeout);
  /// Why there is no connection; empty while there is one.
  std::string trouble() const;
  /// Makes calls, those under way too, return nothing at once.
  void stop();

private:
  struct slot;
  using shared_slot = std::shared_ptr<slot>;

  void on_ready() override;
  void on_reply(drivers::redis_reply) override;
  void on_lost() override;
  void on_report(drivers::driver_state, std::string_view why) override;
  void send(const shared_slot&);

  std::shared_ptr<loop_thread> on_;
  mutable std::mutex mutex_;
  std::string trouble_;  ///< under `mutex_`
  // Of the loop's thread:
  std::unique_ptr<drivers::redis_connection> connection_;
  std::deque<shared_slot> unsent_;   ///< until the connection is there
  std::deque<shared_slot> awaited_;  ///< in the order in which their replies come
  bool stopped_ = false;
};

}  // namespace grapevine::broadcasting
