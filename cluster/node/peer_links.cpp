#include "cluster/node/peer_links.hpp"

#include "cluster/node/link_admission.hpp"
#include "cluster/tunnels/tunnel_nonce.hpp"
#include "cluster/wire/shared_frame.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

/// A link that acknowledges nothing for so long, or says nothing while others hear its peer, is of
/// no use; TCP would take as long to say so of one direction, and says nothing of the other.
constexpr duration unreceived_max = 4s;
constexpr duration silence_max = 3s;
/// The least a link may carry, so that a long frame is not taken for silence.
constexpr std::uint64_t bytes_per_second_min = 64u << 10;
/// After so long without a tick this node was stopped: what its peers have said meanwhile is to be
/// read before anybody is taken for silent.
constexpr duration own_pause = 500ms;
/// Another relay may answer sooner.
constexpr duration tunnel_handshake = 1500ms;
/// What may wait for a relay beside a stream's window: a long frame, and what is no part of it.
constexpr std::size_t relay_slack = 2u << 20;

bool may_relay(const member& m) noexcept {
  return m.state == member_state::alive && (m.info.flags & node_flag::ready) != 0
         && (m.info.flags & node_flag::leaving) == 0;
}

}  // namespace

peer_links::peer_links(const core_settings& settings, random_source& random, membership& members,
                       peer_streams& streams, channel_exchanges& channels, node_effects& out,
                       observer& who, time_point now)
    : settings_{settings}, random_{random}, membership_{members}, streams_{streams},
      channels_{channels}, out_{out}, observer_{who}, tunnels_{settings.session.window
                                                                   + settings.session.segment_max
                                                                   + relay_slack,
                                                               settings.relay_total},
      last_tick_{now} {}

// -- connections

void peer_links::on_open(link_id id, link_facts facts, time_point now) {
  open(id, std::move(facts), 0, now);
}

void peer_links::open(link_id id, link_facts facts, epoch_t via, time_point now) {
  using role = handshake::role;
  const bool secure = !facts.tls_binding.empty();
  connection fresh{.id = id,
                   .shake = {facts.dialled ? role::dialler : role::acceptor, settings_.admission,
                             facts.nonce, std::move(facts.tls_binding)},
                   .address = std::move(facts.address),
                   .certificate_names = std::move(facts.certificate_names),
                   .secure = secure,
                   .dialled = facts.dialled,
                   .expected = facts.expected,
                   .via = via,
                   .opened = now,
                   .rest = {},
                   .waiting = {}};
  fresh.say(fresh.shake.start());
  table_.add(std::move(fresh));
}

void peer_links::on_closed(link_id id, time_point now) {
  const auto* c = table_.find(id);
  if (!c)
    return;
  const auto of = c->peer;
  const auto expected = c->expected;
  const bool failed = c->dialled && !c->admitted;
  table_.erase(id);
  if (const auto* p = table_.find_peer(of); p && p->link == id)
    lose_link(of, false, now);
  else if (failed)
    observer_.perform(membership_.on_link_refused(expected, now), now);
}

void peer_links::on_bytes(link_id id, std::string_view bytes, time_point now) {
  auto* c = table_.find(id);
  if (!c || c->closing)
    return;
  bytes_received_ += bytes.size();
  read(*c, bytes, now);
}

void peer_links::read(connection& c, std::string_view bytes, time_point now) {
  if (auto* p = table_.find_peer(c.peer))
    p->last_bytes = now;
  if (c.peer != 0 && c.via != 0) {
    turns_.note(c.peer);
    observer_.perform(membership_.on_relayed_bytes(c.peer, c.via, now), now);
  } else if (c.peer != 0) {
    observer_.perform(membership_.on_bytes(c.peer, now), now);
  }
  const bool well_formed = c.read(bytes, [&](const frame_view& view, const frame& content) {
    if (c.peer != 0)
      return observer_.on_frame(c, view, content, now);
    on_handshake_frame(c, content, now);
    return true;
  });
  if (!well_formed)
    offend(c, "a malformed frame", now);
}

std::vector<slice> peer_links::next_write(link_id id, std::size_t budget, time_point now) {
  auto* c = table_.find(id);
  if (!c || is_tunnel(id))
    return {};
  const auto* p = table_.find_peer(c->peer);
  const auto carrier = p && p->link == id ? c->peer : 0;
  tunnels_.fill(carrier, [&](link_id tunnel, std::size_t piece) {
    std::vector<slice> slices;
    std::string bytes;
    if (auto* t = table_.find(tunnel))
      take_own(*t, piece, now, slices);
    for (const auto& each : slices)
      bytes += each.bytes;
    return bytes;
  });
  std::vector<slice> slices;
  const auto share = tunnels_.waiting(carrier) ? budget / 2 : budget;
  auto taken = take_own(*c, share, now, slices);
  if (taken < budget)
    taken += tunnels_.take(carrier, budget - taken, slices);
  bytes_sent_ += taken;
  return slices;
}

