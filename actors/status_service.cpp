#include "actors/status_service.hpp"

#include "actors/bridges.hpp"
#include "actors/gathering.hpp"
#include "actors/http_answers.hpp"
#include "base/json_text.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace grapevine::actors {

using json = nlohmann::ordered_json;
using namespace std::chrono_literals;

namespace {

/// Every actor of the node answers these at once: whoever takes longer has lost the question.
constexpr auto answer_deadline = 10s;

}  // namespace

status_service::status_service(caf::actor_config& cfg, app_registry& apps,
                               const local_actors& local, const node_status& status)
    : pinned_actor{cfg}, apps_{apps}, local_{local}, status_{status} {}

caf::behavior status_service::make_behavior() {
  // As with the gateway, everything it is told is the answer to a request.
  return {[](close_socket) {}};
}

net::upgrade_decision status_service::upgrade(const net::http_request&) {
  return refuse(404, "Path not found");
}

void status_service::handle(net::http_request request, std::unique_ptr<net::responder> reply) {
  if (request.method != "GET" && request.method != "HEAD")
    return reply->answer(refuse_method("Method not allowed", "GET, HEAD"));
  if (request.path == "/status")
    return answer_status(std::move(reply));
  if (request.path == "/members")
    return answer_members(std::move(reply));
  if (request.path == "/channels")
    return answer_channels(std::move(reply));
  reply->answer(refuse(404, "Path not found"));
}

void status_service::answer_status(shared_responder reply) {
  if (!local_.cluster)
    return answer_with_bridges(status(), reply);
  request(local_.cluster, answer_deadline, describe_cluster{})
      .then(
          [this, reply](const std::string& counters) {
            auto body = status();
            body["cluster"] = json::parse(counters);
            answer_with_bridges(std::move(body), reply);
          },
          [this, reply](const caf::error&) { answer_with_bridges(status(), reply); });
}

void status_service::answer_with_bridges(json body, const shared_responder& reply) {
  if (!local_.to_others)
    return reply->answer(ok(base::json_text(body)));
  const auto& bridges = local_.to_others->all();
  body["bridges"] = json::array();
  for (const auto& each : bridges)
    body["bridges"].push_back({{"driver", each->settings.driver}});
  const gathering<json> all{bridges.size(), std::move(body), [reply](const json& whole, bool) {
                              reply->answer(ok(base::json_text(whole)));
                            }};
  for (std::size_t i = 0; i < bridges.size(); ++i)
    request(bridges[i]->actor, answer_deadline, describe_bridge{})
        .then(
            [all, i](const std::string& description) {
              all.result()["bridges"][i] = json::parse(description);
              all.answered();
            },
            [all](const caf::error&) { all.failed(); });
}

void status_service::answer_members(shared_responder reply) {
  if (!local_.cluster) {
    json self{
        {"name", status_.name}, {"state", "alive"}, {"address", status_.address}, {"self", true}};
    return reply->answer(ok(base::json_text(json{{"members", json::array({std::move(self)})}})));
  }
  request(local_.cluster, answer_deadline, describe_members{})
      .then([reply](const std::string& members) { reply->answer(ok(members)); },
            [reply](const caf::error&) { reply->answer(going_away()); });
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

void status_service::answer_channels(shared_responder reply) {
  const gathering<json> all{
      local_.directories.size(), json::array(),
      [reply = std::move(reply)](json& channels, bool whole) {
        reply->answer(whole ? ok(base::json_text(json{{"channels", std::move(channels)}}))
                            : going_away());
      }};
  for (const auto& directory : local_.directories)
    request(directory, answer_deadline,
            list{std::nullopt, "", {.user_count = true, .subscription_count = true}})
        .then(
            [this, all](const channel_list& part) {
              for (const auto& [channel, info] : part.channels)
                all.result().push_back(entry_of(channel, info));
              all.answered();
            },
            [all](const caf::error&) { all.failed(); });
}

nlohmann::ordered_json status_service::entry_of(const channel_ref& channel,
                                                const protocol::channel_info& info) const {
  json entry{{"app", apps_.at(channel.app).settings.id}, {"channel", channel.name}};
  if (info.subscription_count)
    entry["subscriptions"] = *info.subscription_count;
  if (info.user_count)
    entry["users"] = *info.user_count;
  return entry;
}

}  // namespace grapevine::actors
