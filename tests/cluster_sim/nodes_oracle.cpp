// What nodes and their channels tell the oracle, checked as it happens.

#include "nodes_oracle.hpp"

#include "sim_node.hpp"

#include <algorithm>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

/// Invariant 4: a path has to be whole for so long before its silence counts as a wrong verdict; as
/// long as links may take to come back.
constexpr duration verdict_window = 5s;
/// Who has not acknowledged in time is not waited for until he has caught up.
constexpr duration lateness = 15s;
constexpr duration state_begins = 1s;
constexpr duration link_begins = 500ms;
constexpr duration calm = 5s;

}  // namespace

nodes_oracle::nodes_oracle(nodes_world& world)
    : world_{world}, last_disturbance_{world.clock.now()} {}

void nodes_oracle::fail(const node_run& by, const std::string& what) {
  if (failure_)
    return;
  failure_ = name_of(by.host()) + " " + what;
  world_.trace("FAILURE ", *failure_);
  world_.clock.stop();
}

void nodes_oracle::attach(nodes_witness& witness) {
  witnesses_.push_back(&witness);
}

void nodes_oracle::disturbed() {
  last_disturbance_ = world_.clock.now();
}

std::vector<node_run*> nodes_oracle::running() const {
  std::vector<node_run*> all;
  for (host_id host = 0; host < world_.hosts(); ++host)
    if (auto* node = world_.at(host))
      all.push_back(node);
  return all;
}

bool nodes_oracle::for_long(std::optional<time_point> since, duration time) const {
  return since && world_.clock.now() - *since >= time;
}

bool nodes_oracle::path_whole(host_id a, host_id b, duration time) const {
  return for_long(world_.network.path_whole_since(a, b), time);
}

bool nodes_oracle::calm_for(duration time, std::optional<host_id> except) const {
  if (!for_long(last_disturbance_, time))
    return false;
  for (const auto* a : running()) {
    if (a->host() != except && !for_long(world_.network.awake_since(a->host()), time))
      return false;
    for (const auto* b : running())
      if (a != b && !path_whole(a->host(), b->host(), time))
        return false;
  }
  return true;
}

// -- runs

void nodes_oracle::run_is_over(node_run& run, bool left) {
  for (auto* each : witnesses_)
    each->over(run, left);
  ++turnover_;
  disturbed();
  std::erase_if(expected_, [&](const auto& each) {
    return each.second.from == run.epoch() || each.second.to == run.epoch();
  });
  for (std::size_t place = 0; place < world_.setting.channels.size(); ++place)
    for (const auto& [socket, told] : run.model(place).subscribers())
      changes_[{place, told.user}] = world_.clock.now();
}

void nodes_oracle::ended(node_run& run) {
  run_is_over(run, false);
}

/// P6: whatever a node has accepted before it leaves arrives.
void nodes_oracle::departed(node_run& run) {
  world_.trace(name_of(run.host()), " has left");
  if (calm_for(calm - 1s) && world_.setting.credit_late_percent == 0 && !spoilt_)
    for (const auto& [what, e] : expected_)
      if (e.from == run.epoch() && for_long(e.at, 1s))
        fail(run, "leaves before event " + std::to_string(what.second) + " has arrived");
  run_is_over(run, true);
}

/// A run whose name was taken by a later epoch goes on as a later one still.
void nodes_oracle::renewed(node_run& run, epoch_t before) {
  world_.trace(name_of(run.host()), " is ", run.epoch(), " from now on, not ", before);
  for (auto* each : witnesses_)
    each->renewed(run, before);
  disturbed();
  std::erase_if(expected_, [&](const auto& each) {
    return each.second.from == before || each.second.to == before;
  });
}

void nodes_oracle::read(node_run& at, epoch_t from, const event_tally& brought) {
  for (auto* each : witnesses_)
    each->read(at, from, brought);
}

void nodes_oracle::asked(node_run& by, const question& what) {
  for (auto* each : witnesses_)
    each->asked(by, what);
}

void nodes_oracle::answers(node_run& by, const question& what) {
  for (auto* each : witnesses_)
    each->answers(by, what);
}

void nodes_oracle::gathered(node_run& by, const gathered_answers& answers) {
  for (auto* each : witnesses_)
    each->gathered(by, answers);
}

