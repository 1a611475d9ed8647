#include "cluster/streams/incoming_stream.hpp"

#include "cluster/wire/frame_codec.hpp"

namespace grapevine::cluster {

void incoming_stream::recall(std::uint64_t id, std::uint64_t received) {
  id_ = id;
  received_ = consumed_ = received;
  first_turn_ += turns_.size();
  turns_.clear();
  last_ack_ = {};
  told_ = false;
}

bool incoming_stream::begin(std::uint64_t id) {
  if (id_ == id)
    return true;
  recall(id, 0);
  return false;
}

bool incoming_stream::accept(std::size_t frame_bytes) {
  received_ += frame_bytes;
  // The peer may start a segment while it is at its window, and a segment may be one long frame.
  return received_ - consumed_
         <= settings_.window + frame_length_max + frame_head_bytes + settings_.segment_max;
}

std::uint64_t incoming_stream::end_turn(unsigned parts) {
  turns_.push_back({received_, parts});
  const auto number = first_turn_ + turns_.size() - 1;
  settle();
  return number;
}

void incoming_stream::part_done(std::uint64_t number) {
  if (number < first_turn_ || number - first_turn_ >= turns_.size())
    return;
  auto& reported = turns_[static_cast<std::size_t>(number - first_turn_)];
  if (reported.parts_left > 0)
    --reported.parts_left;
  settle();
}

void incoming_stream::settle() {
  while (!turns_.empty() && turns_.front().parts_left == 0) {
    consumed_ = turns_.front().end;
    turns_.pop_front();
    ++first_turn_;
  }
}

std::optional<ack_frame> incoming_stream::ack_due(time_point now) {
  const ack_frame current{received_, consumed_};
  if (told_ && current == last_ack_)
    return std::nullopt;
  const bool much = received_ - last_ack_.received >= settings_.ack_bytes
                    || consumed_ - last_ack_.consumed >= settings_.ack_bytes;
  if (told_ && !much && now - last_ack_at_ < settings_.ack_delay)
    return std::nullopt;
  last_ack_ = current;
  last_ack_at_ = now;
  told_ = true;
  return current;
}

}  // namespace grapevine::cluster
