#include "cluster/node/channel_exchanges.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

bool may_own(std::uint8_t flags) noexcept {
  return (flags & node_flag::ready) != 0 && (flags & node_flag::leaving) == 0;
}

}  // namespace

channel_exchanges::channel_exchanges(const core_settings& settings, std::uint64_t seed,
                                     const membership& members, peer_streams& streams,
                                     node_effects& out)
    : settings_{settings}, members_{members}, streams_{streams}, out_{out},
      interest_{settings.interest_linger, settings.subscribe_ack_timeout, seed, streams},
      rosters_{streams}, cache_{settings.cache, streams}, queries_{streams}, bridges_{
                                                                                 settings.self.name,
                                                                                 streams} {}

// -- peers

void channel_exchanges::add_peer(epoch_t epoch, const std::string& name,
                                 std::optional<app_numbers> remembered) {
  interest_.add_peer(epoch, remembered.has_value());
  senders_[epoch] = {name, std::move(remembered).value_or(app_numbers{}), {}, false};
  bridges_.add_peer(epoch, name);
  define_apps(epoch);  // events may be queued for it before its link is ready
}

void channel_exchanges::drop_peer(epoch_t epoch, roster_cause cause, duration ago) {
  if (senders_.erase(epoch) == 0)
    return;
  queries_.drop_peer(epoch);
  interest_.drop_peer(epoch);
  cache_.drop_peer(epoch);
  bridges_.drop_peer(epoch);
  say(rosters_.drop_peer(epoch, cause, ago));
}

void channel_exchanges::on_resume(epoch_t epoch, const resume_outcome& outcome) {
  if (!senders_.contains(epoch))
    return;
  if (outcome.peer_restarted)
    restart_peer(epoch);
  // A stream can go on that nothing was written to yet: the connection it was opened for was lost
  // before the peer's resume.
  if (outcome.send_state || !interest_.started(epoch))
    start(epoch);
}

/// The peer's stream is a new one, or state was left out of it: it will say everything again. The
/// numbers of its apps hold as long as it runs, and events that go by them may be on their way.
void channel_exchanges::restart_peer(epoch_t epoch) {
  interest_.restart_peer(epoch);
  rosters_.restart_peer(epoch);
}

void channel_exchanges::update_owners(time_point now) {
  std::vector<cache_placement::candidate> candidates;
  if (may_own(members_.self().flags))
    candidates.push_back({members_.self().name, members_.self().epoch});
  for (const auto& [name, m] : members_.members().all())
    if (m.serving() && may_own(m.info.flags))
      candidates.push_back({name, m.info.epoch});
  cache_.set_candidates(std::move(candidates), now);
}

const app_numbers* channel_exchanges::apps_of(epoch_t epoch) const {
  const auto found = senders_.find(epoch);
  return found == senders_.end() ? nullptr : &found->second.apps;
}

void channel_exchanges::define_apps(epoch_t to) {
  for (std::size_t i = 0; i < settings_.apps.size(); ++i)
    streams_.push(to, app_def_frame{static_cast<std::uint16_t>(i), settings_.apps[i]});
}

/// Everything this node says about itself, from the start: the peer has none of it.
void channel_exchanges::start(epoch_t to) {
  streams_.seal(to);
  define_apps(to);
  bridges_.start(to);
  interest_.start(to);
  if (interest_.knows(to))
    send_all_parts(to);
}

// -- subscriptions

void channel_exchanges::on(const calls::want& wanted, time_point now) {
  const auto version = interest_.want(wanted.key);
  if (wanted.presence)
    rosters_.want(wanted.channel, wanted.key, version);
  pending_.add(wanted, wanted.cache && cache_.wait(wanted.ticket, wanted.channel, wanted.key, now));
  const bool awaits_acks = settings_.ack_subscribes || wanted.presence;
  interest_.barrier().wait(wanted.ticket, awaits_acks ? version : 0, now);
}

void channel_exchanges::on(const calls::unwant& unwanted, time_point now) {
  if (pending_.cancel(unwanted.ticket)) {
    interest_.barrier().cancel(unwanted.ticket);
    cache_.cancel(unwanted.ticket, unwanted.key);
  }
  interest_.unwant(unwanted.key, now);
}