void nodes_oracle::changed(node_run& by, const member_news& news) {
  for (auto* each : witnesses_)
    each->changed(by, news);
  world_.trace(name_of(by.host()), " sees ", news.name, " ", news.epoch, " ", to_string(news.to),
               news.superseded ? ", superseded" : "");
  const std::pair both{by.epoch(), news.epoch};
  if (news.to == member_state::alive && (!news.from || news.from == member_state::dead))
    met_[both] = world_.clock.now();
  if (news.to != member_state::alive)
    trusted_.erase(both);
  else if (const auto* of = world_.find(news.epoch); of)
    for (const auto& each : by.core().peers())
      if (each.name == news.name && each.linked)
        trusted_.try_emplace(both, world_.clock.now());
  if (news.to != member_state::dead && news.to != member_state::left)
    return;
  dropped_[both] = world_.clock.now();
  forget_between(by.epoch(), news.epoch);
  const auto* of = world_.find(news.epoch);
  if (!of)
    return;
  if (news.superseded)
    fail(by, "takes the only run of " + news.name + " for superseded");
  if (news.to == member_state::dead)
    check_death(by, *of);
}

/// Invariant 4, which counts one relay as a way.
void nodes_oracle::check_death(const node_run& by, const node_run& of) {
  const auto awake = [&](const node_run& who) {
    return for_long(world_.network.awake_since(who.host()), verdict_window);
  };
  if (!awake(of))
    return;
  bool reachable = path_whole(by.host(), of.host(), verdict_window);
  for (const auto* via : running())
    if (via != &by && via != &of && awake(*via))
      reachable = reachable
                  || (path_whole(by.host(), via->host(), verdict_window)
                      && path_whole(via->host(), of.host(), verdict_window));
  if (reachable)
    fail(by, "declares " + name_of(of.host()) + " dead, which it can reach");
}

void nodes_oracle::link(node_run& by, const link_news& news) {
  for (auto* each : witnesses_)
    each->link(by, news);
  world_.trace(name_of(by.host()), " link ", static_cast<int>(news.what), " ", news.peer, " ",
               news.detail);
  if (news.what == link_news_kind::gap)
    gaps_[{by.epoch(), news.peer}] += std::stoull(news.detail);
  const auto* of = world_.find(std::string_view{news.peer});
  if (!of)
    return;
  if (news.what == link_news_kind::up && dropped_.contains({by.epoch(), of->epoch()}))
    met_[{by.epoch(), of->epoch()}] = world_.clock.now();
  if (news.what == link_news_kind::down)
    trusted_.erase({by.epoch(), of->epoch()});
  if (news.what == link_news_kind::up)
    if (const auto* m = by.core().members().members().find(of->epoch());
        m && m->state == member_state::alive)
      trusted_[{by.epoch(), of->epoch()}] = world_.clock.now();
}

void nodes_oracle::flags_changed() {
  flags_changed_ = world_.clock.now();
}

void nodes_oracle::note_timeouts(const node_run& node) {
  auto& [count, at] = timeouts_[node.epoch()];
  if (const auto now = node.core().stats().ack_timeouts; now != count) {
    count = now;
    at = world_.clock.now();
  }
}

void nodes_oracle::spoilt(node_run& by, bool interest) {
  world_.trace(name_of(by.host()), " has a frame spoilt, interest ", interest);
  spoilt_ = true;
  spoilt_interest_ |= interest;
  disturbed();
}

// -- events

void nodes_oracle::published(node_run& by, std::size_t place, std::uint64_t event,
                             std::optional<socket_id> except) {
  for (auto* each : witnesses_)
    each->published(by, place, event);
  ++counts_.published;
  world_.trace(name_of(by.host()), " publishes ", event, " to ", place);
  if (except)
    excepted_[event] = *except;
  auto& list = candidates_[event];
  for (auto* node : running()) {
    const auto& model = node->model(place);
    if (node == &by || !model.ready())
      continue;
    candidate who{node->epoch(), model.ready_since(), {}};
    for (const auto& [socket, told] : model.subscribers())
      if (socket != except)
        who.sockets.push_back(socket);
    list.push_back(std::move(who));
  }
}

/// The publisher's core has the event now; what it knows at this moment decides who gets it.
void nodes_oracle::forwarded(node_run& by, std::size_t place, std::uint64_t event, bool cache) {
  for (auto* each : witnesses_)
    each->forwarded(by, place, event, cache);
  const auto on_its_way = candidates_.extract(event);
  if (spoilt_ || on_its_way.empty())
    return;
  for (const auto& each : on_its_way.mapped()) {
    auto* node = world_.find(each.at);
    if (!node || !node->model(place).ready()
        || node->model(place).ready_since() != each.ready_since)
      continue;
    // Whom the receiver takes for dead is not heard; with the first of his state he is.
    const auto* m = node->core().members().members().find(by.epoch());
    const auto peers = node->core().peers();
    const bool known =
        std::ranges::find(peers, name_of(by.host()), &node_core::peer_facts::name) != peers.end();
    if (!m || !m->serving() || !known || !for_long(met_[{each.at, by.epoch()}], state_begins))
      continue;
    if (!by.core().sends_to(each.at, by.channel(place).key)) {
      check_wish_known(by, *node, place, event);
      continue;
    }
    for (const auto socket : each.sockets)
      if (node->model(place).subscribers().contains(socket)) {
        ++counts_.expected;
        expected_[{socket, event}] = {by.epoch(), each.at, world_.clock.now(), place};
      }
  }
}

