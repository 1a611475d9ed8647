#include "actors/gateway.hpp"

#include "actors/connection_actor.hpp"
#include "actors/refused_connection.hpp"
#include "protocol/admission.hpp"
#include "protocol/http_auth.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace grapevine::actors {

namespace {

constexpr std::string_view websocket_path = "/app";

net::http_response refuse_http(unsigned status, std::string_view why) {
  return {.status = status, .body = protocol::encode_error(status, why)};
}

/// RFC 9110, section 15.5.6: a 405 names what the path has.
net::http_response refuse_method(std::string_view why, std::string allowed) {
  auto refusal = refuse_http(405, why);
  refusal.headers = {{"Allow", std::move(allowed)}};
  return refusal;
}

net::http_response ok(std::string body) {
  return {.status = 200, .body = std::move(body)};
}

std::chrono::seconds unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

/// Collects the answers to one HTTP request's questions; the last one writes the response.
template <class Result>
struct gathering {
  std::unique_ptr<net::responder> reply;
  Result result;
  std::size_t missing;
  bool failed = false;

  /// Counts one answer; true when it was the last and the caller has to respond. A failure is
  /// answered here.
  bool complete() {
    if (--missing > 0)
      return false;
    if (failed)
      reply->answer(refuse_http(503, "The server is going away"));
    return !failed;
  }
};

}  // namespace

gateway::gateway(caf::actor_config& cfg, local_hub& hub, const topology& nodes,
                 const node_status& status, net::loop& loop)
    : pinned_actor{cfg}, hub_{hub}, topology_{nodes}, status_{status}, loop_{loop} {}

caf::behavior gateway::make_behavior() {
  // Everything it is told comes as an answer to one of its requests; this keeps it alive between
  // them.
  return {[](close_socket) {}};
}

// -- WebSocket
// ------------------------------------------------------------------------------------------------------

net::upgrade_decision gateway::upgrade(const net::http_request& request) {
  std::string_view path = request.path;
  if (path == websocket_path || path == "/app/")
    return refused_connection::make({4005, "Path not found: the app's key is missing"});
  if (!path.starts_with("/app/"))
    return refuse_http(404, "Path not found");
  return admit(path.substr(websocket_path.size() + 1), request);
}

net::websocket_handler* gateway::admit(std::string_view key, const net::http_request& request) {
  auto& apps = hub_.apps();
  auto* owner = apps.find_by_key(protocol::percent_decode(key));
  auto query = protocol::parse_query(request.query);
  protocol::admission_request facts;
  facts.app_known = owner != nullptr;
  facts.draining = status_.draining.load(std::memory_order_relaxed);
  for (const auto& [name, value] : query)
    if (name == "protocol")
      facts.protocol_parameter = value;
  if (owner) {
    const auto& settings = owner->settings;
    facts.app_enabled = settings.enabled;
    facts.origin_allowed =
        protocol::origin_allowed(request.header("origin"), settings.allowed_origins);
    auto quota = settings.max_connections;
    facts.over_app_quota = quota > 0 && owner->connections.load(std::memory_order_relaxed) >= quota;
    auto node_quota = apps.limits().connections;
    facts.over_node_quota = node_quota > 0 && apps.connections() >= node_quota;
  }
  if (auto why = protocol::refuse(facts))
    return refused_connection::make(std::move(*why));

  auto made = spawn_on<connection_actor>(*home(), hub_, topology_, *owner, loop_);
  auto* connection = static_cast<connection_actor*>(caf::actor_cast<caf::abstract_actor*>(made));
  hub_.add(*connection, std::move(made));
  return connection;
}

// -- HTTP
// -----------------------------------------------------------------------------------------------------------

void gateway::handle(net::http_request request, std::unique_ptr<net::responder> reply) {
  auto reads = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/up" || request.path == "/ready") {
    if (!reads)
      return reply->answer(refuse_method("Method not allowed", "GET, HEAD"));
    if (request.path == "/ready" && status_.draining.load(std::memory_order_relaxed))
      return reply->answer(refuse_http(503, "This node is draining"));
    return reply->answer(ok(R"({"ok":true})"));
  }
  if (auto path = protocol::split_api_path(request.path))
    return answer_api(request, *path, std::move(reply));
  if (request.path == websocket_path || request.path.starts_with("/app/")) {
    auto refusal = refuse_http(426, "This path speaks WebSocket");
    // The Connection header that belongs to Upgrade is written with the answer.
    refusal.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
    return reply->answer(std::move(refusal));
  }
  reply->answer(refuse_http(404, "Path not found"));
}

void gateway::answer_api(const net::http_request& request, const protocol::api_path& path,
                         responder reply) {
  auto* owner = hub_.apps().find_by_id(path.app_id);
  if (!owner)
    return reply->answer(refuse_http(404, "Unknown app"));
  auto query = protocol::parse_query(request.query);
  auto fault = protocol::verify_request(request.method, request.path, query, request.body,
                                        owner->settings.key, owner->settings.secret, unix_now());
  if (fault != protocol::http_auth_fault::none)
    return reply->answer(refuse_http(401, protocol::explain(fault)));
  if (!owner->settings.enabled)
    return reply->answer(refuse_http(403, "The app is disabled"));
  auto call =
      protocol::parse_api_call(request.method, path.rest, query, request.body, hub_.apps().api());
  std::visit([&](auto& x) { perform(*owner, x, std::move(reply)); }, call);
}