/// What the connection itself has to say, without what it carries for others.
std::size_t peer_links::take_own(connection& c, std::size_t budget, time_point now,
                                 std::vector<slice>& slices) {
  auto taken = c.take_waiting(slices);
  const auto* p = table_.find_peer(c.peer);
  if (p && p->link == c.id && taken < budget)
    for (auto& each : streams_.find(c.peer)->next_write(budget - taken, now)) {
      taken += each.bytes.size();
      slices.push_back(std::move(each));
    }
  return taken;
}

link_turn peer_links::end_turn(link_id id, unsigned parts) {
  const auto* c = table_.find(id);
  auto* stream = c ? streams_.find(c->peer) : nullptr;
  // Nobody reports for a link that is gone.
  const auto reported = stream ? parts : 0;
  const auto tunnelled = turns_.end(reported, [&](epoch_t of) -> std::optional<std::uint64_t> {
    if (auto* its = streams_.find(of))
      return its->incoming().end_turn(reported);
    return std::nullopt;
  });
  if (!stream)
    return {};
  return {c->peer, stream->incoming().end_turn(parts), tunnelled};
}

void peer_links::part_done(const link_turn& done) {
  const auto report = [&](epoch_t of, std::uint64_t number) {
    if (auto* stream = streams_.find(of))
      stream->incoming().part_done(number);
  };
  report(done.peer, done.number);
  turns_.part_done(done.tunnelled, report);
}

/// What is still waiting leaves before the shell closes the connection.
void peer_links::shut(link_id id) {
  auto* c = table_.find(id);
  if (!c)
    return;
  c->closing = true;
  if (is_tunnel(id))
    tunnels_.close(id);
  else
    out_.push_back(close_link{id});
}

void peer_links::offend(connection& c, std::string_view what, time_point now) {
  ++refused_;
  if (c.via == 0)
    table_.banned().note(c.address, now);
  const auto* p = table_.find_peer(c.peer);
  out_.push_back(
      link_news{link_news_kind::refused, p ? p->info.name : c.address, std::string{what}});
  if (!p || p->link != c.id)
    return shut(c.id);
  c.say(bye_frame{bye_reason::protocol, 0});
  lose_link(c.peer, false, now);
}

// -- admission

void peer_links::on_handshake_frame(connection& c, const frame& content, time_point now) {
  if (const auto* bye = std::get_if<bye_frame>(&content)) {
    out_.push_back(
        link_news{link_news_kind::refused, c.address, std::string{explain(bye->reason)}});
    ++refused_;
    return shut(c.id);
  }
  const auto* expected = table_.find_peer(c.expected);
  // Whom we reach through somebody else only has no link of ours to tell of, but to a tunnel.
  const bool has_link =
      expected && expected->link != 0 && (c.via != 0 || !is_tunnel(expected->link));
  auto step = c.shake.on_frame(content, membership_.self(), has_link);
  for (const auto& each : step.send)
    c.say(each);
  if (step.refused) {
    c.say(bye_frame{*step.refused, 0});
    return offend(c, explain(*step.refused), now);
  }
  if (step.admitted)
    on_proved(c, step.peer, step.peer_has_link, now);
}

void peer_links::on_proved(connection& c, const node_info& who, bool peer_has_link,
                           time_point now) {
  const auto verdict =
      judge(c, who, peer_has_link, table_, membership_, settings_.allowed_names, !admits_, now);
  if (verdict.what == link_admission::kind::refuse) {
    ++refused_;
    c.say(bye_frame{verdict.why, verdict.seen});
    for (const auto& each : verdict.news)
      out_.push_back(link_news{link_news_kind::refused, who.name, each});
    return shut(c.id);
  }
  if (verdict.what == link_admission::kind::replace) {
    auto& old = *table_.link_of(who.epoch);
    old.say(bye_frame{bye_reason::duplicate, 0});
    if (c.via != 0 && old.via == 0) {
      lose_link(who.epoch, true, now, "lost by the other side");
    } else {
      const auto id = table_.detach(*table_.find_peer(who.epoch));
      shut(id);
      streams_.find(who.epoch)->close();
      channels_.interest().ignore_acks(who.epoch);
      end_relaying(who.epoch, id, now);
    }
  }
  attach(c, who, now);
}

