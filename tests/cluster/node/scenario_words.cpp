#include "tests/cluster/node/scenario_words.hpp"

#include "cluster/rendezvous.hpp"

#include "cluster/visitor.hpp"

namespace grapevine::cluster {

namespace {

std::string words(std::initializer_list<std::string_view> all) {
  std::string text;
  for (const auto each : all)
    text.append(each);
  return text;
}

template <class List, class Name>
std::string joined(const List& list, std::string_view before, Name name) {
  std::string text;
  for (const auto& each : list)
    text += words({" ", before, name(each)});
  return text;
}

std::string of_change(const roster_change& change, roster_cause cause,
                      const scenario_names& names) {
  const auto node = names.node(change.node);
  std::string text;
  const auto clause = [&](std::string_view user, std::string_view what) {
    text += words({text.empty() ? "" : ", ", user, what, node});
  };
  for (const auto& each : change.joins)
    clause(each->user_id, " joined on ");
  for (const auto& each : change.leaves)
    clause(each.user_id, each.moving ? " moves away from " : " left ");
  if (cause == roster_cause::died)
    text += ", which died";
  if (cause == roster_cause::departed)
    text += ", which departed";
  return text;
}

std::string of_ready(const channel_ready& what, const scenario_names& names) {
  auto text = "channel_ready " + what.channel.name;
  for (const auto& part : what.roster)
    text += words({", on ", names.node(part.node), ":",
                   joined(part.joins, "", [](const auto& each) { return each->user_id; })});
  if (what.cached)
    text +=
        words({", last event ", what.cached->data, " from ", names.node(what.cached->publisher)});
  return text;
}

std::string of_member(const member_news& what, const scenario_names& names) {
  const auto node = names.node(what.epoch);
  if (what.superseded)
    return node + " is superseded";
  if (what.to == member_state::alive && what.from)
    return node + " is alive again";
  return words({node, what.to == member_state::left ? " has " : " is ", to_string(what.to)});
}

std::string of_duties(const bridge_duties& what) {
  std::string text = "bridge_duties";
  for (std::size_t i = 0; i < what.duties.size(); ++i) {
    const auto& [leads, covers, hands_on] = what.duties[i];
    text += (i == 0 ? " of bridge " : "; of bridge ") + std::to_string(i) + ":";
    text += leads ? " leads" : "";
    text += covers ? " covers others" : "";
    for (std::size_t to = 0; to < what.duties.size(); ++to)
      if (hands_on >> to & 1)
        text += " hands on to " + std::to_string(to);
    if (!leads && !covers && hands_on == 0)
      text += " none";
  }
  return text;
}

std::string of_link(const link_news& what, const scenario_names& names) {
  const auto peer = names.peer(what.peer);
  switch (what.what) {
  case link_news_kind::up:
    return words({"link to ", peer, " is up"});
  case link_news_kind::down:
    return words({"link to ", peer, " is down: ", what.detail});
  case link_news_kind::refused:
    return words({peer, " is refused: ", what.detail});
  case link_news_kind::slow:
    return peer + " is slow";  // the detail counts bytes
  case link_news_kind::gap:
    return words({"gap from ", peer, ": ", what.detail});
  }
  return {};
}

}  // namespace

// -- names

void scenario_names::add_run(const std::string& node, epoch_t epoch, const base::endpoint& where) {
  const auto run = ++runs_[node];
  nodes_[epoch] = run == 1 ? node : node + " (run " + std::to_string(run) + ")";
  hosts_[where.host] = node;
}
void scenario_names::add_channel(const std::string& channel, std::uint64_t key) {
  channels_[key] = channel;
}
std::string scenario_names::node(epoch_t epoch) const {
  const auto found = nodes_.find(epoch);
  return found == nodes_.end() ? "nobody" : found->second;
}
std::string scenario_names::peer(const std::string& name_or_address) const {
  const auto found = hosts_.find(name_or_address);
  return found == hosts_.end() ? name_or_address : found->second;
}
std::string scenario_names::address(const base::endpoint& where) const {
  return peer(where.host);
}
std::string scenario_names::channel(std::uint64_t key) const {
  const auto found = channels_.find(key);
  return found == channels_.end() ? "a channel" : found->second;
}
std::uint64_t scenario_names::add_bridge(const std::string& system) {
  const auto id = name_hash(system);
  bridges_[id] = system;
  return id;
}
std::string scenario_names::bridge(std::uint64_t id) const {
  const auto found = bridges_.find(id);
  return found == bridges_.end() ? "a system" : found->second;
}

// -- effects

std::string_view kind_of(const node_effect& effect) {
  return std::visit(visitor{[](const dial&) { return "dial"; },
                            [](const close_link&) { return "close_link"; },
                            [](const remote_event&) { return "remote_event"; },
                            [](const channel_ready&) { return "channel_ready"; },
                            [](const remote_roster&) { return "remote_roster"; },
                            [](const question&) { return "question"; },
                            [](const gathered_answers&) { return "gathered_answers"; },
                            [](const cache_found&) { return "cache_found"; },
                            [](const bridge_duties&) { return "bridge_duties"; },
                            [](const member_news&) { return "member_news"; },
                            [](const link_news&) { return "link_news"; },
                            [](const departed&) { return "departed"; }},
                    effect);
}

std::string in_words(const node_effect& effect, const scenario_names& names) {
  return std::visit(
      visitor{[&](const dial& what) { return "dials " + names.address(what.address); },
              [&](const close_link&) { return std::string{"close_link"}; },
              [&](const remote_event& what) {
                return words(
                    {"remote_event ", what.channel.name, " ", what.data, " from ",
                     names.node(what.publisher),
                     what.flags & event_flag::store_only ? ", for later subscribers" : ""});
              },
              [&](const channel_ready& what) { return of_ready(what, names); },
              [&](const remote_roster& what) {
                return words({"remote_roster ", what.channel.name, ": ",
                              of_change(what.change, what.cause, names)});
              },
              [&](const question& what) {
                return words({"question from ", names.node(what.from), ": ", what.text});
              },
              [&](const gathered_answers& what) {
                const auto same = [](const std::string& each) { return each; };
                return words({"gathered_answers", joined(what.payloads, "", same),
                              joined(what.missing, "without ", same)});
              },
              [&](const cache_found& what) {
                return "cache_found " + (what.item ? what.item->data : "nothing");
              },
              [&](const bridge_duties& what) { return of_duties(what); },
              [&](const member_news& what) { return of_member(what, names); },
              [&](const link_news& what) { return of_link(what, names); },
              [&](const departed&) { return std::string{"departed"}; }},
      effect);
}

// -- frames

std::string_view kind_of(const frame& content) {
  // In the order of the alternatives.
  static constexpr std::string_view kinds[] = {"hello",
                                               "proof",
                                               "resume",
                                               "bye",
                                               "probe",
                                               "probe_ack",
                                               "probe_req",
                                               "probe_nack",
                                               "gossip",
                                               "members",
                                               "ack",
                                               "relay",
                                               "relay_end",
                                               "app_def",
                                               "event",
                                               "gap",
                                               "interest_delta",
                                               "interest_ack",
                                               "digest",
                                               "interest_begin",
                                               "roster_delta",
                                               "roster_snapshot",
                                               "roster_done",
                                               "cache_get",
                                               "cache_item",
                                               "query",
                                               "interest_chunk",
                                               "interest_done",
                                               "interest_request",
                                               "roster_request",
                                               "bridges",
                                               "answer"};
  static_assert(std::size(kinds) == std::variant_size_v<frame>);
  return kinds[content.index()];
}

namespace {

std::string roles(std::uint8_t roles) {
  std::string text;
  for (const auto& [role, name] :
       {std::pair{bridge_role::hears, "hears"}, std::pair{bridge_role::acts, "acts"},
        std::pair{bridge_role::sends, "sends"}})
    if (roles & role)
      text += (text.empty() ? " (" : ", ") + std::string{name};
  return text.empty() ? " (away)" : text + ")";
}

}  // namespace

std::string in_words(const frame& content, const scenario_names& names) {
  const auto channel_of = [&](std::uint64_t key) { return names.channel(key); };
  const auto user_of = [](const auto& each) { return each.user_id; };
  const auto detail = std::visit(
      visitor{[&](const proof_frame& f) { return " of " + names.node(f.info.epoch); },
              [](const resume_frame& f) {
                return std::string{f.peer_session == 0 ? ", knows no stream of the other"
                                   : f.resync          ? ", has dropped the other's state"
                                                       : ", knows the other's stream"};
              },
              [](const bye_frame& f) {
                return words({": ", explain(f.reason)});
              },
              [&](const relay_frame& f) { return " to " + names.node(f.target); },
              [](const event_frame& f) {
                return words({" ", f.channel, " ", f.data});
              },
              [](const gap_frame& f) {
                return words({" of ", std::to_string(f.events), " events"});
              },
              [&](const interest_delta_frame& f) {
                return joined(f.adds, "+", channel_of) + joined(f.removes, "-", channel_of);
              },
              [&](const interest_chunk_frame& f) { return joined(f.keys, "", channel_of); },
              [&](const roster_delta_frame& f) {
                return " " + f.channel + joined(f.joins, "+", user_of)
                       + joined(f.leaves, "-", user_of);
              },
              [&](const roster_snapshot_frame& f) {
                return words({" ", f.channel, ":"}) + joined(f.elements, "", user_of);
              },
              [&](const bridges_frame& f) {
                return f.bridges.empty() ? std::string{" none"}
                                         : joined(f.bridges, "", [&](const auto& each) {
                                             return names.bridge(each.id) + roles(each.roles);
                                           });
              },
              [](const cache_get_frame& f) { return " " + f.channel; },
              [](const cache_item_frame& f) {
                return words({" ", f.channel, " ", f.found ? f.data : "nothing"});
              },
              [](const auto&) { return std::string{}; }},
      content);
  return std::string{kind_of(content)} + detail;
}

}  // namespace grapevine::cluster