void gateway::perform(app&, protocol::api_refusal& refusal, responder reply) {
  auto response = refuse_http(refusal.status, refusal.error);
  if (!refusal.allow.empty())
    response.headers.emplace_back("Allow", refusal.allow);
  reply->answer(std::move(response));
}

void gateway::perform(app& owner, protocol::publish_batch& batch, responder reply) {
  if (topology_.overloaded()) {
    auto refusal = refuse_http(503, "The server is over capacity, try again");
    refusal.headers = {{"Retry-After", "1"}};
    return reply->answer(std::move(refusal));
  }
  struct answers {
    bool single = true;
    bool informs = false;
    protocol::named_info channels;  ///< (channel, what was asked) in the order of the request
  };
  auto gathered = std::make_shared<gathering<answers>>();
  gathered->reply = std::move(reply);
  gathered->result.single = batch.single;
  for (const auto& event : batch.events) {
    gathered->result.informs |= event.info.any();
    for (const auto& channel : event.channels)
      gathered->result.channels.emplace_back(channel, protocol::channel_info{});
  }
  gathered->missing = gathered->result.channels.size();

  auto respond = [](gathering<answers>& all) {
    if (!all.complete())
      return;
    auto& [single, informs, channels] = all.result;
    if (!informs)
      return all.reply->answer(ok("{}"));
    if (single)
      return all.reply->answer(ok(protocol::encode_channels(channels)));
    std::vector<protocol::channel_info> entries;
    for (auto& [name, info] : channels)
      entries.push_back(std::move(info));
    all.reply->answer(ok(protocol::encode_batch(entries)));
  };

  std::size_t place = 0;
  for (auto& event : batch.events) {
    auto content = std::make_shared<const event_content>(
        event_content{std::move(event.event), std::move(event.data)});
    for (auto& channel : event.channels) {
      channel_key key{owner.index, std::move(channel)};
      const auto& directory = topology_.directory_of(key);
      request(directory, caf::infinite,
              publish{std::move(key), content, event.except.value_or(protocol::socket_id{}),
                      event.info})
          .then(
              [gathered, respond, place](const protocol::channel_info& info) {
                gathered->result.channels[place].second = info;
                respond(*gathered);
              },
              [gathered, respond](const caf::error&) {
                gathered->failed = true;
                respond(*gathered);
              });
      ++place;
    }
  }
}

void gateway::perform(app& owner, protocol::list_channels& call, responder reply) {
  auto gathered = std::make_shared<gathering<protocol::named_info>>();
  gathered->reply = std::move(reply);
  gathered->missing = topology_.directories.size();
  auto respond = [](gathering<protocol::named_info>& all) {
    if (all.complete())
      all.reply->answer(ok(protocol::encode_channels(all.result)));
  };
  for (const auto& directory : topology_.directories) {
    request(directory, caf::infinite, list{owner.index, call.prefix, call.info})
        .then(
            [gathered, respond](const channel_list& part) {
              for (const auto& [key, info] : part.channels)
                gathered->result.emplace_back(key.name, info);
              respond(*gathered);
            },
            [gathered, respond](const caf::error&) {
              gathered->failed = true;
              respond(*gathered);
            });
  }
}

void gateway::perform(app& owner, protocol::describe_channel& call, responder reply) {
  std::shared_ptr<net::responder> answer = std::move(reply);
  channel_key key{owner.index, std::move(call.channel)};
  const auto& directory = topology_.directory_of(key);
  request(directory, caf::infinite, describe{std::move(key), call.info})
      .then(
          [answer](const protocol::channel_info& info) {
            answer->answer(ok(protocol::encode_channel(info)));
          },
          [answer](const caf::error&) {
            answer->answer(refuse_http(503, "The server is going away"));
          });
}

void gateway::perform(app& owner, protocol::list_users& call, responder reply) {
  std::shared_ptr<net::responder> answer = std::move(reply);
  channel_key key{owner.index, std::move(call.channel)};
  const auto& directory = topology_.directory_of(key);
  request(directory, caf::infinite, users_of{std::move(key)})
      .then([answer](
                const user_list& users) { answer->answer(ok(protocol::encode_users(users.ids))); },
            [answer](const caf::error&) {
              answer->answer(refuse_http(503, "The server is going away"));
            });
}

void gateway::perform(app& owner, protocol::count_connections&, responder reply) {
  nlohmann::json body{{"connections", owner.connections.load(std::memory_order_relaxed)}};
  reply->answer(ok(body.dump()));
}

void gateway::perform(app&, protocol::terminate_user&, responder reply) {
  // Nobody can be signed in yet, so there is nobody to terminate; saying so beats a silent success.
  reply->answer(
      refuse_http(501, "Terminating a user's connections is not available in this version"));
}

}  // namespace grapevine::actors