void channel_exchanges::owners_done(const std::vector<std::uint64_t>& tickets, time_point now) {
  for (const auto ticket : tickets)
    if (const auto wanted = pending_.owners_answered(ticket))
      make_ready(*wanted, now);
}

void channel_exchanges::make_ready(const calls::want& wanted, time_point now) {
  channel_ready ready{wanted.ticket, wanted.channel, {}, std::nullopt};
  if (wanted.presence)
    ready.roster = rosters_.others(wanted.channel, wanted.key);
  if (wanted.cache)
    if (const auto* item = cache_.find(wanted.channel, wanted.key, now))
      ready.cached = *item;
  out_.push_back(std::move(ready));
}

// -- events

void channel_exchanges::publish(const calls::forward& event, std::string_view bytes,
                                time_point now) {
  const auto is_for = [&](epoch_t peer) {
    return event.bridge == 0 || bridges_.covers(event.bridge, peer);
  };
  interest_.each_target(event.key, [&](epoch_t to) {
    if (!is_for(to))
      return;
    streams_.push_event(to, bytes);
    ++events_.forwarded;
  });
  // An owner that hears the bridge keeps its own copy.
  if (event.cache)
    cache_.on_published(
        event.key, bytes, members_.self().epoch,
        [&](epoch_t peer) { return !is_for(peer) || interest_.sends_to(peer, event.key); }, now);
}

// -- bridges

void channel_exchanges::on(const calls::report_bridges& all, time_point) {
  bridges_.report(all.bridges);
}

void channel_exchanges::begin_leaving() {
  bridges_.begin_leaving();
}

void channel_exchanges::on_frame(epoch_t from, const bridges_frame& said, time_point) {
  bridges_.on_frame(from, said);
}

void channel_exchanges::on_frame(epoch_t from, const app_def_frame& definition, time_point) {
  auto& apps = senders_.at(from).apps;
  const auto known = std::ranges::find(settings_.apps, definition.id);
  if (known == settings_.apps.end())
    apps.erase(definition.app);
  else
    apps[definition.app] = static_cast<std::uint32_t>(known - settings_.apps.begin());
}

std::optional<channel_ref> channel_exchanges::local_channel(epoch_t from, std::uint16_t app,
                                                            std::string_view channel) const {
  const auto& apps = senders_.at(from).apps;
  const auto known = apps.find(app);
  if (known == apps.end())
    return std::nullopt;
  return channel_ref{known->second, std::string{channel}};
}

void channel_exchanges::on_frame(epoch_t from, const event_frame& event, time_point now) {
  auto& s = senders_.at(from);
  ++events_.received;
  ++s.events.received;
  const auto app = s.apps.find(event.app);
  if (app == s.apps.end()) {
    ++events_.unknown_app;
    ++s.events.unknown_app;
    return;
  }
  channel_ref channel{app->second, std::string{event.channel}};
  if (event.flags & event_flag::cache)
    cache_.keep(channel, event.key, event, from, now);
  if ((event.flags & event_flag::store_only) != 0 || !interest_.wants(event.key))
    return;
  out_.push_back(remote_event{std::move(channel), event.flags, std::string{event.event},
                              std::string{event.data}, std::string{event.except},
                              std::string{event.user_id}, event.hlc, from});
}

void channel_exchanges::on_frame(epoch_t from, const gap_frame& gap, time_point) {
  auto& s = senders_.at(from);
  events_.gaps += gap.events;
  s.events.left_out += gap.events;
  if (gap.events > 0)
    out_.push_back(link_news{link_news_kind::gap, s.name,
                             std::to_string(gap.events) + " events were left out"});
  if (gap.state)
    restart_peer(from);
}

// -- interest

void channel_exchanges::on_frame(epoch_t from, const interest_begin_frame&, time_point) {
  interest_.on_begin(from);
}

void channel_exchanges::on_frame(epoch_t from, const interest_chunk_frame& chunk, time_point) {
  interest_.on_chunk(from, chunk);
  for (const auto key : chunk.keys)
    send_parts(from, key, chunk.version);
}

void channel_exchanges::on_frame(epoch_t from, const interest_done_frame& done, time_point now) {
  interest_.on_done(from, done);
  streams_.push(from, roster_done_frame{done.version});
  cache_.offer(
      from, [&](std::uint64_t key) { return interest_.wanted_by(from, key); }, now);
}

