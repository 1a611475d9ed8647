#include "actors/gateway.hpp"

#include "actors/bridges.hpp"
#include "actors/connection_actor.hpp"
#include "actors/http_answers.hpp"
#include "actors/refused_connection.hpp"
#include "base/percent.hpp"
#include "protocol/admission.hpp"
#include "protocol/http_auth.hpp"

#include <chrono>
#include <utility>

namespace grapevine::actors {

namespace {

constexpr std::string_view websocket_path = "/app";

std::chrono::seconds unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

gateway::gateway(caf::actor_config& cfg, local_hub& hub, const local_actors& local,
                 const node_status& status, net::loop& loop)
    : pinned_actor{cfg}, hub_{hub}, local_{local}, status_{status}, loop_{loop} {}

caf::behavior gateway::make_behavior() {
  // Everything it is told comes as an answer to one of its requests; this keeps it alive between
  // them.
  return {[](close_socket) {}};
}

// -- WebSocket

net::upgrade_decision gateway::upgrade(const net::http_request& request) {
  std::string_view path = request.path;
  if (path == websocket_path || path == "/app/")
    return refused_connection::make({4005, "Path not found: the app's key is missing"});
  if (!path.starts_with("/app/"))
    return refuse(404, "Path not found");
  return admit(path.substr(websocket_path.size() + 1), request);
}

net::websocket_handler* gateway::admit(std::string_view key, const net::http_request& request) {
  auto* owner = hub_.apps().find_by_key(base::percent_decode_leniently(key));
  const auto query = protocol::parse_query(request.query);
  if (auto why = protocol::refuse(facts_for(owner, request, query)))
    return refused_connection::make(std::move(*why));
  auto made = spawn_on<connection_actor>(*home(), hub_, local_, *owner, loop_);
  auto* connection = static_cast<connection_actor*>(caf::actor_cast<caf::abstract_actor*>(made));
  hub_.add(*connection, std::move(made));
  return connection;
}

protocol::admission_request gateway::facts_for(const app* owner, const net::http_request& request,
                                               const protocol::query_parameters& query) const {
  protocol::admission_request facts;
  facts.app_known = owner != nullptr;
  facts.draining = status_.draining.load(std::memory_order_relaxed);
  for (const auto& [name, value] : query)
    if (name == "protocol")
      facts.protocol_parameter = value;
  if (!owner)
    return facts;
  const auto& settings = owner->settings;
  facts.app_enabled = settings.enabled;
  facts.origin_allowed =
      protocol::origin_allowed(request.header("origin"), settings.allowed_origins);
  const auto quota = settings.max_connections;
  facts.over_app_quota = quota > 0 && owner->connections.load(std::memory_order_relaxed) >= quota;
  const auto node_quota = hub_.apps().limits().connections;
  facts.over_node_quota = node_quota > 0 && hub_.apps().connections() >= node_quota;
  return facts;
}

// -- HTTP

void gateway::handle(net::http_request request, std::unique_ptr<net::responder> reply) {
  if (request.path == "/up" || request.path == "/ready")
    return reply->answer(answer_health(request));
  if (status_.authorize && request.path == auth_path)
    return serve_auth(status_.authorize, request, std::move(reply), loop_);
  if (auto path = protocol::split_api_path(request.path))
    return answer_api(request, *path, std::move(reply));
  if (request.path == websocket_path || request.path.starts_with("/app/")) {
    auto refusal = refuse(426, "This path speaks WebSocket");
    // The Connection header that belongs to Upgrade is written with the answer.
    refusal.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
    return reply->answer(std::move(refusal));
  }
  reply->answer(refuse(404, "Path not found"));
}

net::http_response gateway::answer_health(const net::http_request& request) const {
  if (request.method != "GET" && request.method != "HEAD")
    return refuse_method("Method not allowed", "GET, HEAD");
  if (request.path == "/ready" && status_.ready() && local_.to_others)
    return ok(local_.to_others->readiness());
  if (request.path == "/up" || status_.ready())
    return ok(R"({"ok":true})");
  return refuse(503, status_.draining.load(std::memory_order_relaxed)
                         ? "This node is draining"
                         : "This node is not part of its cluster");
}

void gateway::answer_api(const net::http_request& request, const protocol::api_path& path,
                         responder reply) {
  auto* owner = hub_.apps().find_by_id(path.app_id);
  if (!owner)
    return reply->answer(refuse(404, "Unknown app"));
  auto query = protocol::parse_query(request.query);
  auto fault = protocol::verify_request(request.method, request.path, query, request.body,
                                        owner->settings.key, owner->settings.secret, unix_now());
  if (fault != protocol::http_auth_fault::none)
    return reply->answer(refuse(401, protocol::explain(fault)));
  if (!owner->settings.enabled)
    return reply->answer(refuse(403, "The app is disabled"));
  auto call =
      protocol::parse_api_call(request.method, path.rest, query, request.body, hub_.apps().api());
  std::visit([&](auto& x) { perform(*owner, x, std::move(reply)); }, call);
}

void gateway::perform(app&, protocol::api_refusal& refusal, responder reply) {
  auto response = refuse(refusal.status, refusal.error);
  if (!refusal.allow.empty())
    response.headers.emplace_back("Allow", refusal.allow);
  reply->answer(std::move(response));
}

}  // namespace grapevine::actors
