#include "event_times.hpp"

#include "sim_node.hpp"

namespace grapevine::cluster::sim {

event_times::event_times(nodes_world& world, nodes_oracle& oracle, figures& book)
    : world_{world}, oracle_{oracle}, figures_{book} {}

void event_times::let_in(node_run& at, sim_channel& channel, socket_id) {
  if (strict_ && on_first_ && channel.subscribers().size() == 1)
    world_.clock.after({}, [this, &at, place = channel.place()] { on_first_(at, place); });
}

void event_times::published(node_run& by, std::size_t, std::uint64_t event) {
  if (!left_out_.contains(by.host()))
    published_[event] = world_.clock.now();
}

void event_times::forwarded(node_run& by, std::size_t place, std::uint64_t, bool) {
  if (!strict_)
    return;
  const auto key = by.channel(place).key;
  for (auto* to : oracle_.running())
    if (to != &by && to->at(place).ready() && !by.core().sends_to(to->epoch(), key))
      oracle_.fail(by, "does not send to " + name_of(to->host()) + ", where subscribers of "
                           + by.channel(place).name + " were let in");
}

void event_times::delivered(node_run& at, sim_channel&, socket_id, epoch_t publisher,
                            std::uint64_t event) {
  const auto sent = published_.find(event);
  if (publisher != at.epoch() && sent != published_.end() && !left_out_.contains(at.host()))
    figures_.add(label_, world_.clock.now() - sent->second);
}

void event_times::check() {
  std::erase_if(published_, [&](const auto& each) {
    return world_.clock.now() - each.second > std::chrono::minutes{1};
  });
  for (auto* node : oracle_.running()) {
    auto& known = ack_timeouts_[node->epoch()];
    const auto now = node->core().stats().ack_timeouts;
    if (strict_ && now != known)
      oracle_.fail(*node, "lets somebody in whom others have not acknowledged");
    known = now;
  }
}

}  // namespace grapevine::cluster::sim