void channel_exchanges::on_frame(epoch_t from, const interest_delta_frame& delta, time_point now) {
  if (!interest_.on_delta(from, delta))
    return;
  // Before the acknowledgement, so that waiting for that is waiting for the roster and the cached
  // event as well.
  for (const auto key : delta.adds) {
    send_parts(from, key, delta.version);
    cache_.send(from, key, now);
  }
}

void channel_exchanges::on_frame(epoch_t from, const interest_ack_frame& ack, time_point) {
  interest_.on_ack(from, ack);
}

void channel_exchanges::on_frame(epoch_t from, const interest_request_frame&, time_point) {
  senders_.at(from).needs_state = true;
}

void channel_exchanges::on_frame(epoch_t from, const digest_frame& digest, time_point) {
  if (interest_.on_digest(from, digest))
    rosters_.on_digest(from, digest.roster_hash);
}

void channel_exchanges::forget_rosters(const std::vector<std::uint64_t>& keys) {
  for (const auto key : keys)
    rosters_.forget(key);
}

// -- rosters

void channel_exchanges::on(const calls::roster_join& joined, time_point) {
  rosters_.join(joined.channel, joined.key, joined.who, followers(joined.key));
}

void channel_exchanges::on(const calls::roster_leave& left, time_point) {
  rosters_.leave(left.channel, left.key, left.user_id, left.moving, followers(left.key));
}

/// Whoever is told of a roster will be sent a digest of it.
std::vector<roster_exchange::follower> channel_exchanges::followers(std::uint64_t key) {
  std::vector<roster_exchange::follower> all;
  interest_.each_follower(key, [&](epoch_t peer, bool acknowledged, std::uint64_t heard) {
    all.push_back({peer, acknowledged, heard});
  });
  for (const auto& each : all)
    interest_.note_change(each.peer);
  return all;
}

void channel_exchanges::send_parts(epoch_t to, std::uint64_t key, std::uint64_t answers) {
  if (rosters_.send_parts(to, key, answers))
    interest_.note_change(to);
}

void channel_exchanges::send_all_parts(epoch_t to) {
  const auto wants = [&](std::uint64_t key) { return interest_.wanted_by(to, key); };
  if (rosters_.send_all(to, wants, interest_.applied(to)))
    interest_.note_change(to);
}

void channel_exchanges::on_frame(epoch_t from, const roster_delta_frame& delta, time_point) {
  if (interest_.forgotten(from))
    return;  // what is left over from before it was taken for dead
  if (const auto channel = local_channel(from, delta.app, delta.channel))
    say(rosters_.on_delta(from, *channel, delta, interest_.acked(from)));
}

void channel_exchanges::on_frame(epoch_t from, const roster_snapshot_frame& snapshot, time_point) {
  if (interest_.forgotten(from))
    return;
  if (const auto channel = local_channel(from, snapshot.app, snapshot.channel))
    say(rosters_.on_snapshot(from, *channel, snapshot));
}

void channel_exchanges::on_frame(epoch_t from, const roster_done_frame& done, time_point) {
  say(rosters_.on_done(from, done));
}

void channel_exchanges::on_frame(epoch_t from, const roster_request_frame&, time_point) {
  if (interest_.knows(from))
    send_all_parts(from);
}

void channel_exchanges::say(std::optional<remote_roster> change) {
  if (change)
    out_.push_back(std::move(*change));
}

void channel_exchanges::say(std::vector<remote_roster> changes) {
  for (auto& each : changes)
    out_.push_back(std::move(each));
}

// -- cached events

void channel_exchanges::on(const calls::look_up_cache& asked, time_point now) {
  // Whoever wants the channel gets its events anyway.
  cache_.look_up(asked.id, asked.channel, asked.key, !interest_.wants(asked.key), now);
}

void channel_exchanges::on_frame(epoch_t from, const cache_get_frame& asked, time_point now) {
  cache_.on_get(from, asked, local_channel(from, asked.app, asked.channel), now);
}

