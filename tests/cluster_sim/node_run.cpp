#include "node_run.hpp"

#include "cluster/wire/frame_codec.hpp"
#include "nodes_oracle.hpp"
#include "sim_node.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

constexpr duration tick_interval = 20ms;
constexpr duration connect_timeout = 1s;
constexpr std::size_t write_budget = 256u << 10;

/// Not all nodes have the apps in the same order.
std::vector<std::string> apps_of(host_id host) {
  return host % 2 == 0 ? std::vector<std::string>{"a", "b"} : std::vector<std::string>{"b", "a"};
}

core_settings settings_of(host_id host, epoch_t epoch, const nodes_setting& setting) {
  core_settings s;
  s.self.name = name_of(host);
  s.self.epoch = epoch;
  s.self.address = address_of(host);
  s.membership.seeds = setting.seeds;
  s.session = setting.session;
  s.apps = apps_of(host);
  return s;
}

}  // namespace

node_run::node_run(host_id host, epoch_t epoch, std::uint64_t seed, const nodes_setting& setting,
                   sim_clock& clock, sim_network& network, const sim_trace& trace,
                   nodes_oracle& oracle, std::int64_t wall_skew_ms)
    : host_{host}, epoch_{epoch}, setting_{setting}, clock_{clock}, network_{network},
      trace_{trace}, oracle_{oracle}, random_{seed}, apps_{apps_of(host)},
      core_{settings_of(host, epoch, setting), seed, clock.now()}, items_(shards),
      shard_free_(shards), calls_(shards), readiness_{clock.now()} {
  wall_skew_ms_ = wall_skew_ms + static_cast<std::int64_t>(random_.below(400));
  for (std::size_t place = 0; place < setting_.channels.size(); ++place)
    channels_.push_back(std::make_unique<sim_channel>(*this, oracle_, place));
  network_.run(host_, *this);
  post(clock_.now() + random_.between(0ms, tick_interval), [this] { tick(); });
}

// -- time

/// A stopped process does nothing; what comes due meanwhile is done in order when it goes on.
void node_run::post(time_point at, std::function<void()> what) {
  clock_.schedule(at, [this, alive = alive_, what = std::move(what)]() mutable {
    if (!*alive)
      return;
    if (paused_)
      deferred_.push_back(std::move(what));
    else
      what();
  });
}

void node_run::wake() {
  paused_ = false;
  while (!deferred_.empty() && *alive_) {
    const auto next = std::move(deferred_.front());
    deferred_.pop_front();
    next();
  }
}

void node_run::tick() {
  post(clock_.now() + tick_interval, [this] { tick(); });
  perform(core_.tick(clock_.now()));
  hand_out(0);
  const auto seed_dials = std::ranges::count_if(
      dials_, [](const auto& each) { return each.second.expected == 0 && !each.second.open; });
  const auto known = readiness::facts_of(core_, static_cast<std::size_t>(seed_dials));
  if (readiness_.becomes_ready(known, clock_.now())) {
    oracle_.flags_changed();
    call(calls::become_ready{});
  }
}

std::uint64_t node_run::wall_ms() const {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.elapsed()).count();
  return static_cast<std::uint64_t>(1'700'000'000'000 + ms + wall_skew_ms_);
}

std::uint64_t node_run::stamp() noexcept {
  return stamps_.next(wall_ms());
}

void node_run::observe(std::uint64_t stamp) noexcept {
  stamps_.observe(stamp, wall_ms());
}

void node_run::begin_leaving() {
  leaving_ = true;
  oracle_.flags_changed();
  call(calls::begin_leaving{});
}

void node_run::leave() {
  departing_ = true;
  call(calls::leave{});
}

void node_run::exit() {
  exited_ = true;
  end();
  oracle_.departed(*this);
  network_.kill(host_);
}

// -- what channels say