void peer_links::attach(connection& c, const node_info& who, time_point now) {
  // A newer run of a known name makes membership drop the old one before the new one has a peer.
  auto effects = c.via != 0 ? membership_.on_relayed_bytes(who.epoch, c.via, now)
                            : membership_.on_link_up(who, now);
  table_.attach(c, open_peer(who), who, now);
  if (c.via != 0)
    tunnels_.on_proved(c.id);
  else
    tunnels_.on_direct_link(who.epoch);
  auto& stream = *streams_.find(who.epoch);
  stream.push_control(shared(stream.open(channels_.interest().forgotten(who.epoch))));
  out_.push_back(link_news{link_news_kind::up, who.name, c.address});
  observer_.perform(std::move(effects), now);
}

peer& peer_links::open_peer(const node_info& who) {
  if (auto* known = table_.find_peer(who.epoch))
    return *known;
  auto& stream = streams_.open(who.epoch, random_.next() | 1);
  std::optional<app_numbers> remembered;
  if (auto kept = table_.recall(who.epoch)) {
    stream.incoming().recall(kept->stream, kept->received);
    remembered = std::move(kept->apps);
  }
  channels_.add_peer(who.epoch, who.name, std::move(remembered));
  return table_.add_peer(who);
}

// -- the end of a link

void peer_links::drop_link(epoch_t epoch, bye_reason why, time_point now) {
  if (auto* link = table_.link_of(epoch)) {
    link->say(bye_frame{why, 0});
    lose_link(epoch, true, now);
  }
}

void peer_links::lose_link(epoch_t epoch, bool said_bye, time_point now, std::string how) {
  auto* p = table_.find_peer(epoch);
  if (!p || p->link == 0)
    return;
  const auto* c = table_.find(p->link);
  const auto via = c ? c->via : 0;
  const auto id = table_.detach(*p);
  streams_.find(epoch)->close();
  channels_.interest().ignore_acks(epoch);
  shut(id);
  if (via != 0)
    tunnels_.on_lost(epoch, via, now);
  if (how.empty())
    how = said_bye ? "with a goodbye" : "lost";
  out_.push_back(link_news{link_news_kind::down, p->info.name, std::move(how)});
  end_relaying(epoch, id, now);
  if (const auto* still = table_.find_peer(epoch); still && still->gone)
    erase_peer(epoch);
  observer_.perform(membership_.on_link_lost(epoch, said_bye, now), now);
}

/// The link to that peer is gone: so is everything that went over it.
void peer_links::end_relaying(epoch_t epoch, link_id lost, time_point now) {
  if (is_tunnel(lost))
    return;
  for (const auto id : tunnels_.on_direct_lost(epoch))
    end_tunnel(id, now);
}

/// The other end or the relay has ended it, or the relay cannot be reached any more.
void peer_links::end_tunnel(link_id id, time_point now) {
  const auto* t = table_.find(id);
  if (!t)
    return;
  if (const auto* p = table_.find_peer(t->peer); p && p->link == id)
    lose_link(t->peer, false, now);
  else
    shut(id);
}

// -- the end of a peer

void peer_links::drop_peer(epoch_t epoch, roster_cause cause, time_point now) {
  auto* p = table_.find_peer(epoch);
  if (!p)
    return;
  const auto& in = streams_.find(epoch)->incoming();
  const auto* apps = channels_.apps_of(epoch);
  if (cause == roster_cause::died && in.id() != 0 && apps)
    table_.remember(epoch, {in.id(), in.received(), *apps}, now);
  // One that was started again was lost before that is known.
  forget_peer(*p, cause, cause == roster_cause::departed ? now - p->last_bytes : duration::zero());
  if (auto* link = table_.link_of(epoch)) {
    link->say(
        bye_frame{cause == roster_cause::died ? bye_reason::dead : bye_reason::stale_epoch, 0});
    const auto id = table_.detach(*p);
    shut(id);
    end_relaying(epoch, id, now);
  }
  erase_peer(epoch);
  observer_.perform(membership_.on_link_lost(epoch, true, now), now);
}

void peer_links::on_left(epoch_t epoch, time_point now) {
  auto* p = table_.find_peer(epoch);
  if (!p)
    return;
  forget_peer(*p, roster_cause::departed, {});
  if (p->link == 0)
    erase_peer(epoch);
  else if (is_tunnel(p->link))
    lose_link(epoch, true, now);
}

void peer_links::forget_peer(peer& p, roster_cause cause, duration ago) {
  if (std::exchange(p.gone, true))
    return;
  streams_.retire(p.info.epoch);
  channels_.drop_peer(p.info.epoch, cause, ago);
}

void peer_links::erase_peer(epoch_t epoch) {
  table_.erase_peer(epoch);
  streams_.erase(epoch);
}

// -- tunnels

