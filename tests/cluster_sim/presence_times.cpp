#include "presence_times.hpp"

#include "sim_node.hpp"

#include <algorithm>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

/// What was true a moment ago may still be announced.
constexpr duration news_spread = 25ms;

}  // namespace

presence_times::presence_times(nodes_world& world, nodes_oracle& oracle, figures& book,
                               const limits& allowed)
    : world_{world}, oracle_{oracle}, figures_{book}, limits_{allowed} {}

/// Nodes that show already what has become true are not waited for: a user who is back in time.
void presence_times::begin(const who& about, bool came, const limit& allowed, const node_run* but) {
  open_.erase(about);
  if (!follows_)
    return;
  auto& fresh = open_[about];
  fresh = {came, world_.clock.now(), allowed, {}};
  for (auto* node : oracle_.running()) {
    const auto& channel = node->at(about.first);
    if (node == but || !channel.ready() || !channel.roster() || channel.ready_since() == fresh.since
        || world_.network.paused(node->host()))
      continue;
    const auto shown = channel.roster()->user_ids();
    const bool is_shown = std::ranges::find(shown, about.second) != shown.end();
    if (is_shown != came)
      fresh.on[node->epoch()] = {node->host(), channel.ready_since()};
  }
}

void presence_times::let_in(node_run& at, sim_channel& channel, socket_id socket) {
  if (!channel.name().presence)
    return;
  const who about{channel.place(), channel.subscribers().at(socket).user};
  if (auto& now = truth_[about]; ++now.sockets == 1) {
    now.since = world_.clock.now();
    begin(about, true, limits_.joined, &at);
  }
}

void presence_times::goes(node_run& at, sim_channel& channel, socket_id socket, bool moving) {
  if (!channel.name().presence)
    return;
  const who about{channel.place(), channel.subscribers().at(socket).user};
  gone(about, moving ? limits_.sent_away : limits_.left, &at);
}

void presence_times::gone(const who& about, const limit& allowed, const node_run* at) {
  auto& now = truth_[about];
  if (now.sockets == 0 || --now.sockets > 0)
    return;
  now.since = world_.clock.now();
  begin(about, false, allowed, at);
}

void presence_times::over(node_run& run, bool left) {
  const auto& allowed = left ? limits_.sent_away : limits_.lost;
  for (std::size_t place = 0; place < run.channels(); ++place)
    if (run.channel(place).presence)
      for (const auto& [socket, told] : run.at(place).subscribers())
        gone({place, told.user}, allowed, &run);
  for (auto& [about, each] : open_)
    each.on.erase(run.epoch());
}

void presence_times::announced(node_run& at, sim_channel& channel,
                               const roster_view::announcement& news) {
  const who about{channel.place(), news.user_id};
  const bool added = news.what == roster_view::announcement::kind::added;
  const auto& now = truth_[about];
  if (strict_ && added != (now.sockets > 0) && world_.clock.now() - now.since > news_spread)
    oracle_.fail(at, "announces that " + news.user_id + (added ? " has come to " : " has left ")
                         + channel.name().name + ", which is not so");
  const auto found = open_.find(about);
  if (found == open_.end() || found->second.came != added
      || found->second.on.erase(at.epoch()) == 0)
    return;
  const auto& change = found->second;
  const auto took = world_.clock.now() - change.since;
  figures_.add(change.allowed.what, took);
  if (took > change.allowed.most)
    too_late(at, about, added);
  if (took < change.allowed.least)
    oracle_.fail(at, "says too soon that " + news.user_id + " has left " + channel.name().name);
  ++measured_;
  if (change.on.empty())
    open_.erase(found);
}

void presence_times::too_late(const node_run& at, const who& about, bool came) {
  oracle_.fail(at, "does not say in time that " + about.second
                       + (came ? " has come to " : " has left ")
                       + world_.setting.channels[about.first].name);
}

bool presence_times::lost_subscribers(epoch_t epoch, const waiting& on, const who& about) const {
  const auto* node = world_.find(epoch);
  if (!node || world_.network.paused(on.at))
    return true;
  auto& channel = world_.at(on.at)->at(about.first);
  return !channel.ready() || channel.ready_since() != on.ready;
}

std::set<std::string> presence_times::present(std::size_t place, duration time) const {
  std::set<std::string> all;
  for (const auto& [about, now] : truth_)
    if (about.first == place && now.sockets > 0 && world_.clock.now() - now.since >= time)
      all.insert(about.second);
  return all;
}

std::set<std::string> presence_times::not_gone(std::size_t place, duration time) const {
  std::set<std::string> all;
  for (const auto& [about, now] : truth_)
    if (about.first == place && (now.sockets > 0 || world_.clock.now() - now.since <= time))
      all.insert(about.second);
  return all;
}

void presence_times::check() {
  for (auto& [about, change] : open_) {
    std::erase_if(change.on, [&, about = about](const auto& each) {
      return lost_subscribers(each.first, each.second, about);
    });
    if (world_.clock.now() - change.since <= change.allowed.most)
      continue;
    for (const auto& [epoch, on] : change.on)
      return too_late(*world_.at(on.at), about, change.came);
  }
  std::erase_if(open_, [](const auto& each) { return each.second.on.empty(); });
}

}  // namespace grapevine::cluster::sim
