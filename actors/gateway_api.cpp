// What the gateway does for the HTTP API, on all nodes of the cluster (protocol.md 9).

#include "actors/bridges.hpp"
#include "actors/gateway.hpp"
#include "actors/http_answers.hpp"
#include "base/json_text.hpp"
#include "channels/channel_answers.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace grapevine::actors {

namespace {

using namespace std::chrono_literals;

/// How long other nodes may take: as configured, and when a publisher waits for it.
constexpr std::chrono::milliseconds as_configured{};
constexpr std::chrono::milliseconds publish_info_deadline = 250ms;

/// Actors of this node answer at once and the cluster within the longest `cluster.query_timeout`
/// (5 s): whoever takes longer has lost the question.
constexpr auto answer_deadline = 10s;

using shared_responder = std::shared_ptr<net::responder>;

/// What a publish has found out about its channels.
struct published {
  protocol::named_info channels;  ///< in the order of the request
  std::vector<std::string> missing;
};

net::http_response over_capacity() {
  auto refusal = refuse(503, "The server is over capacity, try again");
  refusal.headers = {{"Retry-After", "1"}};
  return refusal;
}

std::vector<protocol::channel_info> without_names(protocol::named_info& channels) {
  std::vector<protocol::channel_info> entries;
  entries.reserve(channels.size());
  for (auto& [name, info] : channels)
    entries.push_back(std::move(info));
  return entries;
}

/// Waits for every channel of the batch and answers `reply`.
gathering<published> gather(const protocol::publish_batch& batch, shared_responder reply) {
  published all;
  bool informs = false;
  for (const auto& event : batch.events) {
    informs |= event.info.any();
    for (const auto& channel : event.channels)
      all.channels.emplace_back(channel, protocol::channel_info{});
  }
  const auto questions = all.channels.size();
  return {questions, std::move(all),
          [reply = std::move(reply), single = batch.single, informs](published& found, bool whole) {
            if (!whole)
              return reply->answer(going_away());
            if (!informs)
              return reply->answer(ok("{}"));
            auto body = single ? protocol::encode_channels(found.channels)
                               : protocol::encode_batch(without_names(found.channels));
            reply->answer(ok(std::move(body), std::move(found.missing)));
          }};
}

/// Adds what other nodes have answered about a channel to what this one knows.
protocol::channel_info merged(protocol::channel_info here, const protocol::info_request& asked,
                              const cluster_answer& others) {
  const bool roster_here = here.occupied;
  channels::merge_channel(here, others.payloads, roster_here);
  here.occupied |= others.wanted_elsewhere;
  if (asked.cache && others.cached) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(
        others.cached->expires_at - std::chrono::steady_clock::now());
    here.cache =
        protocol::cached_data{others.cached->data, std::max<std::int64_t>(0, left.count())};
  }
  return here;
}

}  // namespace

// -- other nodes

void gateway::ask_cluster_then(ask_cluster question, cluster_answered then) {
  if (!local_.cluster)
    return then({});
  request(local_.cluster, answer_deadline, std::move(question))
      .then([then](const cluster_answer& answer) { then(answer); },
            [then](const caf::error&) { then({}); });
}

void gateway::ask_others(const channel_ref& channel, const protocol::info_request& asked,
                         std::chrono::milliseconds deadline, const protocol::channel_info& here,
                         described then) {
  if (!local_.cluster)
    return then(here, {});
  ask_cluster_then({cluster_question_kind::channel, channel.app, channel.name, asked, deadline},
                   [here, asked, then = std::move(then)](const cluster_answer& others) {
                     then(merged(here, asked, others), others.missing);
                   });
}

// -- publishing

void gateway::perform(app& owner, protocol::publish_batch& batch, responder reply) {
  if (local_.pressure.overloaded())
    return reply->answer(over_capacity());
  const auto all = gather(batch, std::move(reply));
  std::size_t place = 0;
  for (auto& event : batch.events) {
    const auto content = std::make_shared<const event_content>(
        event_content{std::move(event.event), std::move(event.data)});
    if (local_.to_others)
      local_.to_others->publish(owner.index, event.channels, content,
                                event.except.value_or(protocol::socket_id{}));
    for (auto& channel : event.channels) {
      const auto keep = [all, place](const protocol::channel_info& info,
                                     const std::vector<std::string>& missing) {
        auto& found = all.result();
        found.channels[place].second = info;
        found.missing.insert(found.missing.end(), missing.begin(), missing.end());
        all.answered();
      };
      publish_to({{owner.index, std::move(channel)},
                  content,
                  event.except.value_or(protocol::socket_id{}),
                  event.info},
                 keep, [all] { all.failed(); });
      ++place;
    }
  }
}

