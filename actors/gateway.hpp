#pragma once

#include "actors/app_registry.hpp"
#include "actors/gathering.hpp"
#include "actors/local_actors.hpp"
#include "actors/local_hub.hpp"
#include "actors/node_status.hpp"
#include "actors/pinned_actor.hpp"
#include "net/loop.hpp"
#include "net/service.hpp"
#include "protocol/admission.hpp"
#include "protocol/http_api.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::actors {

/// One per shard, behind the clients' listener: lets WebSocket connections in and answers the HTTP
/// API by asking the directories (protocol.md 1.1 and 9).
class gateway final : public pinned_actor, public net::service {
public:
  gateway(caf::actor_config& cfg, local_hub& hub, const local_actors& local,
          const node_status& status, net::loop& loop);
  const char* name() const override {
    return "grapevine.gateway";
  }

  void handle(net::http_request request, std::unique_ptr<net::responder> reply) override;
  net::upgrade_decision upgrade(const net::http_request& request) override;

protected:
  caf::behavior make_behavior() override;

private:
  using responder = std::unique_ptr<net::responder>;

  // -- WebSocket

  net::websocket_handler* admit(std::string_view key, const net::http_request& request);
  /// What admission is decided by, with views into `query`; `owner` is null when nobody has the
  /// key.
  protocol::admission_request facts_for(const app* owner, const net::http_request& request,
                                        const protocol::query_parameters& query) const;

  // -- HTTP

  net::http_response answer_health(const net::http_request& request) const;
  void answer_api(const net::http_request& request, const protocol::api_path& path,
                  responder reply);
  void perform(app& owner, protocol::publish_batch& batch, responder reply);
  void perform(app& owner, protocol::list_channels& call, responder reply);
  void perform(app& owner, protocol::describe_channel& call, responder reply);
  void perform(app& owner, protocol::list_users& call, responder reply);
  void perform(app& owner, protocol::count_connections& call, responder reply);
  void perform(app& owner, protocol::terminate_user& call, responder reply);
  void perform(app& owner, protocol::api_refusal& refusal, responder reply);

  // -- questions to other actors; each continuation is called once

  using cluster_answered = std::function<void(const cluster_answer&)>;
  /// Without a cluster, or when it does not answer, the answer is empty.
  void ask_cluster_then(ask_cluster question, cluster_answered then);
  using described =
      std::function<void(const protocol::channel_info&, const std::vector<std::string>& missing)>;
  /// One event to one channel; `then` gets what was asked about it, on all nodes.
  void publish_to(publish event, described then, std::function<void()> failed);
  /// Adds what other nodes know to what this one does.
  void ask_others(const channel_ref&, const protocol::info_request& asked,
                  std::chrono::milliseconds deadline, const protocol::channel_info& here,
                  described then);

  local_hub& hub_;
  const local_actors& local_;
  const node_status& status_;
  net::loop& loop_;
};

}  // namespace grapevine::actors
