#include "cluster/node/link_traffic.hpp"

#include <optional>
#include <string>
#include <utility>

namespace grapevine::cluster {

link_traffic::link_traffic(link_table& table, peer_streams& streams, tunnel_carrier& tunnels)
    : table_{table}, streams_{streams}, tunnels_{tunnels} {}

// -- out

std::vector<slice> link_traffic::next_write(link_id id, std::size_t budget, time_point now) {
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
std::size_t link_traffic::take_own(connection& c, std::size_t budget, time_point now,
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

// -- credit

link_turn link_traffic::end_turn(link_id id, unsigned parts) {
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

void link_traffic::part_done(const link_turn& done) {
  const auto report = [&](epoch_t of, std::uint64_t number) {
    if (auto* stream = streams_.find(of))
      stream->incoming().part_done(number);
  };
  report(done.peer, done.number);
  turns_.part_done(done.tunnelled, report);
}

}  // namespace grapevine::cluster
