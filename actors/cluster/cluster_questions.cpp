#include "actors/cluster/cluster_questions.hpp"

#include "actors/gathering.hpp"
#include "channels/channel_answers.hpp"

#include <utility>

namespace grapevine::actors {

cluster_questions::cluster_questions(caf::event_based_actor& self, const app_registry& apps,
                                     const local_actors& local,
                                     std::function<void(const cluster::node_call&)> perform)
    : self_{self}, apps_{apps}, local_{local}, perform_{std::move(perform)} {}

// -- of this node

bool cluster_questions::of_channel(cluster_question_kind kind) noexcept {
  return kind == cluster_question_kind::channel || kind == cluster_question_kind::users;
}

std::vector<cluster::node_call> cluster_questions::open(const ask_cluster& asked, std::uint64_t key,
                                                        bool wanted_elsewhere,
                                                        std::chrono::milliseconds deadline,
                                                        caf::response_promise promise) {
  const auto id = ++last_id_;
  auto& pending = open_[id];
  pending.promise = std::move(promise);
  pending.answer.wanted_elsewhere = wanted_elsewhere;
  pending.looking_up = asked.info.cache;
  using cluster::audience;
  std::vector<cluster::node_call> calls{cluster::calls::ask{
      .id = id,
      .whom = of_channel(asked.kind) ? audience::interested : audience::everybody,
      .key = key,
      .kind = static_cast<std::uint8_t>(asked.kind),
      .app = asked.app,
      .attributes = channels::to_attributes(asked.info),
      .text = asked.text,
      .deadline = asked.deadline.count() > 0 ? asked.deadline : deadline}};
  if (asked.info.cache)
    calls.emplace_back(cluster::calls::look_up_cache{id, channel_ref{asked.app, asked.text}, key});
  return calls;
}

void cluster_questions::on_gathered(cluster::gathered_answers& brought) {
  const auto at = open_.find(brought.id);
  if (at == open_.end())
    return;
  at->second.answer.payloads = std::move(brought.payloads);
  at->second.answer.missing = std::move(brought.missing);
  at->second.gathering = false;
  complete(at);
}

void cluster_questions::on_found(cluster::cache_found& brought) {
  const auto at = open_.find(brought.id);
  if (at == open_.end())
    return;
  at->second.answer.cached = std::move(brought.item);
  at->second.looking_up = false;
  complete(at);
}

void cluster_questions::complete(pending_answers::iterator at) {
  if (at->second.gathering || at->second.looking_up)
    return;
  at->second.promise.deliver(std::move(at->second.answer));
  open_.erase(at);
}

// -- of others

void cluster_questions::on_question(const cluster::question& asked) {
  const auto reply = [this, from = asked.from, id = asked.id](const std::string& payload) {
    perform_(cluster::calls::answer{from, id, payload});
  };
  const auto failed = [reply](const caf::error&) { reply({}); };
  const channel_ref channel{asked.app, asked.text};
  switch (static_cast<cluster_question_kind>(asked.kind)) {
  case cluster_question_kind::channel:
    self_
        .request(local_.directory_of(channel), caf::infinite,
                 describe{channel, channels::from_attributes(asked.attributes)})
        .then(
            [reply](const protocol::channel_info& info) {
              reply(channels::encode_local_channel(info));
            },
            failed);
    return;
  case cluster_question_kind::users:
    self_.request(local_.directory_of(channel), caf::infinite, users_of{channel})
        .then([reply](const user_list& users) { reply(channels::encode_local_users(users.ids)); },
              failed);
    return;
  case cluster_question_kind::connections:
    return reply(channels::encode_local_connections(
        apps_.at(asked.app).connections.load(std::memory_order_relaxed)));
  case cluster_question_kind::channels:
    return list_channels(asked, reply);
  }
  reply({});
}

/// Every directory has some of the channels.
void cluster_questions::list_channels(const cluster::question& asked,
                                      const std::function<void(const std::string&)>& reply) {
  const gathering<protocol::named_info> all{
      local_.directories.size(), {}, [reply](const protocol::named_info& found, bool) {
        reply(channels::encode_local_channels(found));
      }};
  for (const auto& directory : local_.directories)
    self_
        .request(directory, caf::infinite,
                 list{asked.app, asked.text, channels::from_attributes(asked.attributes)})
        .then(
            [all](const channel_list& part) {
              for (const auto& [channel, info] : part.channels)
                all.result().emplace_back(channel.name, info);
              all.answered();
            },
            [all](const caf::error&) { all.failed(); });
}

}  // namespace grapevine::actors