channel_ref node_run::ref(std::size_t place) const {
  const auto& c = setting_.channels[place];
  const auto app = std::ranges::find(apps_, c.app) - apps_.begin();
  return {static_cast<std::uint32_t>(app), c.name};
}

std::size_t node_run::place_of(const channel_ref& channel) const {
  const auto found = std::ranges::find_if(setting_.channels, [&](const channel_name& each) {
    return each.name == channel.name && each.app == apps_[channel.app];
  });
  return static_cast<std::size_t>(found - setting_.channels.begin());
}

/// For a call outside of any shard's batch.
void node_run::call(const node_call& what) {
  core_.on_call(what, clock_.now());
  perform(core_.flush(clock_.now()));
}

/// What a shard says in one turn arrives as one batch.
void node_run::to_core(std::size_t place, std::function<void()> call) {
  auto& batch = calls_[place % shards];
  batch.push_back(std::move(call));
  if (batch.size() > 1)
    return;
  post(clock_.now() + random_.between(5us, 300us), [this, &batch] {
    for (const auto& each : std::exchange(batch, {}))
      each();
    perform(core_.flush(clock_.now()));
    hand_out(0);
  });
}

void node_run::want(std::size_t place, std::uint64_t ticket) {
  to_core(place, [this, place, ticket] {
    const auto& c = channel(place);
    core_.on_call(calls::want{ref(place), c.key, ticket, c.presence, c.cache}, clock_.now());
  });
}

void node_run::unwant(std::size_t place, std::uint64_t ticket) {
  to_core(place, [this, place, ticket] {
    core_.on_call(calls::unwant{ref(place), channel(place).key, ticket}, clock_.now());
  });
}

void node_run::roster_join(std::size_t place, const roster_element& who) {
  to_core(place, [this, place, who] {
    core_.on_call(calls::roster_join{ref(place), channel(place).key, who}, clock_.now());
  });
}

void node_run::roster_leave(std::size_t place, const std::string& user, bool moving) {
  to_core(place, [this, place, user, moving] {
    core_.on_call(calls::roster_leave{ref(place), channel(place).key, user, moving}, clock_.now());
  });
}

std::string node_run::event_data(std::uint64_t event) const {
  return sim::event_data(event, epoch()) + std::string(setting_.padding, ' ');
}

void node_run::forward(std::size_t place, std::uint64_t event, const channels::forward& what) {
  std::string room;
  const auto to = ref(place);
  const auto frame = channels::to_event_frame(to, channel(place).key, what, room);
  to_core(place, [this, place, event, cache = what.cache, bytes = encoded(frame)] {
    oracle_.forwarded(*this, place, event, cache);
    core_.on_call(calls::forward{channel(place).key, 0, bytes.size(), cache}, clock_.now(), bytes);
  });
}

bool node_run::roster_is_late() {
  return random_.chance(25);
}

void node_run::soon(std::size_t, std::function<void()> what) {
  post(clock_.now() + random_.between(1us, 100us), std::move(what));
}

void node_run::at_shard(std::size_t, time_point at, std::function<void()> what) {
  post(at, std::move(what));
}

// -- connections

void node_run::opened(connection_id id, bool dialled, epoch_t expected) {
  link_facts facts{.dialled = dialled,
                   .expected = expected,
                   .address = {},
                   .tls_binding = {},
                   .certificate_names = {}};
  for (auto& byte : facts.nonce)
    byte = static_cast<std::uint8_t>(random_.next());
  links_.push_back(id);
  trace_(name_of(host_), " has #", id);
  perform(core_.on_open(id, std::move(facts), clock_.now()));
}

void node_run::accepted(connection_id id) {
  // Behind the kernel's own answer, which the network sends after this call.
  post(clock_.now(), [this, id] { opened(id, false, 0); });
}

void node_run::connected(connection_id id) {
  // A process that was stopped may have given it up before it hears of it.
  const auto found = dials_.find(id);
  if (found == dials_.end())
    return;
  found->second.open = true;
  opened(id, true, found->second.expected);
}

