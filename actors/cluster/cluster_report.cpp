#include "actors/cluster/cluster_report.hpp"

#include "base/endpoint.hpp"
#include "base/json_text.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace grapevine::actors {

namespace {

using json = nlohmann::ordered_json;

}  // namespace

// -- for the log

log_line line_of(const cluster::member_news& news) {
  using level = spdlog::level::level_enum;
  if (news.to == cluster::member_state::suspect)
    return {level::warn, fmt::format("A node is suspected to be gone node={}", news.name)};
  if (news.to == cluster::member_state::dead && !news.superseded)
    return {level::warn, fmt::format("A node is gone node={}", news.name)};
  return {level::info, fmt::format("A node has changed node={} state={}{}", news.name,
                                   to_string(news.to), news.superseded ? " (restarted)" : "")};
}

log_line line_of(const cluster::link_news& news) {
  using kind = cluster::link_news_kind;
  using level = spdlog::level::level_enum;
  switch (news.what) {
  case kind::up:
    return {level::info,
            fmt::format("Linked to a node node={} address={}", news.peer, news.detail)};
  case kind::down:
    return {level::info, fmt::format("A link ended node={} how=\"{}\"", news.peer, news.detail)};
  case kind::refused:
    return {level::warn, fmt::format("A connection between nodes was refused peer={} why=\"{}\"",
                                     news.peer, news.detail)};
  case kind::slow:
    return {level::warn,
            fmt::format("A node does not keep up node={} detail=\"{}\"", news.peer, news.detail)};
  case kind::gap:
    return {level::warn, fmt::format("Events of a node are missing node={} detail=\"{}\"",
                                     news.peer, news.detail)};
  }
  return {};
}

// -- for people

std::string members_json(const cluster::node_core& core) {
  const auto& membership = core.members();
  const auto facts = core.peers();
  const auto line = [](const cluster::node_info& info, std::string_view state, bool self) {
    return json{{"name", info.name},
                {"state", state},
                {"address", base::to_string(info.address)},
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
  return base::json_text(json{{"members", std::move(list)}});
}

std::string counters_json(const cluster::node_core& core) {
  const auto s = core.stats();
  const auto facts = core.peers();
  const auto links = std::ranges::count_if(facts, [](const auto& each) { return each.linked; });
  return base::json_text(json{{"members", core.members().members().serving() + 1},
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
