// What `cluster::node_core` wants done, done: the other half of `cluster_actor`.

#include "actors/cluster_actor.hpp"
#include "actors/cluster_port.hpp"
#include "channels/channel_answers.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace grapevine::actors {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t recommended_nodes = 64;

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

void cluster_actor::perform(cluster::node_effects effects) {
  for (auto& effect : effects)
    std::visit([this](auto& each) { perform(each); }, effect);
  loop_.mark_dirty(*this);
}

// -- links

void cluster_actor::perform(cluster::dial& effect) {
  const auto& [host, port] = effect.address;
  if (effect.expected == 0)
    return dial_seed(effect.address);
  if (!is_dialling(host, port))
    return links_->dial(host, port, effect.expected);
  // A seed may turn out to be that member: two connections would only have to be told apart.
  loop_.post([this, expected = effect.expected, self = caf::strong_actor_ptr{ctrl()}] {
    perform(core_->on_dial_failed(expected, now()));
  });
}

/// Somebody is being called there and has not proved who he is.
bool cluster_actor::is_dialling(const std::string& host, std::uint16_t port) const {
  const auto under_way = links_->dialled(host, port);
  return std::ranges::any_of(under_way, [this](auto id) { return !core_->admitted(id); });
}

/// A seed is a name for any number of nodes: each address that is no known node is tried.
void cluster_actor::dial_seed(const cluster::node_address& seed) {
  ++seed_dials_open_;
  net::resolve(loop_, seed.host, seed.port,
               [this, seed, self = caf::strong_actor_ptr{ctrl()}](
                   const std::vector<net::resolved_address>& found, const std::string& error) {
                 --seed_dials_open_;
                 if (!links_)
                   return;
                 if (!error.empty())
                   spdlog::warn("A seed cannot be looked up seed={} why=\"{}\"", seed.host, error);
                 for (const auto& each : found) {
                   const cluster::node_address address{each.host, each.port};
                   if (core_->knows(address) || is_dialling(each.host, each.port))
                     continue;
                   ++seed_dials_open_;
                   links_->dial(each.host, each.port, 0);
                 }
               });
}

void cluster_actor::perform(cluster::close_link& effect) {
  closing_links_.push_back(effect.link);
}

// -- channels

template <class Item>
void cluster_actor::queue(Item& item) {
  items_[topology_.shard_of(item.channel)].emplace_back(std::move(item));
}

void cluster_actor::perform(cluster::remote_event& effect) {
  queue(effect);
}

void cluster_actor::perform(cluster::remote_roster& effect) {
  queue(effect);
}

void cluster_actor::perform(cluster::channel_ready& effect) {
  queue(effect);
}

/// One message per shard for everything that one read brought.
void cluster_actor::hand_out(cluster::link_id from) {
  const auto parts = std::ranges::count_if(items_, [](const auto& each) { return !each.empty(); });
  const auto turn =
      from == 0 ? cluster::link_turn{} : core_->end_turn(from, static_cast<unsigned>(parts));
  for (std::size_t shard = 0; shard < items_.size(); ++shard) {
    if (items_[shard].empty())
      continue;
    auto batch =
        std::make_shared<const std::vector<cluster_item>>(std::exchange(items_[shard], {}));
    send(topology_.directories[shard], from_cluster{std::move(batch), turn});
  }
}

// -- questions

caf::result<cluster_answer> cluster_actor::ask(const ask_cluster& asked) {
  const auto id = ++questions_;
  auto& pending = answers_[id];
  pending.promise = make_response_promise();
  auto promise = pending.promise;
  const channel_ref channel{asked.app, asked.text};
  const auto of_channel =
      asked.kind == cluster_question_kind::channel || asked.kind == cluster_question_kind::users;
  const auto key = of_channel ? topology_.ports[0]->key_of(channel) : 0;
  if (of_channel)
    pending.answer.wanted_elsewhere = core_->wanted_elsewhere(key);
  pending.gathering = true;
  pending.looking_up = asked.info.cache;
  const auto at = now();
  using cluster::node_core;
  perform(core_->ask(
      id, of_channel ? node_core::audience::interested : node_core::audience::everybody, key,
      static_cast<std::uint8_t>(asked.kind), asked.app, channels::to_attributes(asked.info),
      asked.text, asked.deadline.count() > 0 ? asked.deadline : settings_.cluster.query_timeout,
      at));
  if (asked.info.cache)
    perform(core_->look_up_cache(id, channel, key, at));
  return promise;
}

