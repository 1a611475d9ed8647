#pragma once

#include "actors/app_registry.hpp"
#include "actors/bridges.hpp"
#include "actors/local_actors.hpp"
#include "actors/pinned_actor.hpp"
#include "drivers/driver.hpp"
#include "net/timer_wheel.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace grapevine::actors {

/// The shell of one bridge: gives its driver what this node's publishers send, and the directories
/// what comes in. Runs with its driver on one shard. Whatever becomes of the other side, nobody
/// here waits for it.
class bridge_actor final : public pinned_actor, private drivers::driver_listener {
public:
  /// `self` and `all` outlive the actor.
  bridge_actor(caf::actor_config& cfg, bridge& self, const bridges& all, local_actors& local,
               app_registry& apps, std::unique_ptr<drivers::driver> driver);
  ~bridge_actor() override;
  const char* name() const override {
    return "grapevine.bridge";
  }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  void on_event(drivers::incoming_event) override;
  void on_state(drivers::driver_state, std::string_view why) override;
  void on_hearing(bool) override;

  void send_out(const bridge_event&);
  void on_outcome(const drivers::outcome&);
  void bring_in(drivers::incoming_event, protocol::socket_id except);
  bool heard_by_others(const drivers::incoming_event&) const;
  void ignore(const drivers::incoming_event&, std::string_view why);
  bool is_welcome(const drivers::incoming_event&, std::string_view& why) const;
  std::string describe() const;

  bridge& self_;
  const bridges& all_;
  local_actors& local_;
  app_registry& apps_;
  std::unique_ptr<drivers::driver> driver_;
  std::string why_;            ///< of the state
  std::uint64_t ignored_ = 0;  ///< came in, but not for us or not allowed
  std::uint64_t failed_ = 0;   ///< refused or dropped since the last line about it
  net::time_point next_line_{};
};

}  // namespace grapevine::actors
