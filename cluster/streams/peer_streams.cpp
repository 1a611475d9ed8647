#include "cluster/streams/peer_streams.hpp"

#include "cluster/wire/frame_codec.hpp"
#include "cluster/wire/shared_frame.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

peer_streams::peer_streams(const peer_session_settings& settings) : settings_{settings} {}

// -- peers

peer_session& peer_streams::open(epoch_t epoch, std::uint64_t stream_id) {
  return peers_.emplace(epoch, peer{.stream = {settings_, stream_id}, .open = {}})
      .first->second.stream;
}

void peer_streams::retire(epoch_t epoch) {
  if (auto* p = find_open(epoch)) {
    p->retired = true;
    p->open = {};
  }
}

void peer_streams::erase(epoch_t epoch) {
  peers_.erase(epoch);
}

peer_session* peer_streams::find(epoch_t epoch) {
  const auto found = peers_.find(epoch);
  return found == peers_.end() ? nullptr : &found->second.stream;
}

const peer_session* peer_streams::find(epoch_t epoch) const {
  const auto found = peers_.find(epoch);
  return found == peers_.end() ? nullptr : &found->second.stream;
}

peer_streams::peer* peer_streams::find_open(epoch_t epoch) {
  const auto found = peers_.find(epoch);
  return found == peers_.end() || found->second.retired ? nullptr : &found->second;
}

const peer_streams::peer* peer_streams::find_open(epoch_t epoch) const {
  const auto found = peers_.find(epoch);
  return found == peers_.end() || found->second.retired ? nullptr : &found->second;
}

// -- frames

void peer_streams::push(epoch_t to, const frame& f) {
  if (auto* p = find_open(to))
    append(to, *p, segment_kind::state, encoded(f));
}

void peer_streams::push_all(std::span<const epoch_t> to, const frame& f) {
  const auto bytes = encoded(f);
  for (const auto epoch : to)
    if (auto* p = find_open(epoch))
      append(epoch, *p, segment_kind::state, bytes);
}

void peer_streams::push_bulk(epoch_t to, const frame& f) {
  if (auto* p = find_open(to)) {
    seal(to, *p);
    queue(to, *p, lane::bulk, {shared(f), segment_kind::state, 0});
  }
}

void peer_streams::push_event(epoch_t to, std::string_view bytes) {
  if (auto* p = find_open(to))
    append(to, *p, segment_kind::events, bytes);
}

void peer_streams::append(epoch_t epoch, peer& p, segment_kind kind, std::string_view bytes) {
  if (p.open.kind != kind || p.open.bytes.size() + bytes.size() > settings_.segment_max)
    seal(epoch, p);
  p.open.kind = kind;
  p.open.bytes.append(bytes);
  if (kind == segment_kind::events)
    ++p.open.events;
}

void peer_streams::seal(epoch_t to) {
  if (auto* p = find_open(to))
    seal(to, *p);
}

void peer_streams::seal(epoch_t epoch, peer& p) {
  if (p.open.bytes.empty())
    return;
  auto ready = std::exchange(p.open, {});
  queue(epoch, p, lane::live,
        {std::make_shared<const std::string>(std::move(ready.bytes)), ready.kind, ready.events});
}

void peer_streams::seal_all() {
  for (auto& [epoch, p] : peers_)
    seal(epoch, p);
}

void peer_streams::queue(epoch_t epoch, peer& p, lane where, segment s) {
  const auto result = p.stream.push(where, std::move(s), bytes());
  events_dropped_ += result.events_dropped;
  p.events_lost |= result.events_dropped > 0;
  p.state_lost |= result.state_dropped;
  const bool slow = p.stream.outgoing().slow();
  if (slow && !p.slow_told)
    slow_.push_back(epoch);
  // Told again only after it has kept up for a while.
  if (slow || p.stream.bytes() < settings_.soft / 2)
    p.slow_told = slow;
}

std::size_t peer_streams::queued_bytes(epoch_t to) const {
  const auto* p = find_open(to);
  return p ? p->stream.bytes() : 0;
}

std::size_t peer_streams::state_room(epoch_t to) const {
  const auto* p = find_open(to);
  return p ? p->stream.outgoing().state_room() : 0;
}

bool peer_streams::linked(epoch_t epoch) const {
  const auto* p = find_open(epoch);
  return p && p->stream.linked();
}

std::size_t peer_streams::bytes() const {
  std::size_t total = 0;
  for (const auto& [epoch, p] : peers_)
    total += p.stream.bytes();
  return total;
}

bool peer_streams::idle() const {
  return std::ranges::all_of(peers_,
                             [](const auto& each) { return each.second.stream.outgoing().idle(); });
}

// -- what the bounds have cost

bool peer_streams::take_state_lost(epoch_t epoch) {
  auto* p = find_open(epoch);
  return p && std::exchange(p->state_lost, false);
}

std::vector<epoch_t> peer_streams::take_recovered() {
  std::vector<epoch_t> recovered;
  for (auto& [epoch, p] : peers_)
    if (p.events_lost && !p.retired && !p.stream.outgoing().slow()) {
      p.events_lost = false;
      recovered.push_back(epoch);
    }
  return recovered;
}

std::vector<epoch_t> peer_streams::take_slow() {
  return std::exchange(slow_, {});
}

}  // namespace grapevine::cluster