/// P2: the subscriber was let in, so everybody who counted had to know.
void nodes_oracle::check_wish_known(const node_run& by, node_run& at, std::size_t place,
                                    std::uint64_t event) {
  note_timeouts(at);
  const auto wanted = at.model(place).wanted_since();
  const auto trusted = trusted_.find({at.epoch(), by.epoch()});
  // A link counts once both streams have found their place.
  if (trusted == trusted_.end() || trusted->second + link_begins > wanted)
    return;
  if (const auto gone = dropped_.find({by.epoch(), at.epoch()}); gone != dropped_.end())
    return;
  const auto late = timeouts_.find(at.epoch());
  if (late != timeouts_.end() && late->second.first > 0 && late->second.second + lateness >= wanted)
    return;
  fail(by, "publishes " + std::to_string(event) + " and does not know that " + name_of(at.host())
               + " has subscribers of " + at.channel(place).name);
}

void nodes_oracle::forget_between(epoch_t a, epoch_t b) {
  std::erase_if(expected_, [&](const auto& each) {
    const auto& e = each.second;
    return (e.from == a && e.to == b) || (e.from == b && e.to == a);
  });
}

void nodes_oracle::delivered(node_run& at, channel_model& model, socket_id socket,
                             told_subscriber& told, epoch_t publisher, std::uint64_t event,
                             const std::optional<std::string>& user) {
  for (auto* each : witnesses_)
    each->delivered(at, model, socket, publisher, event);
  auto& last = told.last[publisher];
  if (event <= last)
    fail(at, "delivers event " + std::to_string(event) + " after " + std::to_string(last));
  last = event;
  if (const auto found = excepted_.find(event); found != excepted_.end() && found->second == socket)
    fail(at, "delivers event " + std::to_string(event) + " to whom it is kept from");
  if (user && model.name().presence && !told.members.contains(*user) && calm_for(calm))
    fail(at, "delivers a client event of " + *user + ", who is no member");
  expected_.erase({socket, event});
}

// -- subscribers and members

void nodes_oracle::let_in(node_run& at, channel_model& model, socket_id socket) {
  for (auto* each : witnesses_)
    each->let_in(at, model, socket);
  const auto& user = model.subscribers().at(socket).user;
  world_.trace(name_of(at.host()), " lets ", socket, " (", user, ") into ", model.place());
  changes_[{model.place(), user}] = world_.clock.now();
  check_cache(at, model);
}

void nodes_oracle::goes(node_run& at, channel_model& model, socket_id socket, bool moving) {
  for (auto* each : witnesses_)
    each->goes(at, model, socket, moving);
  const auto& user = model.subscribers().at(socket).user;
  world_.trace(name_of(at.host()), " lets ", socket, " (", user, ") out of ", model.place());
  changes_[{model.place(), user}] = world_.clock.now();
  watched_.erase({model.place(), user});
  for (auto i = expected_.lower_bound({socket, 0});
       i != expected_.end() && i->first.first == socket;)
    i = expected_.erase(i);
}

bool nodes_oracle::steady(std::size_t place, const std::string& user) const {
  const auto last = changes_.find({place, user});
  return last == changes_.end() || for_long(last->second, 1s);
}

void nodes_oracle::watch_return(std::size_t place, const std::string& user, time_point until) {
  ++counts_.returns;
  watched_[{place, user}] = {world_.clock.now(), until};
}

void nodes_oracle::announced(node_run& at, channel_model& model,
                             const roster_view::announcement& news) {
  for (auto* each : witnesses_)
    each->announced(at, model, news);
  world_.trace(name_of(at.host()), " announces in ", model.place(), " ", news.user_id,
               news.what == roster_view::announcement::kind::added ? " added" : " removed");
  const auto found = watched_.find({model.place(), news.user_id});
  if (found == watched_.end())
    return;
  const auto& [from, until] = found->second;
  // Where credit comes late, the news of the return may come after the grace.
  if (world_.clock.now() > until || last_disturbance_ > from - 4s || !calm_for(calm - 1s)
      || model.ready_since() > from - 500ms || world_.setting.credit_late_percent != 0) {
    if (model.ready_since() <= from - 500ms)
      watched_.erase(found);
    return;
  }
  fail(at, "announces " + news.user_id + " in " + model.name().name + ", who came back in time");
}

void nodes_oracle::kept(channel_model& model, std::uint64_t event, std::uint64_t hlc,
                        epoch_t publisher) {
  auto& last = newest_[model.place()];
  if (const std::pair stamp{hlc, publisher}; stamp > last.stamp)
    last = {event, stamp, world_.clock.now(), turnover_};
}

}  // namespace grapevine::cluster::sim