void node_run::refused(connection_id id) {
  const auto failed = dials_.extract(id);
  if (!failed.empty())
    perform(core_.on_dial_failed(failed.mapped().expected, clock_.now()));
}

void node_run::received(connection_id id, const std::any& content) {
  std::string_view bytes = std::any_cast<const std::string&>(content);
  while (!bytes.empty() && *alive_) {
    auto size = bytes.size();
    if (random_.chance(20))
      size = 1 + static_cast<std::size_t>(random_.below(size));
    forget_dropped();
    perform(core_.on_bytes(id, bytes.substr(0, size), clock_.now()));
    if (*alive_)
      tell_what_came();
    hand_out(id);
    bytes.remove_prefix(size);
  }
}

/// A peer that comes back counts from nothing.
void node_run::forget_dropped() {
  if (dropped_.empty())
    return;
  const auto peers = core_.peers();
  for (const auto gone : std::exchange(dropped_, {}))
    if (std::ranges::find(peers, gone, &node_core::peer_facts::epoch) == peers.end())
      heard_.erase(gone);
}

/// Tells the oracle by peer what has come since the last time.
void node_run::tell_what_came() {
  const auto minus = [](const event_tally& a, const event_tally& b) {
    return event_tally{a.received - b.received, a.left_out - b.left_out,
                       a.unknown_app - b.unknown_app};
  };
  const auto s = core_.stats();
  const event_tally all{s.events_received, s.gaps, s.unknown_app};
  auto rest = minus(all, std::exchange(all_heard_, all));
  if (rest == event_tally{} && dropped_.empty())
    return;
  auto before = std::exchange(heard_, {});
  for (const auto& each : core_.peers())
    heard_[each.epoch] = each.events;
  for (const auto& [from, tally] : heard_) {
    const auto brought = minus(tally, before[from]);
    rest = minus(rest, brought);
    oracle_.read(*this, from, brought);
  }
  // What else came is of a peer that was dropped right after it.
  for (const auto from : std::exchange(dropped_, {}))
    if (!heard_.contains(from))
      oracle_.read(*this, from, std::exchange(rest, {}));
}

void node_run::closed(connection_id id) {
  // Lost between the kernel's answer and our hearing of it: to us it never was a connection.
  if (const auto dialled = dials_.find(id); dialled != dials_.end() && !dialled->second.open)
    return refused(id);
  dials_.erase(id);
  if (std::erase(links_, id) == 0)
    return;
  trace_(name_of(host_), " has lost #", id);
  std::erase(closing_, id);
  perform(core_.on_closed(id, clock_.now()));
  hand_out(0);
}

// -- effects

void node_run::perform(node_effects effects) {
  notice_epoch();
  for (auto& effect : effects) {
    if (!*alive_)
      return;
    if (const auto* to = std::get_if<dial>(&effect)) {
      if (to->expected == 0 && core_.knows(to->address))
        continue;
      const auto id = network_.connect(host_, static_cast<host_id>(to->address.port - 7000));
      dials_[id] = {to->expected, false};
      trace_(name_of(host_), " dials ", name_of(to->address.port - 7000u), " #", id);
      post(clock_.now() + connect_timeout, [this, id] {
        if (const auto late = dials_.find(id); late != dials_.end() && !late->second.open) {
          network_.close(id, host_);
          refused(id);
        }
      });
    } else if (const auto* gone = std::get_if<close_link>(&effect)) {
      closing_.push_back(gone->link);
    } else if (auto* event = std::get_if<remote_event>(&effect)) {
      items_[place_of(event->channel) % shards].emplace_back(std::move(*event));
    } else if (auto* roster = std::get_if<remote_roster>(&effect)) {
      items_[place_of(roster->channel) % shards].emplace_back(std::move(*roster));
    } else if (auto* ready = std::get_if<channel_ready>(&effect)) {
      items_[place_of(ready->channel) % shards].emplace_back(std::move(*ready));
    } else if (const auto* member = std::get_if<member_news>(&effect)) {
      if (member->to == member_state::dead || member->to == member_state::left)
        dropped_.push_back(member->epoch);
      oracle_.changed(*this, *member);
    } else if (const auto* link = std::get_if<link_news>(&effect)) {
      oracle_.link(*this, *link);
    } else if (const auto* asked = std::get_if<question>(&effect)) {
      take(*asked);
    } else if (const auto* gathered = std::get_if<gathered_answers>(&effect)) {
      oracle_.gathered(*this, *gathered);
    } else if (std::holds_alternative<departed>(effect)) {
      flush();
      return exit();
    }
  }
  flush();
}

