#include "questions_load.hpp"

#include "channels/channel_answers.hpp"
#include "sim_node.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;
using kind = channels::question_kind;

/// Of one node's questions that another works on.
constexpr std::size_t working_max = 32;
/// A node looks at its deadlines with every tick of 20 ms.
constexpr duration deadline_seen = 45ms;
constexpr duration calm = 5s;

}  // namespace

questions_load::questions_load(nodes_world& world, nodes_oracle& oracle, figures& book,
                               duration longest_rest)
    : world_{world}, oracle_{oracle}, figures_{book}, longest_rest_{longest_rest} {}

void questions_load::run() {
  world_.clock.after(world_.random.between(1ms, longest_rest_), [this] {
    auto* node = world_.at(static_cast<host_id>(world_.random.below(world_.hosts())));
    const auto place =
        static_cast<std::size_t>(world_.random.below(world_.setting.channels.size()));
    const bool has_users = world_.setting.channels[place].presence;
    const auto what = static_cast<std::uint8_t>(1 + world_.random.below(has_users ? 3 : 2));
    // Now and then more at once than a node works on.
    const auto many = world_.random.chance(2) ? working_max + 8 : 1;
    if (many > 1)
      last_burst_ = world_.clock.now();
    if (node && !world_.network.paused(node->host()))
      for (std::size_t n = 0; n < many && world_.at(node->host()) == node; ++n)
        ask(*node, place, what, world_.random.between(250ms, 1s));
    run();
  });
}

void questions_load::ask(node_run& by, std::size_t place, std::uint8_t what, duration deadline) {
  const auto& c = world_.setting.channels[place];
  const auto which = static_cast<kind>(what);
  if (which == kind::users) {
    if (const auto here = local_users(by.at(place)); !here.empty())
      return oracle_.calm_for(calm) ? compare_users(by, place, here) : void();
  }
  const bool everybody = which == kind::channels;
  open_question fresh{by.epoch(), place, what, world_.clock.now(), deadline, {}, {}};
  const auto peers = by.core().peers();
  for (const auto& [name, m] : by.core().members().members().all()) {
    const bool known = std::ranges::find(peers, name, &node_core::peer_facts::name) != peers.end();
    if (m.serving() && (everybody || !known || by.core().sends_to(m.info.epoch, c.key)))
      fresh.audience.insert(name);
  }
  if (everybody)
    fresh.local = local_channels(by, c.app);
  else
    fresh.local = {{c.name, local_channel(by.at(place))}};
  ++counts_.asked;
  open_.emplace(++last_, std::move(fresh));
  const auto attributes = channels::to_attributes({.user_count = true, .subscription_count = true});
  by.ask(last_, everybody ? audience::everybody : audience::interested, place, what, attributes,
         everybody ? std::string{} : c.name, deadline);
}

// -- who works on them

void questions_load::asked(node_run& by, const question& what) {
  if (++working_[{by.epoch(), what.from}] > working_max)
    oracle_.fail(by,
                 "works on more than " + std::to_string(working_max) + " questions of one node");
}

void questions_load::answers(node_run& by, const question& what) {
  if (auto& n = working_[{by.epoch(), what.from}]; n > 0)
    --n;
}

void questions_load::changed(node_run& by, const member_news& news) {
  if (news.to == member_state::dead || news.to == member_state::left)
    working_.erase({by.epoch(), news.epoch});
}

void questions_load::over(node_run& run, bool) {
  std::erase_if(open_, [&](const auto& each) { return each.second.by == run.epoch(); });
  for (std::size_t place = 0; place < run.channels(); ++place)
    for (const auto& [socket, told] : run.at(place).subscribers())
      moved_[place] = user_moved_[{place, told.user}] = world_.clock.now();
}

void questions_load::renewed(node_run& run, epoch_t before) {
  for (auto& [id, each] : open_)
    if (each.by == before)
      each.by = run.epoch();
}

// -- what they bring

void questions_load::gathered(node_run& by, const gathered_answers& brought) {
  const auto found = open_.extract(brought.id);
  if (found.empty())
    return;
  const auto& asked = found.mapped();
  auto answers = brought.payloads;
  std::set<std::string> said;
  for (const auto& list : {take_names(answers), brought.missing})
    for (const auto& name : list)
      if (!said.insert(name).second)
        oracle_.fail(by, "has an answer of " + name + " twice, or misses it though it is there");
  if (said != asked.audience) {
    std::string names;
    for (const auto& name : asked.audience)
      if (!said.contains(name))
        names += " " + name;
    oracle_.fail(by, "neither has an answer nor misses one of" + names);
  }
  figures_.add("question until answered", world_.clock.now() - asked.since);
  counts_.partial += brought.missing.empty() ? 0 : 1;
  if (world_.clock.now() - asked.since > asked.deadline + deadline_seen
      && world_.network.awake_since(by.host()) <= asked.since)
    oracle_.fail(by, "waits for answers for longer than it may");
  if (!oracle_.calm_for(calm + 1s) || world_.setting.credit_late_percent != 0)
    return;
  if (brought.missing.empty())
    compare(by, asked, answers);
  else if (world_.clock.now() - last_burst_ > 2s)
    oracle_.fail(by, "has no answer of " + brought.missing.front());
}

