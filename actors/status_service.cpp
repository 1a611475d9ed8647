#include "actors/status_service.hpp"

#include "actors/bridges.hpp"
#include "protocol/http_api.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace grapevine::actors {

namespace {

using json = nlohmann::ordered_json;

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

status_service::status_service(caf::actor_config& cfg, app_registry& apps, const topology& nodes,
                               const node_status& status)
    : pinned_actor{cfg}, apps_{apps}, topology_{nodes}, status_{status} {}

caf::behavior status_service::make_behavior() {
  // As with the gateway, everything it is told is the answer to a request.
  return {[](close_socket) {}};
}

net::upgrade_decision status_service::upgrade(const net::http_request&) {
  return net::http_response{.status = 404, .body = protocol::encode_error(404, "Path not found")};
}

void status_service::handle(net::http_request request, std::unique_ptr<net::responder> reply) {
  if (request.method != "GET" && request.method != "HEAD")
    return reply->answer({.status = 405,
                          .body = protocol::encode_error(405, "Method not allowed"),
                          .headers = {{"Allow", "GET, HEAD"}}});
  if (request.path == "/status")
    return answer_status(std::move(reply));
  if (request.path == "/members")
    return answer_members(std::move(reply));
  if (request.path == "/channels")
    return answer_channels(std::move(reply));
  reply->answer({.status = 404, .body = protocol::encode_error(404, "Path not found")});
}

void status_service::answer_status(std::unique_ptr<net::responder> reply) {
  std::shared_ptr<net::responder> answer = std::move(reply);
  const auto finish = [this, answer](const json& body) {
    add_bridges(body, [answer](const json& whole) { answer->answer({.body = dump(whole)}); });
  };
  if (!topology_.cluster)
    return finish(status());
  request(topology_.cluster, caf::infinite, describe_cluster{})
      .then(
          [this, finish](const std::string& counters) {
            auto body = status();
            body["cluster"] = json::parse(counters);
            finish(body);
          },
          [this, finish](const caf::error&) { finish(status()); });
}

void status_service::add_bridges(const json& body, completed then) {
  if (!topology_.to_others)
    return then(body);
  const auto& all = topology_.to_others->all();
  struct gathering {
    json body;
    json bridges;
    std::size_t missing;
  };
  auto gathered = std::make_shared<gathering>(gathering{body, json::array(), all.size()});
  for (std::size_t i = 0; i < all.size(); ++i)
    gathered->bridges.push_back(json::object());
  const auto complete = [gathered, then] {
    if (--gathered->missing > 0)
      return;
    gathered->body["bridges"] = std::move(gathered->bridges);
    then(gathered->body);
  };
  for (std::size_t i = 0; i < all.size(); ++i)
    request(all[i]->actor, caf::infinite, describe_bridge{})
        .then(
            [gathered, complete, i](const std::string& description) {
              gathered->bridges[i] = json::parse(description);
              complete();
            },
            [complete](const caf::error&) { complete(); });
}

void status_service::answer_members(std::unique_ptr<net::responder> reply) {
  if (!topology_.cluster) {
    json self{
        {"name", status_.name}, {"state", "alive"}, {"address", status_.address}, {"self", true}};
    return reply->answer({.body = dump({{"members", json::array({std::move(self)})}})});
  }
  std::shared_ptr<net::responder> answer = std::move(reply);
  request(topology_.cluster, caf::infinite, describe_members{})
      .then([answer](const std::string& members) { answer->answer({.body = members}); },
            [answer](const caf::error&) {
              answer->answer(
                  {.status = 503, .body = protocol::encode_error(503, "The server is going away")});
            });
}

nlohmann::ordered_json status_service::status() const {
  auto sum = [this](auto member) {
    std::uint64_t total = 0;
    for (const auto& shard : status_.sockets)
      total += (shard.*member).load(std::memory_order_relaxed);
    return total;
  };
  using counters = net::socket_stats;
  auto uptime = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now()
                                                                 - status_.started);
  json body{
      {"name", status_.name},
      {"version", status_.version},
      {"uptime_seconds", uptime.count()},
      {"ready", status_.ready()},
      {"shards", status_.sockets.size()},
      {"connections", sum(&counters::connections)},
      {"websockets", sum(&counters::websockets)},
      {"slow_connections", sum(&counters::slow_now)},
      {"accepted", sum(&counters::accepted)},
      {"requests", sum(&counters::requests)},
      {"messages_received", sum(&counters::messages_received)},
      {"frames_sent", sum(&counters::frames_sent)},
      {"bytes_sent", sum(&counters::bytes_sent)},
      {"bytes_received", sum(&counters::bytes_received)},
      {"slow_closed", sum(&counters::slow_closed)},
      {"protocol_errors", sum(&counters::protocol_errors)},
      {"accept_errors", sum(&counters::accept_errors)},
      {"apps", json::array()},
  };
  for (std::uint32_t i = 0; i < apps_.size(); ++i) {
    const auto& app = apps_.at(i);
    body["apps"].push_back({{"id", app.settings.id},
                            {"connections", app.connections.load(std::memory_order_relaxed)}});
  }
  return body;
}

void status_service::answer_channels(std::unique_ptr<net::responder> reply) {
  struct gathering {
    std::unique_ptr<net::responder> reply;
    json channels = json::array();
    std::size_t missing;
  };
  auto gathered = std::make_shared<gathering>(
      gathering{std::move(reply), json::array(), topology_.directories.size()});
  auto complete = [gathered] {
    if (--gathered->missing == 0)
      gathered->reply->answer({.body = dump({{"channels", std::move(gathered->channels)}})});
  };
  for (const auto& directory : topology_.directories) {
    request(directory, caf::infinite,
            list{std::nullopt, "", {.user_count = true, .subscription_count = true}})
        .then(
            [this, gathered, complete](const channel_list& part) {
              for (const auto& [key, info] : part.channels) {
                json entry{{"app", apps_.at(key.app).settings.id}, {"channel", key.name}};
                if (info.subscription_count)
                  entry["subscriptions"] = *info.subscription_count;
                if (info.user_count)
                  entry["users"] = *info.user_count;
                gathered->channels.push_back(std::move(entry));
              }
              complete();
            },
            [complete](const caf::error&) { complete(); });
  }
}

}  // namespace grapevine::actors
