#include "cluster/links/link_watch.hpp"

#include <chrono>
#include <utility>

namespace grapevine::cluster {

link_watch::link_watch(duration received_stall, time_point now)
    : received_stall_{received_stall}, last_tick_{now} {}

void link_watch::tick(time_point now) {
  if (now - std::exchange(last_tick_, now) >= own_pause)
    trusted_until_ = now + own_pause;
}

link_verdict link_watch::judge(const link_signs& link, time_point now) const {
  if (passes_nothing(link, now))
    return link_verdict::passes_nothing;
  switch (link.stream) {
  case stall::received:
    // The peer may be able to say that it lives; to ask it every tick would only keep it busy.
    return now - link.stall_told < received_stall_ ? link_verdict::of_use : link_verdict::stalled;
  case stall::consumed:
    return link_verdict::slow_consumer;
  case stall::none:
    break;
  }
  return link_verdict::of_use;
}

bool link_watch::passes_nothing(const link_signs& link, time_point now) const {
  if (now < trusted_until_)
    return false;
  const auto transfer = std::chrono::milliseconds{link.unreceived * 1000 / bytes_per_second_min};
  const auto waited = link.unreceived_for - transfer;
  if (link.tunnel)
    return waited >= received_stall_;
  return link.peer_alive && (waited >= unreceived_max || link.silent);
}

}  // namespace grapevine::cluster
