#include "cluster/streams/peer_session.hpp"

#include "cluster/wire/shared_frame.hpp"

#include <utility>

namespace grapevine::cluster {

peer_session::peer_session(const peer_session_settings& settings, std::uint64_t id)
    : settings_{settings}, out_{settings, id}, in_{settings} {}

resume_frame peer_session::open(bool resync) {
  phase_ = phase::resuming;
  return {out_.id(), in_.id(), in_.received(), resync};
}

resume_outcome peer_session::on_resume(const resume_frame& peer, std::uint64_t fresh_id,
                                       time_point now) {
  resume_outcome outcome;
  if (phase_ == phase::no_link)
    return outcome;
  outcome.peer_restarted = !in_.begin(peer.session);
  in_.reconnected();
  if (phase_ == phase::streaming)
    return outcome;
  phase_ = phase::streaming;
  const bool continues = peer.peer_session == out_.id() && out_.resume(peer.received, now);
  // A stream of which the peer never acknowledged a byte is new to it, whatever it remembers of an
  // older one: it begins again as it is. The first connection may have been lost before our resume
  // and what followed it arrived.
  if (!continues && !out_.resume(0, now)) {
    out_.restart(fresh_id, now);
    outcome.again = resume_frame{out_.id(), in_.id(), in_.received(), false};
  }
  outcome.send_state = !continues || peer.resync;
  return outcome;
}

void peer_session::close() {
  phase_ = phase::no_link;
  out_.halt();
  control_.clear();
  control_bytes_ = 0;
}

push_result peer_session::push(lane where, segment s, std::size_t node_bytes) {
  return out_.push(where, std::move(s), node_bytes);
}

bool peer_session::push_control(shared_bytes bytes) {
  const auto size = bytes->size() + segment_overhead_bytes;
  if (phase_ == phase::no_link || control_bytes_ + size > settings_.control_max)
    return false;
  control_bytes_ += size;
  control_.push_back(std::move(bytes));
  return true;
}

std::vector<slice> peer_session::next_write(std::size_t budget, time_point now) {
  std::vector<slice> slices;
  if (phase_ == phase::no_link)
    return slices;
  std::size_t taken = 0;
  const auto write = [&](shared_bytes bytes) {
    taken += bytes->size();
    const std::string_view view{*bytes};
    slices.push_back({std::move(bytes), view});
  };
  for (auto& bytes : std::exchange(control_, {}))
    write(std::move(bytes));
  control_bytes_ = 0;
  if (phase_ == phase::streaming)
    if (const auto ack = in_.ack_due(now))
      write(shared(*ack));
  if (taken < budget)
    out_.take(budget - taken, now, slices);
  return slices;
}

bool peer_session::on_ack(const ack_frame& ack, time_point now) {
  return phase_ == phase::streaming && out_.on_ack(ack, now);
}

}  // namespace grapevine::cluster