/// One message per shard for everything that one read brought.
void node_run::hand_out(connection_id from) {
  if (!*alive_)
    return;
  const auto parts = std::ranges::count_if(items_, [](const auto& each) { return !each.empty(); });
  const auto turn = from == 0 ? link_turn{} : core_.end_turn(from, static_cast<unsigned>(parts));
  for (std::size_t shard = 0; shard < shards; ++shard) {
    if (items_[shard].empty())
      continue;
    auto& free = shard_free_[shard];
    free = std::max(free, clock_.now() + random_.between(5us, 300us));
    auto batch = std::make_shared<const std::vector<channels::cluster_item>>(
        std::exchange(items_[shard], {}));
    post(free, [this, turn, batch = std::move(batch)] {
      for (std::size_t n = 0; n < batch->size(); ++n) {
        const auto place =
            std::visit([this](const auto& each) { return place_of(each.channel); }, (*batch)[n]);
        at(place).on_item({batch, n});
      }
      if (turn.peer == 0)
        return;
      const bool late = random_.chance(setting_.credit_late_percent);
      post(clock_.now() + (late ? random_.between(5ms, 800ms) : random_.between(5us, 300us)),
           [this, turn] {
             core_.part_done(turn);
             flush();
           });
    });
  }
}

void node_run::flush() {
  for (const auto id : links_) {
    std::string bytes;
    if (setting_.send_buffer != 0 && network_.backlog(id, host_) >= setting_.send_buffer)
      continue;
    const auto budget = setting_.send_buffer == 0 ? write_budget : setting_.send_buffer;
    for (const auto& slice : core_.next_write(id, budget, clock_.now()))
      bytes += setting_.spoils_frames ? spoilt(slice.bytes) : std::string{slice.bytes};
    if (!bytes.empty())
      network_.send(id, host_, std::move(bytes));
  }
  for (const auto id : std::exchange(closing_, {})) {
    network_.close(id, host_);
    post(clock_.now() + 1ms, [this, id] { closed(id); });
  }
}

/// Changes what a frame is about without changing its length: for the receiver it is as good as
/// lost, and the stream's offsets stay right.
std::string node_run::spoilt(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const auto split = split_frame(bytes);
    const auto content =
        split.status == split_status::complete ? decode_frame(split.frame) : std::nullopt;
    if (!content)
      break;
    auto changed = *content;
    const bool due = spoilt_ < 2 && random_.chance(2) && clock_.elapsed() > 10s;
    if (auto* delta = std::get_if<interest_delta_frame>(&changed); delta && due) {
      for (auto* list : {&delta->adds, &delta->removes})
        for (auto& key : *list)
          key ^= 1;
      ++spoilt_;
      oracle_.spoilt(*this, true);
    } else if (auto* roster = std::get_if<roster_delta_frame>(&changed); roster && due) {
      roster->channel.back() = '?';
      ++spoilt_;
      oracle_.spoilt(*this, false);
    }
    out += encoded(changed);
    bytes.remove_prefix(split.frame.size());
  }
  return out + std::string{bytes};
}

}  // namespace grapevine::cluster::sim
