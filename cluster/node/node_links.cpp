// The part of `node_core` that knows connections by number: bytes in, bytes out, and their end.

#include "cluster/node/node_core.hpp"

#include "cluster/wire/frame_codec.hpp"
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
/// Another relay may answer sooner.
constexpr duration tunnel_handshake = 1500ms;

}  // namespace

// -- connections

node_effects node_core::on_open(link_id id, link_facts facts, time_point now) {
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
                   .opened = now};
  fresh.waiting.push_back(shared(fresh.shake.start()));
  connections_.emplace(id, std::move(fresh));
  return done(now);
}

node_effects node_core::on_dial_failed(epoch_t expected, time_point now) {
  carry_out(membership_.on_link_refused(expected, now), now);
  return done(now);
}

node_effects node_core::on_closed(link_id id, time_point now) {
  const auto found = connections_.find(id);
  if (found == connections_.end())
    return done(now);
  const auto gone = std::move(found->second);
  connections_.erase(found);
  if (auto* p = find_peer(gone.peer); p && p->link == id)
    lose_link(*p, false, now);
  else if (gone.dialled && !gone.admitted)
    carry_out(membership_.on_link_refused(gone.expected, now), now);
  return done(now);
}

bool node_core::has_link(link_id id) const {
  return connections_.contains(id);
}

bool node_core::admitted(link_id id) const {
  const auto found = connections_.find(id);
  return found != connections_.end() && found->second.admitted;
}

std::size_t node_core::strangers() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(connections_, [](const auto& each) {
    return !each.second.dialled && each.second.peer == 0 && !each.second.tunnel;
  }));
}

bool node_core::welcomes(std::string_view address, time_point now) const {
  return !banned_addresses_.refused(address, now);
}

bool node_core::knows(const base::endpoint& address) const {
  return address == membership_.self().address
         || std::ranges::any_of(membership_.members().all(), [&](const auto& each) {
              return each.second.serving() && each.second.info.address == address;
            });
}

std::vector<slice> node_core::next_write(link_id id, std::size_t budget, time_point now) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || is_tunnel(id))
    return {};
  auto& c = found->second;
  carry_tunnels(c, now);
  std::vector<slice> slices;
  const auto share = c.relayed.items.empty() ? budget : budget / 2;
  auto taken = take_own(c, share, now, slices);
  if (taken < budget)
    taken += take_relayed(c, budget - taken, slices);
  stats_.bytes_sent += taken;
  return slices;
}

/// What the connection itself has to say, without what it carries for others.
std::size_t node_core::take_own(connection& c, std::size_t budget, time_point now,
                                std::vector<slice>& slices) {
  std::size_t taken = 0;
  for (auto& bytes : std::exchange(c.waiting, {})) {
    const std::string_view view{*bytes};
    taken += view.size();
    slices.push_back({std::move(bytes), view});
  }
  if (auto* p = find_peer(c.peer); p && p->link == c.id && taken < budget)
    for (auto& each : p->stream.next_write(budget - taken, now)) {
      taken += each.bytes.size();
      slices.push_back(std::move(each));
    }
  return taken;
}

/// What is still in `waiting` leaves before the shell closes the connection.
void node_core::shut(link_id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end())
    return;
  auto& c = found->second;
  const bool closing = std::exchange(c.closing, true);
  if (!c.tunnel)
    return out_.push_back(close_link{id});
  if (closing)
    return;
  closing_tunnels_.push_back(id);
  if (c.dialled && !c.admitted)
    tunnels_.failed(c.expected, c.tunnel->via);
}

void node_core::say_bye(connection& c, bye_reason why, epoch_t seen) {
  c.waiting.push_back(shared(bye_frame{why, seen}));
}

void node_core::lose_link(peer& p, bool said_bye, time_point now, std::string how) {
  const auto id = std::exchange(p.link, 0);
  p.stream.close();
  barrier_.remove_peer(p.info.epoch);
  shut(id);
  const auto epoch = p.info.epoch;
  if (const auto found = connections_.find(id); found != connections_.end()) {
    found->second.peer = 0;
    if (const auto& tunnel = found->second.tunnel)
      tunnels_.lost(epoch, tunnel->via, now);
  }
  if (how.empty())
    how = said_bye ? "with a goodbye" : "lost";
  out_.push_back(link_news{link_news_kind::down, p.info.name, std::move(how)});
  end_relaying(epoch, id, now);
  if (p.gone)
    peers_.erase(epoch);
  carry_out(membership_.on_link_lost(epoch, said_bye, now), now);
}

