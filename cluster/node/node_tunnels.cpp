// The part of `node_core` that reaches a peer through a third node. A tunnel is a connection like
// any other, but its bytes travel in relay frames over the link to that node, and nobody outside
// knows its number.

#include "cluster/node/node_core.hpp"

#include "cluster/wire/shared_frame.hpp"
#include "cluster/wire/wire.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

constexpr std::size_t piece_max = 64u << 10;
/// What a tunnel may have waiting for its carrier: more would only make the carrier's own bytes
/// late.
constexpr std::size_t carried_max = 256u << 10;

/// Different for every tunnel of every node, and not to be guessed without `seed`.
handshake::nonce tunnel_nonce(const std::array<std::uint8_t, 32>& seed, epoch_t self,
                              std::uint64_t number) {
  std::string text;
  wire_writer writer{text};
  writer.raw(seed);
  writer.u64(self);
  writer.u64(number);
  handshake::nonce nonce{};
  EVP_Digest(text.data(), text.size(), nonce.data(), nullptr, EVP_sha256(), nullptr);
  return nonce;
}

bool may_relay(const member& m) noexcept {
  return m.state == member_state::alive && (m.info.flags & node_flag::ready) != 0
         && (m.info.flags & node_flag::leaving) == 0;
}

}  // namespace

// -- opening

void node_core::open_tunnels(time_point now) {
  if (goodbye_said_)
    return;
  std::vector<epoch_t> unlinked;
  std::vector<epoch_t> relays;
  for (const auto& [name, m] : membership_.members().all()) {
    if (!m.serving())
      continue;
    const auto* p = find_peer(m.info.epoch);
    if (!p || p->link == 0)
      unlinked.push_back(m.info.epoch);
    else if (!is_tunnel(p->link) && may_relay(m))
      relays.push_back(m.info.epoch);
  }
  const auto self = membership_.self().epoch;
  for (const auto& each : tunnels_.due(self, unlinked, relays, now)) {
    ++stats_.tunnels_opened;
    add_tunnel({each.via, {self, each.target, each.path}}, true, now);
  }
}

connection& node_core::add_tunnel(const tunnel_place& place, bool dialled, time_point now) {
  const auto number = ++last_tunnel_;
  const auto self = membership_.self().epoch;
  const auto* via = find_peer(place.via);
  connection fresh{.id = tunnel_bit | number,
                   .shake = {dialled ? handshake::role::dialler : handshake::role::acceptor,
                             settings_.admission, tunnel_nonce(settings_.tunnel_seed, self, number),
                             std::string{}},
                   .address = "through " + (via ? via->info.name : std::string{"nobody"}),
                   .certificate_names = {},
                   .secure = false,
                   .dialled = dialled,
                   .expected = dialled ? place.key.target : place.key.origin,
                   .opened = now,
                   .peer = 0,
                   .admitted = false,
                   .closing = false,
                   .rest = {},
                   .waiting = {},
                   .tunnel = place,
                   .relayed = {}};
  fresh.waiting.push_back(shared(fresh.shake.start()));
  return connections_.emplace(fresh.id, std::move(fresh)).first->second;
}

connection* node_core::find_tunnel(epoch_t via, const tunnel_key& key) {
  for (auto at = connections_.lower_bound(tunnel_bit); at != connections_.end(); ++at)
    if (at->second.tunnel->via == via && at->second.tunnel->key == key)
      return &at->second;
  return nullptr;
}

/// The first bytes of a tunnel to this node. Of one origin and relay only the newest tunnel that
/// has not proved itself is kept, so that nobody makes us hold more of them.
connection* node_core::accept_tunnel(connection& carrier, const tunnel_key& key, time_point now) {
  if (key.target != membership_.self().epoch)
    return nullptr;
  const auto* m = membership_.members().find(key.origin);
  if (!m || !m->serving() || goodbye_said_) {
    tell_end(carrier, key, relay_end_reason::unreachable);
    return nullptr;
  }
  auto& newest = paths_heard_[{carrier.peer, key.origin}];
  if (key.path <= newest)
    return nullptr;
  newest = key.path;
  for (auto at = connections_.lower_bound(tunnel_bit); at != connections_.end(); ++at) {
    auto& [id, t] = *at;
    if (t.peer == 0 && !t.closing && t.tunnel->via == carrier.peer
        && t.tunnel->key.origin == key.origin && t.tunnel->key.target == key.target) {
      t.tunnel->over = true;
      shut(id);
    }
  }
  return &add_tunnel({carrier.peer, key}, false, now);
}

// -- the end

/// The other end or the relay has ended it, or the relay cannot be reached any more.
void node_core::end_tunnel(connection& t, time_point now) {
  t.tunnel->over = true;
  if (auto* p = find_peer(t.peer); p && p->link == t.id)
    lose_link(*p, false, now);
  else
    shut(t.id);
}

/// What a tunnel still has to say is said, then it is gone. Nobody holds it any more: this is the
/// end of a call.
void node_core::close_tunnels() {
  for (const auto id : std::exchange(closing_tunnels_, {})) {
    auto& t = connections_.at(id);
    if (auto* carrier = direct_link(t.tunnel->via); carrier && !t.tunnel->over) {
      std::vector<slice> last;
      for (auto& bytes : t.waiting)
        last.push_back({bytes, *bytes});
      if (carrier->relayed.own_bytes < carried_max)
        carry(*carrier, t, last);
      tell_end(*carrier, t.tunnel->key, relay_end_reason::closed);
    }
    connections_.erase(id);
  }
}

// -- bytes

/// Moves what the tunnels over that link have to say into its queue.
void node_core::carry_tunnels(connection& carrier, time_point now) {
  const auto* via = find_peer(carrier.peer);
  if (!via || via->link != carrier.id)
    return;
  for (auto at = connections_.lower_bound(tunnel_bit); at != connections_.end(); ++at) {
    auto& t = at->second;
    while (!t.closing && t.tunnel->via == carrier.peer && carrier.relayed.own_bytes < carried_max) {
      std::vector<slice> slices;
      if (take_own(t, piece_max, now, slices) == 0)
        break;
      carry(carrier, t, slices);
    }
  }
}

void node_core::carry(connection& carrier, const connection& tunnel,
                      const std::vector<slice>& slices) {
  std::string all;
  for (const auto& each : slices)
    all += each.bytes;
  const auto& key = tunnel.tunnel->key;
  for (std::string_view left = all; !left.empty();) {
    const auto piece = left.substr(0, piece_max);
    left.remove_prefix(piece.size());
    auto bytes = shared(relay_frame{key.origin, key.target, key.path, piece});
    carrier.relayed.own_bytes += bytes->size();
    carrier.relayed.items.push_back({std::move(bytes), key, relay_queue::item::kind::own});
  }
}

/// Credit for what peers said through tunnels in this turn, given back with that of the relay, as
/// the shell knows no link but that. 0 if they said nothing.
std::uint64_t node_core::end_tunnelled_turn(unsigned parts) {
  tunnelled_turn turn{{}, parts};
  for (const auto epoch : std::exchange(heard_through_tunnels_, {}))
    if (auto* p = find_peer(epoch))
      turn.turns.push_back({epoch, p->stream.incoming().end_turn(parts)});
  if (turn.turns.empty() || parts == 0)
    return 0;
  tunnelled_turns_.emplace(++last_tunnelled_turn_, std::move(turn));
  return last_tunnelled_turn_;
}

}  // namespace grapevine::cluster