void cluster_actor::complete(std::map<std::uint64_t, pending_answer>::iterator at) {
  if (at == answers_.end() || at->second.gathering || at->second.looking_up)
    return;
  at->second.promise.deliver(std::move(at->second.answer));
  answers_.erase(at);
}

void cluster_actor::perform(cluster::gathered_answers& effect) {
  const auto at = answers_.find(effect.id);
  if (at == answers_.end())
    return;
  at->second.answer.payloads = std::move(effect.payloads);
  at->second.answer.missing = std::move(effect.missing);
  at->second.gathering = false;
  complete(at);
}

void cluster_actor::perform(cluster::cache_found& effect) {
  const auto at = answers_.find(effect.id);
  if (at == answers_.end())
    return;
  at->second.answer.cached = std::move(effect.item);
  at->second.looking_up = false;
  complete(at);
}

/// Another node asks what this one knows.
void cluster_actor::perform(cluster::question& asked) {
  const auto reply = [this, from = asked.from, id = asked.id](const std::string& payload) {
    perform(core_->answer(from, id, payload, now()));
  };
  const auto failed = [reply](const caf::error&) { reply({}); };
  const channel_ref channel{asked.app, asked.text};
  switch (static_cast<cluster_question_kind>(asked.kind)) {
  case cluster_question_kind::channel:
    request(topology_.directory_of(channel), caf::infinite,
            describe{channel, channels::from_attributes(asked.attributes)})
        .then(
            [reply](const protocol::channel_info& info) {
              reply(channels::encode_local_channel(info));
            },
            failed);
    return;
  case cluster_question_kind::users:
    request(topology_.directory_of(channel), caf::infinite, users_of{channel})
        .then([reply](const user_list& users) { reply(channels::encode_local_users(users.ids)); },
              failed);
    return;
  case cluster_question_kind::connections:
    return reply(channels::encode_local_connections(
        apps_.at(asked.app).connections.load(std::memory_order_relaxed)));
  case cluster_question_kind::channels: {
    struct gathering {
      protocol::named_info channels;
      std::size_t missing;
    };
    auto state = std::make_shared<gathering>(gathering{{}, topology_.directories.size()});
    const auto part_done = [state, reply] {
      if (--state->missing == 0)
        reply(channels::encode_local_channels(state->channels));
    };
    for (const auto& directory : topology_.directories)
      request(directory, caf::infinite,
              list{asked.app, asked.text, channels::from_attributes(asked.attributes)})
          .then(
              [state, part_done](const channel_list& part) {
                for (const auto& [key, info] : part.channels)
                  state->channels.emplace_back(key.name, info);
                part_done();
              },
              [part_done](const caf::error&) { part_done(); });
    return;
  }
  }
  reply({});
}

// -- news

void cluster_actor::perform(cluster::member_news& news) {
  const auto state = to_string(news.to);
  topology_.members.set(news.epoch, news.to == cluster::member_state::alive
                                        || news.to == cluster::member_state::suspect);
  if (news.to == cluster::member_state::suspect)
    spdlog::warn("A node is suspected to be gone node={}", news.name);
  else if (news.to == cluster::member_state::dead && !news.superseded)
    spdlog::warn("A node is gone node={}", news.name);
  else
    spdlog::info("A node has changed node={} state={}{}", news.name, state,
                 news.superseded ? " (restarted)" : "");
  const auto nodes = core_->members().members().serving() + 1;
  if (nodes > recommended_nodes && !std::exchange(large_, true))
    spdlog::warn("The cluster is larger than it is made for: every node hears of every channel "
                 "nodes={} recommended={}",
                 nodes, recommended_nodes);
}