/// Its peer lives, but not by this link: a tunnel will do better. A tunnel has less patience, for
/// there may be another.
bool node_core::passes_nothing(const peer& p, time_point now) const {
  if (now < links_trusted_until_)
    return false;
  const auto& out = p.stream.outgoing();
  const auto transfer = std::chrono::milliseconds{out.unreceived() * 1000 / bytes_per_second_min};
  const auto waited = out.unreceived_for(now) - transfer;
  if (is_tunnel(p.link))
    return waited >= settings_.session.received_stall;
  const auto* m = membership_.members().find(p.info.epoch);
  return m && m->state == member_state::alive
         && (waited >= unreceived_max || membership_.only_vouched_for(p.info.epoch, silence_max));
}

void node_core::check_links(time_point now) {
  std::vector<link_id> overdue;
  for (const auto& [id, c] : connections_)
    if (c.peer == 0 && !c.closing
        && now - c.opened >= (c.tunnel ? tunnel_handshake : settings_.handshake_timeout))
      overdue.push_back(id);
  for (const auto id : overdue) {
    stats_.refused += is_tunnel(id) ? 0 : 1;
    shut(id);
  }
  std::vector<epoch_t> epochs;
  for (const auto& [epoch, p] : peers_)
    epochs.push_back(epoch);
  for (const auto epoch : epochs) {
    auto* p = find_peer(epoch);
    if (!p || p->link == 0)
      continue;
    if (passes_nothing(*p, now)) {
      tunnels_.lost(epoch, 0, now);
      lose_link(*p, true, now, "nothing comes through it");
      continue;
    }
    switch (p->stream.check(now)) {
    case stall::none:
      break;
    case stall::received:
      // It may be able to say that it lives; to ask it again every tick would only keep it busy.
      if (now - p->stall_told < settings_.session.received_stall)
        break;
      p->stall_told = now;
      carry_out(membership_.on_link_stalled(epoch, now), now);
      break;
    case stall::consumed:
      say_bye(connections_.at(p->link), bye_reason::slow_consumer);
      lose_link(*p, false, now);
      break;
    }
  }
  std::erase_if(receipts_, [&](const auto& each) { return now >= each.second.until; });
}

// -- bytes

node_effects node_core::on_bytes(link_id id, std::string_view bytes, time_point now) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.closing)
    return done(now);
  stats_.bytes_received += bytes.size();
  take_bytes(found->second, bytes, now);
  return done(now);
}

void node_core::take_bytes(connection& c, std::string_view bytes, time_point now) {
  if (auto* p = find_peer(c.peer))
    p->last_bytes = now;
  if (c.peer != 0 && c.tunnel) {
    heard_through_tunnels_.insert(c.peer);
    carry_out(membership_.on_relayed_bytes(c.peer, c.tunnel->via, now), now);
  } else if (c.peer != 0) {
    carry_out(membership_.on_bytes(c.peer, now), now);
  }
  // Frames are parsed in place; only a torn one is copied.
  std::string joined;
  if (!c.rest.empty()) {
    joined = std::exchange(c.rest, {});
    joined.append(bytes);
    bytes = joined;
  }
  while (!c.closing) {
    const auto limit = c.peer == 0 ? admission_frame_length_max : frame_length_max;
    const auto split = split_frame(bytes, limit);
    if (split.status == split_status::need_more) {
      c.rest = bytes;
      break;
    }
    const auto content =
        split.status == split_status::complete ? decode_frame(split.frame) : std::nullopt;
    if (!content) {
      offend(c, "a malformed frame", now);
      break;
    }
    bytes.remove_prefix(split.frame.size());
    if (c.peer == 0)
      on_handshake_frame(c, *content, now);
    else if (!on_frame(c, split.frame, *content, now))
      break;
  }
}

/// Costs the other side its connection; three times in a minute, and its address is refused for a
/// while.
void node_core::offend(connection& c, std::string_view what, time_point now) {
  ++stats_.refused;
  if (!c.tunnel)
    banned_addresses_.note(c.address, now);
  auto* p = find_peer(c.peer);
  out_.push_back(
      link_news{link_news_kind::refused, p ? p->info.name : c.address, std::string{what}});
  if (p && p->link == c.id) {
    say_bye(c, bye_reason::protocol);
    lose_link(*p, false, now);
  } else {
    shut(c.id);
  }
}

}  // namespace grapevine::cluster
