// What the gateway does for the HTTP API, on all nodes of the cluster (protocol.md 9).

#include "actors/gateway.hpp"
#include "actors/gateway_answers.hpp"
#include "channels/channel_answers.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace grapevine::actors {

namespace {

using namespace std::chrono_literals;

/// How long other nodes may take to answer, as configured, and when a publisher waits for it.
constexpr std::chrono::milliseconds question_deadline{};
constexpr std::chrono::milliseconds publish_info_deadline = 250ms;

}  // namespace

// -- other nodes

void gateway::ask_cluster_then(ask_cluster question, cluster_answered then) {
  if (!topology_.cluster)
    return then({});
  request(topology_.cluster, caf::infinite, std::move(question))
      .then([then](const cluster_answer& answer) { then(answer); },
            [then](const caf::error&) { then({}); });
}

void gateway::ask_others(const channel_ref& channel, const protocol::info_request& asked,
                         std::chrono::milliseconds deadline, const protocol::channel_info& local,
                         described then) {
  if (!topology_.cluster)
    return then(local, {});
  ask_cluster_then({cluster_question_kind::channel, channel.app, channel.name, asked, deadline},
                   [local, asked, then = std::move(then)](const cluster_answer& answer) {
                     auto info = local;
                     channels::merge_channel(info, answer.payloads, local.occupied);
                     info.occupied |= answer.wanted_elsewhere;
                     if (asked.cache && answer.cached) {
                       const auto left =
                           answer.cached->expires_at - std::chrono::steady_clock::now();
                       info.cache = protocol::channel_info::cached_event{
                           answer.cached->data,
                           std::max<std::int64_t>(
                               0, std::chrono::duration_cast<std::chrono::seconds>(left).count())};
                     }
                     then(info, answer.missing);
                   });
}

// -- publishing

void gateway::perform(app& owner, protocol::publish_batch& batch, responder reply) {
  if (topology_.pressure.overloaded()) {
    auto refusal = refuse_http(503, "The server is over capacity, try again");
    refusal.headers = {{"Retry-After", "1"}};
    return reply->answer(std::move(refusal));
  }
  struct answers {
    bool single = true;
    bool informs = false;
    protocol::named_info channels;  ///< (channel, what was asked) in the order of the request
    std::vector<std::string> missing;
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
    auto& [single, informs, channels, missing] = all.result;
    if (!informs)
      return all.reply->answer(ok("{}"));
    if (single)
      return all.reply->answer(ok(protocol::encode_channels(channels), missing));
    std::vector<protocol::channel_info> entries;
    for (auto& [name, info] : channels)
      entries.push_back(std::move(info));
    all.reply->answer(ok(protocol::encode_batch(entries), missing));
  };

  std::size_t place = 0;
  for (auto& event : batch.events) {
    auto content = std::make_shared<const event_content>(
        event_content{std::move(event.event), std::move(event.data)});
    for (auto& channel : event.channels) {
      channel_ref key{owner.index, std::move(channel)};
      const auto& directory = topology_.directory_of(key);
      request(directory, caf::infinite,
              publish{key, content, event.except.value_or(protocol::socket_id{}), event.info})
          .then(
              [this, gathered, respond, place, key,
               asked = event.info](const protocol::channel_info& info) {
                const auto keep = [gathered, respond,
                                   place](const protocol::channel_info& everywhere,
                                          const std::vector<std::string>& missing) {
                  auto& result = gathered->result;
                  result.channels[place].second = everywhere;
                  result.missing.insert(result.missing.end(), missing.begin(), missing.end());
                  respond(*gathered);
                };
                const auto applicable = protocol::applicable(asked, key.name);
                if (applicable.any())
                  ask_others(key, applicable, publish_info_deadline, info, keep);
                else
                  keep(info, {});
              },
              [gathered, respond](const caf::error&) {
                gathered->failed = true;
                respond(*gathered);
              });
      ++place;
    }
  }
}

// -- questions

void gateway::perform(app& owner, protocol::list_channels& call, responder reply) {
  auto gathered = std::make_shared<gathering<protocol::named_info>>();
  gathered->reply = std::move(reply);
  gathered->missing = topology_.directories.size();
  auto respond = [this, app = owner.index, prefix = call.prefix,
                  info = call.info](const std::shared_ptr<gathering<protocol::named_info>>& all) {
    if (!all->complete())
      return;
    ask_cluster_then({cluster_question_kind::channels, app, prefix, info, question_deadline},
                     [all](const cluster_answer& answer) {
                       channels::merge_channels(all->result, answer.payloads);
                       all->reply->answer(
                           ok(protocol::encode_channels(all->result), answer.missing));
                     });
  };
  for (const auto& directory : topology_.directories) {
    request(directory, caf::infinite, list{owner.index, call.prefix, call.info})
        .then(
            [gathered, respond](const channel_list& part) {
              for (const auto& [key, info] : part.channels)
                gathered->result.emplace_back(key.name, info);
              respond(gathered);
            },
            [gathered, respond](const caf::error&) {
              gathered->failed = true;
              respond(gathered);
            });
  }
}

void gateway::perform(app& owner, protocol::describe_channel& call, responder reply) {
  std::shared_ptr<net::responder> answer = std::move(reply);
  channel_ref key{owner.index, std::move(call.channel)};
  request(topology_.directory_of(key), caf::infinite, describe{key, call.info})
      .then(
          [this, answer, key, asked = call.info](const protocol::channel_info& local) {
            ask_others(key, asked, question_deadline, local,
                       [answer](const protocol::channel_info& info,
                                const std::vector<std::string>& missing) {
                         answer->answer(ok(protocol::encode_channel(info), missing));
                       });
          },
          [answer](const caf::error&) {
            answer->answer(refuse_http(503, "The server is going away"));
          });
}

void gateway::perform(app& owner, protocol::list_users& call, responder reply) {
  std::shared_ptr<net::responder> answer = std::move(reply);
  channel_ref key{owner.index, std::move(call.channel)};
  request(topology_.directory_of(key), caf::infinite, users_of{key})
      .then(
          [this, answer, key](const user_list& local) {
            // Who has members here knows all of them.
            if (!local.ids.empty())
              return answer->answer(ok(protocol::encode_users(local.ids)));
            ask_cluster_then(
                {cluster_question_kind::users, key.app, key.name, {}, question_deadline},
                [answer](const cluster_answer& others) {
                  std::vector<std::string> ids;
                  channels::merge_users(ids, others.payloads);
                  answer->answer(ok(protocol::encode_users(ids), others.missing));
                });
          },
          [answer](const caf::error&) {
            answer->answer(refuse_http(503, "The server is going away"));
          });
}

void gateway::perform(app& owner, protocol::count_connections&, responder reply) {
  std::shared_ptr<net::responder> answer = std::move(reply);
  const auto local = owner.connections.load(std::memory_order_relaxed);
  ask_cluster_then(
      {cluster_question_kind::connections, owner.index, {}, {}, question_deadline},
      [answer, local](const cluster_answer& others) {
        nlohmann::json body{{"connections", channels::sum_connections(local, others.payloads)}};
        answer->answer(ok(body.dump(), others.missing));
      });
}

void gateway::perform(app&, protocol::terminate_user&, responder reply) {
  // Nobody can be signed in yet, so there is nobody to terminate; saying so beats a silent success.
  reply->answer(
      refuse_http(501, "Terminating a user's connections is not available in this version"));
}

}  // namespace grapevine::actors