void peer_links::open_tunnels(time_point now) {
  if (!admits_)
    return;
  std::vector<epoch_t> unlinked;
  std::vector<epoch_t> relays;
  for (const auto& [name, m] : membership_.members().all()) {
    if (!m.serving())
      continue;
    const auto* p = table_.find_peer(m.info.epoch);
    if (!p || p->link == 0)
      unlinked.push_back(m.info.epoch);
    else if (!is_tunnel(p->link) && may_relay(m))
      relays.push_back(m.info.epoch);
  }
  for (const auto& each : tunnels_.open_due(membership_.self().epoch, unlinked, relays, now))
    add_tunnel(each, now);
}

void peer_links::add_tunnel(const tunnel_carrier::tunnel& t, time_point now) {
  const auto* via = table_.find_peer(t.via);
  open(t.id,
       {.dialled = t.dialled,
        .expected = t.peer(),
        .address = "through " + (via ? via->info.name : std::string{"nobody"}),
        .tls_binding = {},
        .certificate_names = {},
        .nonce = tunnel_nonce(settings_.tunnel_seed, membership_.self().epoch, t.id & ~tunnel_bit)},
       t.via, now);
}

/// False for what no node sends: a tunnel within a tunnel, somebody else's name.
bool peer_links::on_relay(const connection& from, const relay_frame& f, bool relays,
                          time_point now) {
  if (from.via != 0)
    return false;
  const auto* origin = membership_.members().find(f.origin);
  const auto came = tunnels_.on_relay(
      from.peer, f, {membership_.self().epoch, relays, admits_ && origin && origin->serving()});
  for (const auto id : came.replaced)
    shut(id);
  if (came.accepted)
    add_tunnel(*came.accepted, now);
  if (auto* t = table_.find(came.to); t && !t->closing)
    read(*t, f.bytes, now);
  return came.fits;
}

bool peer_links::on_relay_end(const connection& from, const relay_end_frame& f, time_point now) {
  if (from.via != 0)
    return false;
  const auto came = tunnels_.on_relay_end(from.peer, f, membership_.self().epoch);
  end_tunnel(came.to, now);
  return came.fits;
}

/// Nobody holds a tunnel's connection any more: this is the end of a call.
void peer_links::finish_turn() {
  for (const auto id : tunnels_.take_closing()) {
    std::string last;
    if (auto* t = table_.find(id)) {
      std::vector<slice> slices;
      t->take_waiting(slices);
      for (const auto& each : slices)
        last += each.bytes;
    }
    tunnels_.finish(id, last);
    table_.erase(id);
  }
}

// -- time

void peer_links::tick(time_point now) {
  if (now - std::exchange(last_tick_, now) >= own_pause)
    trusted_until_ = now + own_pause;
  for (const auto id : table_.overdue(settings_.handshake_timeout, tunnel_handshake, now)) {
    refused_ += is_tunnel(id) ? 0 : 1;
    shut(id);
  }
  for (const auto epoch : table_.epochs())
    check(epoch, now);
  table_.forget_old(now);
  open_tunnels(now);
}

void peer_links::check(epoch_t epoch, time_point now) {
  auto* p = table_.find_peer(epoch);
  if (!p || p->link == 0)
    return;
  if (passes_nothing(*p, now)) {
    tunnels_.on_lost(epoch, 0, now);
    return lose_link(epoch, true, now, "nothing comes through it");
  }
  switch (streams_.find(epoch)->check(now)) {
  case stall::none:
    return;
  case stall::received:
    // It may be able to say that it lives; to ask it again every tick would only keep it busy.
    if (now - p->stall_told < settings_.session.received_stall)
      return;
    p->stall_told = now;
    return observer_.perform(membership_.on_link_stalled(epoch, now), now);
  case stall::consumed:
    table_.link_of(epoch)->say(bye_frame{bye_reason::slow_consumer, 0});
    return lose_link(epoch, false, now);
  }
}

/// Its peer lives, but not by this link: a tunnel will do better. A tunnel has less time, for there
/// may be another.
bool peer_links::passes_nothing(const peer& p, time_point now) const {
  if (now < trusted_until_)
    return false;
  const auto& out = streams_.find(p.info.epoch)->outgoing();
  const auto transfer = std::chrono::milliseconds{out.unreceived() * 1000 / bytes_per_second_min};
  const auto waited = out.unreceived_for(now) - transfer;
  if (is_tunnel(p.link))
    return waited >= settings_.session.received_stall;
  const auto* m = membership_.members().find(p.info.epoch);
  return m && m->state == member_state::alive
         && (waited >= unreceived_max || membership_.only_vouched_for(p.info.epoch, silence_max));
}

void peer_links::add_to(node_stats& all) const {
  all.refused = refused_;
  all.bytes_sent = bytes_sent_;
  all.bytes_received = bytes_received_;
  all.relayed_bytes = tunnels_.relayed_bytes();
  all.tunnels_opened = tunnels_.opened();
}

}  // namespace grapevine::cluster
