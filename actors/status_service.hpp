#pragma once

#include "actors/app_registry.hpp"
#include "actors/local_actors.hpp"
#include "actors/node_status.hpp"
#include "actors/pinned_actor.hpp"
#include "net/service.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <memory>

namespace grapevine::actors {

/// Behind the admin listener: /status, /members and /channels as JSON. Never shows a key or a
/// secret.
class status_service final : public pinned_actor, public net::service {
public:
  status_service(caf::actor_config& cfg, app_registry& apps, const local_actors& local,
                 const node_status& status);
  const char* name() const override {
    return "grapevine.status";
  }

  void handle(net::http_request request, std::unique_ptr<net::responder> reply) override;
  net::upgrade_decision upgrade(const net::http_request& request) override;

protected:
  caf::behavior make_behavior() override;

private:
  using shared_responder = std::shared_ptr<net::responder>;

  nlohmann::ordered_json status() const;
  nlohmann::ordered_json entry_of(const channel_ref&, const protocol::channel_info&) const;
  void answer_status(shared_responder reply);
  /// Answers with the body and what each bridge says of itself.
  void answer_with_bridges(nlohmann::ordered_json body, const shared_responder& reply);
  void answer_members(shared_responder reply);
  void answer_channels(shared_responder reply);

  app_registry& apps_;
  const local_actors& local_;
  const node_status& status_;
};

}  // namespace grapevine::actors