void gateway::publish_to(publish event, described then, std::function<void()> failed) {
  auto channel = event.channel;
  const auto asked = protocol::applicable(event.info, channel.name);
  const auto& directory = local_.directory_of(channel);
  request(directory, caf::infinite, std::move(event))
      .then(
          [this, channel = std::move(channel), asked,
           then = std::move(then)](const protocol::channel_info& here) {
            if (asked.any())
              ask_others(channel, asked, publish_info_deadline, here, then);
            else
              then(here, {});
          },
          [failed = std::move(failed)](const caf::error&) { failed(); });
}

// -- questions

void gateway::perform(app& owner, protocol::list_channels& call, responder reply) {
  const gathering<protocol::named_info> all{
      local_.directories.size(),
      {},
      [this, app = owner.index, prefix = call.prefix, info = call.info,
       answer = shared_responder{std::move(reply)}](protocol::named_info& here, bool whole) {
        if (!whole)
          return answer->answer(going_away());
        ask_cluster_then({cluster_question_kind::channels, app, prefix, info, as_configured},
                         [answer, here](const cluster_answer& others) {
                           auto everywhere = here;
                           channels::merge_channels(everywhere, others.payloads);
                           answer->answer(
                               ok(protocol::encode_channels(everywhere), others.missing));
                         });
      }};
  for (const auto& directory : local_.directories)
    request(directory, answer_deadline, list{owner.index, call.prefix, call.info})
        .then(
            [all](const channel_list& part) {
              for (const auto& [channel, info] : part.channels)
                all.result().emplace_back(channel.name, info);
              all.answered();
            },
            [all](const caf::error&) { all.failed(); });
}

void gateway::perform(app& owner, protocol::describe_channel& call, responder reply) {
  const shared_responder answer = std::move(reply);
  const channel_ref channel{owner.index, std::move(call.channel)};
  request(local_.directory_of(channel), answer_deadline, describe{channel, call.info})
      .then(
          [this, answer, channel, asked = call.info](const protocol::channel_info& here) {
            ask_others(channel, asked, as_configured, here,
                       [answer](const protocol::channel_info& info,
                                const std::vector<std::string>& missing) {
                         answer->answer(ok(protocol::encode_channel(info), missing));
                       });
          },
          [answer](const caf::error&) { answer->answer(going_away()); });
}

void gateway::perform(app& owner, protocol::list_users& call, responder reply) {
  const shared_responder answer = std::move(reply);
  const channel_ref channel{owner.index, std::move(call.channel)};
  request(local_.directory_of(channel), answer_deadline, users_of{channel})
      .then(
          [this, answer, channel](const user_list& here) {
            // Who has members here knows all of them.
            if (!here.ids.empty())
              return answer->answer(ok(protocol::encode_users(here.ids)));
            ask_cluster_then(
                {cluster_question_kind::users, channel.app, channel.name, {}, as_configured},
                [answer](const cluster_answer& others) {
                  std::vector<std::string> ids;
                  channels::merge_users(ids, others.payloads);
                  answer->answer(ok(protocol::encode_users(ids), others.missing));
                });
          },
          [answer](const caf::error&) { answer->answer(going_away()); });
}

void gateway::perform(app& owner, protocol::count_connections&, responder reply) {
  const shared_responder answer = std::move(reply);
  const auto here = owner.connections.load(std::memory_order_relaxed);
  ask_cluster_then({cluster_question_kind::connections, owner.index, {}, {}, as_configured},
                   [answer, here](const cluster_answer& others) {
                     const nlohmann::json body{
                         {"connections", channels::sum_connections(here, others.payloads)}};
                     answer->answer(ok(base::json_text(body), others.missing));
                   });
}

void gateway::perform(app&, protocol::terminate_user&, responder reply) {
  // Nobody can be signed in yet, so there is nobody to terminate; saying so beats a silent success.
  reply->answer(refuse(501, "Terminating a user's connections is not available in this version"));
}

}  // namespace grapevine::actors
