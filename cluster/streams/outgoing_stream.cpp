#include "cluster/streams/outgoing_stream.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

outgoing_stream::outgoing_stream(const peer_session_settings& settings, std::uint64_t id)
    : settings_{settings}, id_{id} {}

push_result outgoing_stream::push(lane where, segment s, std::size_t node_bytes) {
  push_result result;
  const bool is_state = s.kind == segment_kind::state;
  if (is_state && queue_.state_bytes() + cost(s) > settings_.state_max) {
    queue_.drop_state();
    result.state_dropped = true;
    return result;  // this segment too: it continued a state that the peer will not have
  }
  const auto added = cost(s);
  queue_.push(where, std::move(s));
  // What is kept for replay cannot be given up, so only the queue shrinks.
  const auto shrink_to = [&](std::size_t target) {
    result.events_dropped += queue_.drop_events(target > kept_bytes_ ? target - kept_bytes_ : 0);
  };
  // Control frames lie beside the stream and count as well.
  const auto most = settings_.hard > 2 * settings_.control_max
                        ? settings_.hard - settings_.control_max
                        : settings_.hard;
  if (bytes() > most)
    shrink_to(settings_.hard / 2);
  else if (node_bytes + added > settings_.node_total)
    shrink_to(bytes() / 2);
  return result;
}

bool outgoing_stream::resume(std::uint64_t received, time_point now) {
  if (received < acked_ || received > end_)
    return false;
  acked_ = position_ = received;
  forget_acked();
  open_ = true;
  received_progress_ = consumed_progress_ = now;
  return true;
}

void outgoing_stream::restart(std::uint64_t id, time_point now) {
  *this = outgoing_stream{settings_, id};
  open_ = true;
  received_progress_ = consumed_progress_ = now;
}

void outgoing_stream::rewrite(std::size_t budget, std::size_t& taken, std::vector<slice>& out) {
  const auto from =
      std::ranges::partition_point(kept_, [&](const written& w) { return w.end() <= position_; });
  for (auto w = from; w != kept_.end() && taken < budget; ++w) {
    const auto skip = static_cast<std::size_t>(position_ - w->begin);
    out.push_back({w->bytes, std::string_view{*w->bytes}.substr(skip)});
    taken += w->bytes->size() - skip;
    position_ = w->end();
  }
}

void outgoing_stream::take(std::size_t budget, time_point now, std::vector<slice>& out) {
  if (!open_)
    return;
  const bool was_quiet = position_ == acked_;
  const bool was_consumed = position_ == consumed_;
  std::size_t taken = 0;
  rewrite(budget, taken, out);
  while (taken < budget && position_ == end_ && !queue_.empty()
         && end_ - consumed_ <= settings_.window) {
    auto next = queue_.pop();
    kept_bytes_ += cost(next);
    taken += next.bytes->size();
    out.push_back({next.bytes, *next.bytes});
    kept_.push_back({std::move(next.bytes), end_});
    position_ = end_ = kept_.back().end();
  }
  // A stall is counted from the first byte that waits for an answer, not from the last answer.
  if (was_quiet)
    received_progress_ = now;
  if (was_consumed)
    consumed_progress_ = now;
}

bool outgoing_stream::on_ack(const ack_frame& ack, time_point now) {
  if (ack.consumed > ack.received || ack.received > position_ || ack.received < acked_
      || ack.consumed < consumed_)
    return false;
  if (ack.received > acked_)
    received_progress_ = now;
  if (ack.consumed > consumed_)
    consumed_progress_ = now;
  acked_ = ack.received;
  consumed_ = ack.consumed;
  forget_acked();
  return true;
}

void outgoing_stream::forget_acked() {
  while (!kept_.empty() && kept_.front().end() <= acked_) {
    kept_bytes_ -= kept_.front().bytes->size() + segment_overhead_bytes;
    kept_.pop_front();
  }
}

duration outgoing_stream::unreceived_for(time_point now) const noexcept {
  return open_ && position_ > acked_ ? now - received_progress_ : duration::zero();
}

stall outgoing_stream::check(time_point now) const noexcept {
  if (!open_)
    return stall::none;
  if (position_ > acked_ && unreceived_for(now) >= settings_.received_stall)
    return stall::received;
  if (position_ > consumed_ && now - consumed_progress_ >= settings_.consumed_stall)
    return stall::consumed;
  return stall::none;
}

}  // namespace grapevine::cluster