void cluster_actor::perform(cluster::link_news& news) {
  using kind = cluster::link_news_kind;
  switch (news.what) {
  case kind::up:
    spdlog::info("Linked to a node node={} address={}", news.peer, news.detail);
    return;
  case kind::down:
    spdlog::info("A link ended node={} how=\"{}\"", news.peer, news.detail);
    return;
  case kind::refused:
    spdlog::warn("A connection between nodes was refused peer={} why=\"{}\"", news.peer,
                 news.detail);
    return;
  case kind::slow:
    spdlog::warn("A node does not keep up node={} detail=\"{}\"", news.peer, news.detail);
    return;
  case kind::gap:
    spdlog::warn("Events of a node are missing node={} detail=\"{}\"", news.peer, news.detail);
    return;
  }
}

void cluster_actor::perform(cluster::departed&) {
  if (goodbye_)
    goodbye_->deliver(true);
  goodbye_.reset();
}

// -- for people

std::string cluster_actor::members_json() const {
  const auto& membership = core_->members();
  const auto facts = core_->peers();
  const auto line = [](const cluster::node_info& info, std::string_view state, bool self) {
    return json{{"name", info.name},
                {"state", state},
                {"address", config::to_string({info.address.host, info.address.port})},
                {"self", self},
                {"epoch", std::to_string(info.epoch)},  // more than a JSON number holds
                {"incarnation", info.incarnation}};
  };
  std::vector<json> list;
  auto own = line(
      membership.self(),
      (membership.self().flags & cluster::node_flag::leaving) != 0 ? "leaving" : "alive", true);
  own["linked"] = true;
  list.push_back(std::move(own));
  for (const auto& [name, m] : membership.members().all()) {
    auto entry = line(m.info, to_string(m.state), false);
    const auto known = std::ranges::find(facts, name, &cluster::node_core::peer_facts::name);
    const bool linked = known != facts.end() && known->linked;
    entry["linked"] = linked;
    if (known != facts.end()) {
      entry["queue_bytes"] = known->queue_bytes;
      entry["slow"] = known->slow;
      entry["interest_keys"] = known->interest_keys;
      entry["apps_differ"] = known->apps_differ;
      entry["events_received"] = known->events.received;
      entry["gaps"] = known->events.left_out;
      entry["relay"] = known->relay.empty() ? json(nullptr) : json(known->relay);
    }
    list.push_back(std::move(entry));
  }
  std::ranges::sort(list, {}, [](const json& each) { return each.value("name", std::string{}); });
  return dump({{"members", std::move(list)}});
}

std::string cluster_actor::counters_json() const {
  const auto s = core_->stats();
  const auto facts = core_->peers();
  const auto links = std::ranges::count_if(facts, [](const auto& each) { return each.linked; });
  return dump({{"members", core_->members().members().serving() + 1},
               {"links", links},
               {"events_forwarded", s.events_forwarded},
               {"events_received", s.events_received},
               {"events_dropped", s.events_dropped},
               {"gaps", s.gaps},
               {"resumes", s.resumes},
               {"resyncs", s.resyncs},
               {"own_interest", s.own_interest},
               {"interest_keys", s.interest_keys},
               {"interest_repairs", s.interest_repairs},
               {"roster_repairs", s.roster_repairs},
               {"ack_timeouts", s.ack_timeouts},
               {"suspicions", s.suspicions},
               {"deaths", s.deaths},
               {"refused", s.refused},
               {"unknown_app", s.unknown_app},
               {"cached_items", s.cached_items},
               {"queue_bytes", s.queue_bytes},
               {"bytes_sent", s.bytes_sent},
               {"bytes_received", s.bytes_received},
               {"relayed_bytes", s.relayed_bytes},
               {"tunnels_opened", s.tunnels_opened},
               {"health", s.health}});
}

}  // namespace grapevine::actors
