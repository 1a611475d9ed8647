#pragma once

#include "actors/app_registry.hpp"
#include "actors/local_actors.hpp"
#include "actors/local_hub.hpp"
#include "actors/pinned_actor.hpp"
#include "net/loop.hpp"
#include "net/service.hpp"
#include "protocol/connection_state.hpp"

namespace grapevine::actors {

/// One client: the shell around `protocol::connection_state`. Frames come straight from the socket,
/// on the same thread and without a message; what the state wants done goes to the socket or, as
/// messages, to the channels.
class connection_actor final : public pinned_actor,
                               public net::websocket_handler,
                               public subscriber,
                               private net::timer {
public:
  /// `loop` is the shard's, for the liveness timer.
  connection_actor(caf::actor_config& cfg, local_hub& hub, const local_actors& local, app& owner,
                   net::loop& loop);

  const char* name() const override {
    return "grapevine.connection";
  }
  protocol::socket_id id() const noexcept {
    return state_.id();
  }

  // Called by the shard's hub, on this thread.
  bool subscribed(const protocol::interned_name& channel, std::uint32_t serial) const noexcept;
  bool confirm(const protocol::interned_name& channel, std::uint32_t serial);
  void refuse(const protocol::interned_name& channel, const refuse_subscriber& why);
  /// An answer came for a channel that this connection left meanwhile, as did everybody else here.
  void answered_too_late();
  void moved(const protocol::interned_name& channel, std::uint32_t position) noexcept override;

  // Called by the socket.
  void on_open(net::websocket& socket) override;
  void on_text(std::string_view message) override;
  void on_activity() override;
  void on_closed() noexcept override;

protected:
  caf::behavior make_behavior() override;

private:
  void on_timer(net::time_point now) override;
  void perform(protocol::connection_effects& effects);
  void perform(protocol::send_message& effect);
  void perform(protocol::send_ping& effect);
  void perform(protocol::close_connection& effect);
  void perform(protocol::join_channel& effect);
  void perform(protocol::leave_channel& effect);
  void perform(protocol::relay_client_event& effect);
  void balance_reading();

  local_hub& hub_;
  const local_actors& local_;
  app& app_;
  net::loop& loop_;
  protocol::connection_state state_;
  bool reading_ = true;
};

}  // namespace grapevine::actors