void channel_exchanges::on_frame(epoch_t from, const cache_item_frame& item, time_point now) {
  const auto channel = local_channel(from, item.app, item.channel);
  const auto outcome = cache_.on_item(from, item, channel, now);
  if (outcome.news && interest_.wants(item.key))
    out_.push_back(remote_event{*channel,
                                event_flag::cache | event_flag::store_only,
                                item.event,
                                item.data,
                                {},
                                {},
                                item.hlc,
                                item.publisher});
  owners_done(outcome.tickets, now);
}

// -- questions

void channel_exchanges::on(const calls::ask& asked, time_point now) {
  std::vector<query_exchange::target> targets;
  std::vector<std::string> unreachable;
  for (const auto& [name, m] : members_.members().all()) {
    const auto epoch = m.info.epoch;
    if (!m.serving())
      continue;
    const bool known = senders_.contains(epoch);
    if (known && asked.whom == audience::interested && !interest_.sends_to(epoch, asked.key))
      continue;
    if (known && streams_.linked(epoch))
      targets.push_back({epoch, senders_.at(epoch).name, m.state != member_state::alive});
    else
      unreachable.push_back(name);
  }
  queries_.ask(asked.id,
               {0, asked.kind, static_cast<std::uint16_t>(asked.app), asked.attributes, asked.text},
               targets, std::move(unreachable), asked.deadline, now);
}

void channel_exchanges::on(const calls::answer& said, time_point) {
  queries_.answer(said.to, said.id, said.payload);
}

void channel_exchanges::on_frame(epoch_t from, const query_frame& asked, time_point) {
  const auto channel = local_channel(from, asked.app, asked.text);
  const auto app = channel ? std::optional{channel->app} : std::nullopt;
  if (auto fresh = queries_.on_query(from, asked, app))
    out_.push_back(std::move(*fresh));
}

void channel_exchanges::on_frame(epoch_t from, const answer_frame& piece, time_point) {
  queries_.on_answer(from, piece);
}

// -- time

void channel_exchanges::tick(time_point now) {
  forget_rosters(interest_.tick(now));
  for (const auto peer : streams_.take_recovered())
    cache_.offer(
        peer, [&](std::uint64_t key) { return interest_.wanted_by(peer, key); }, now);
  owners_done(cache_.tick(now), now);
  const auto roster_hash = [&](epoch_t of) {
    return rosters_.own_hash([&](std::uint64_t key) { return interest_.wanted_by(of, key); });
  };
  forget_rosters(interest_.send_digests(roster_hash, now));
}

void channel_exchanges::finish_turn(time_point now) {
  forget_rosters(interest_.flush());
  interest_.acknowledge_all();
  streams_.seal_all();
  for (auto& [epoch, s] : senders_) {
    const bool asked = std::exchange(s.needs_state, false);
    if (streams_.take_state_lost(epoch) || asked)
      start(epoch);
    interest_.pump(epoch);
  }
  streams_.seal_all();
  for (const auto epoch : streams_.take_slow())
    if (const auto found = senders_.find(epoch); found != senders_.end())
      out_.push_back(
          link_news{link_news_kind::slow, found->second.name,
                    std::to_string(streams_.queued_bytes(epoch)) + " bytes are waiting for it"});
  for (const auto ticket : interest_.barrier().release(now))
    if (const auto wanted = pending_.acknowledged(ticket))
      make_ready(*wanted, now);
  for (auto& each : queries_.take_gathered(now))
    out_.push_back(std::move(each));
  for (auto& each : cache_.take_found(now))
    out_.push_back(std::move(each));
  if (auto changed = bridges_.take_duties())
    out_.push_back(std::move(*changed));
}

// -- what is known

event_tally channel_exchanges::tally(epoch_t epoch) const {
  const auto found = senders_.find(epoch);
  return found == senders_.end() ? event_tally{} : found->second.events;
}

void channel_exchanges::add_to(node_stats& all) const {
  all.events_forwarded = events_.forwarded;
  all.events_received = events_.received;
  all.events_dropped = streams_.events_dropped();
  all.gaps = events_.gaps;
  all.unknown_app = events_.unknown_app;
  all.interest_repairs = interest_.repairs();
  all.roster_repairs = rosters_.repairs();
  all.ack_timeouts = interest_.barrier().timeouts();
  all.own_interest = interest_.count();
  all.interest_keys = interest_.keys();
  all.cached_items = cache_.size();
}

}  // namespace grapevine::cluster
