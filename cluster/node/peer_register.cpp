#include "cluster/node/peer_register.hpp"

#include <optional>
#include <utility>

namespace grapevine::cluster {

peer_register::peer_register(link_table& table, peer_streams& streams, channel_exchanges& channels,
                             random_source& random)
    : table_{table}, streams_{streams}, channels_{channels}, random_{random} {}

peer& peer_register::enter(const node_info& who) {
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

void peer_register::retire(peer& p, roster_cause cause, duration ago, time_point now) {
  const auto epoch = p.info.epoch;
  if (cause == roster_cause::died)
    remember(epoch, now);
  if (std::exchange(p.gone, true))
    return;
  streams_.retire(epoch);
  channels_.drop_peer(epoch, cause, ago);
}

void peer_register::remember(epoch_t epoch, time_point now) {
  const auto& in = streams_.find(epoch)->incoming();
  if (const auto* apps = channels_.apps_of(epoch); apps && in.id() != 0)
    table_.remember(epoch, {in.id(), in.received(), *apps}, now);
}

void peer_register::erase(epoch_t epoch) {
  table_.erase_peer(epoch);
  streams_.erase(epoch);
}

}  // namespace grapevine::cluster