void questions_load::compare(node_run& by, const open_question& asked,
                             const std::vector<std::string>& answers) {
  ++counts_.compared;
  switch (static_cast<kind>(asked.kind)) {
  case kind::channels: {
    auto all = asked.local;
    channels::merge_channels(all, answers);
    return compare_channels(by, asked, all);
  }
  case kind::users: {
    std::vector<std::string> ids;
    channels::merge_users(ids, answers);
    return compare_users(by, asked.place, ids);
  }
  default: {
    auto info = asked.local.front().second;
    channels::merge_channel(info, answers, info.occupied);
    if (quiet_since(asked.place, asked.since))
      compare_channel(by, asked.place, info);
  }
  }
}

void questions_load::compare_channel(node_run& by, std::size_t place,
                                     const protocol::channel_info& info) {
  const auto& c = world_.setting.channels[place];
  const auto truth = subscriptions(place);
  const auto where = " of " + c.app + "/" + c.name;
  if (info.subscription_count.value_or(0) != truth || info.occupied != (truth > 0))
    oracle_.fail(by, "says " + std::to_string(info.subscription_count.value_or(0))
                         + " subscriptions" + where + ", not " + std::to_string(truth));
  const auto [must, may] = users(place);
  if (const auto n = info.user_count.value_or(0); n < must.size() || n > may.size())
    oracle_.fail(by, "says " + std::to_string(n) + " users" + where + ", not "
                         + std::to_string(must.size()));
}

void questions_load::compare_channels(node_run& by, const open_question& asked,
                                      const protocol::named_info& said) {
  const auto& app = world_.setting.channels[asked.place].app;
  for (std::size_t place = 0; place < world_.setting.channels.size(); ++place) {
    const auto& c = world_.setting.channels[place];
    if (c.app != app || !quiet_since(place, asked.since))
      continue;
    const auto found =
        std::ranges::find(said, c.name, &std::pair<std::string, protocol::channel_info>::first);
    if (found != said.end())
      compare_channel(by, place, found->second);
    else if (subscriptions(place) > 0)
      oracle_.fail(by, "does not list " + c.app + "/" + c.name);
  }
}

void questions_load::compare_users(node_run& by, std::size_t place,
                                   const std::vector<std::string>& said) {
  const auto [must, may] = users(place);
  const std::set<std::string> ids{said.begin(), said.end()};
  const auto where = " of " + world_.setting.channels[place].name;
  if (!std::ranges::includes(ids, must))
    oracle_.fail(by, "lacks one of the users" + where + " when asked");
  if (!std::ranges::includes(may, ids))
    oracle_.fail(by, "has somebody who is gone among the users" + where + " when asked");
}

// -- the truth

void questions_load::let_in(node_run&, sim_channel& channel, socket_id socket) {
  const auto& user = channel.subscribers().at(socket).user;
  moved_[channel.place()] = user_moved_[{channel.place(), user}] = world_.clock.now();
}

void questions_load::goes(node_run& at, sim_channel& channel, socket_id socket, bool) {
  let_in(at, channel, socket);
}

bool questions_load::quiet_since(std::size_t place, time_point since) const {
  const auto last = moved_.find(place);
  return last == moved_.end() || last->second < since;
}

std::size_t questions_load::subscriptions(std::size_t place) const {
  std::size_t n = 0;
  for (auto* node : oracle_.running())
    n += node->at(place).subscribers().size();
  return n;
}

std::pair<std::set<std::string>, std::set<std::string>>
questions_load::users(std::size_t place) const {
  std::set<std::string> must;
  std::set<std::string> may;
  if (!world_.setting.channels[place].presence)
    return {must, may};
  const auto still = [&](const std::string& user, duration time) {
    const auto last = user_moved_.find({place, user});
    return last == user_moved_.end() || world_.clock.now() - last->second >= time;
  };
  for (auto* node : oracle_.running())
    for (const auto& [socket, told] : node->at(place).subscribers()) {
      may.insert(told.user);
      if (still(told.user, 1s))
        must.insert(told.user);
    }
  for (const auto& [who, when] : user_moved_)
    if (who.first == place && !still(who.second, 4s))
      may.insert(who.second);
  return {must, may};
}

void questions_load::check() {
  for (const auto& [id, each] : open_) {
    const auto* by = world_.find(each.by);
    if (by && world_.network.awake_since(by->host()) <= each.since
        && world_.network.awake_since(by->host())
        && world_.clock.now() > each.since + each.deadline + deadline_seen)
      return oracle_.fail(*by, "waits for answers for longer than it may");
  }
}

}  // namespace grapevine::cluster::sim
