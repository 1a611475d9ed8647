#include "cluster/interest/interest_exchange.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

/// 32 kB: an event waits behind one chunk for a fraction of a millisecond.
constexpr std::size_t chunk_keys = 4096;
/// About what a link writes at a time: more queued chunks would not be on their way any earlier.
constexpr std::size_t queued_max_for_chunks = 256u << 10;
constexpr duration digest_after_change = 1s;
constexpr duration digest_interval = 10s;

}  // namespace

interest_exchange::interest_exchange(duration linger, duration ack_timeout, std::uint64_t seed,
                                     frame_sink& to_peers)
    : to_peers_{to_peers}, log_{linger, seed}, barrier_{ack_timeout} {}

// -- peers

interest_exchange::peer* interest_exchange::find(epoch_t epoch) {
  const auto found = peers_.find(epoch);
  return found == peers_.end() ? nullptr : &found->second;
}

const interest_exchange::peer* interest_exchange::find(epoch_t epoch) const {
  const auto found = peers_.find(epoch);
  return found == peers_.end() ? nullptr : &found->second;
}

void interest_exchange::add_peer(epoch_t epoch, bool forgotten) {
  peers_.emplace(epoch, peer{.slot = view_.open(), .forgotten = forgotten, .snapshot = {}});
}

void interest_exchange::drop_peer(epoch_t epoch) {
  barrier_.remove_peer(epoch);
  if (const auto gone = peers_.extract(epoch); !gone.empty())
    view_.close(gone.mapped().slot);
}

bool interest_exchange::forgotten(epoch_t epoch) const {
  const auto* p = find(epoch);
  return p && p->forgotten;
}

void interest_exchange::await_acks(epoch_t epoch) {
  if (const auto* p = find(epoch)) {
    barrier_.add_peer(epoch);
    barrier_.on_ack(epoch, p->acked);
  }
}

void interest_exchange::ignore_acks(epoch_t epoch) {
  barrier_.remove_peer(epoch);
}

void interest_exchange::start(epoch_t epoch) {
  auto* p = find(epoch);
  if (!p)
    return;
  p->begun = true;
  p->changed = true;
  p->acked = 0;
  p->ack_sent = 0;
  to_peers_.push(epoch, interest_begin_frame{});
  p->snapshot = log_.keys();
  p->snapshot_open = true;
}

bool interest_exchange::started(epoch_t epoch) const {
  const auto* p = find(epoch);
  return p && p->begun;
}

void interest_exchange::restart_peer(epoch_t epoch) {
  if (auto* p = find(epoch)) {
    view_.begin(p->slot);
    p->applied = p->ack_sent = 0;
  }
}

// -- what this node wants

std::vector<std::uint64_t> interest_exchange::flush() {
  std::vector<std::uint64_t> removed;
  flush_into(removed);
  return removed;
}

void interest_exchange::flush_into(std::vector<std::uint64_t>& removed) {
  while (const auto delta = log_.flush()) {
    removed.insert(removed.end(), delta->removes.begin(), delta->removes.end());
    std::vector<epoch_t> to;
    for (auto& [epoch, p] : peers_)
      if (p.begun) {
        to.push_back(epoch);
        p.changed = true;
      }
    to_peers_.push_all(to, *delta);
  }
  barrier_.set_log_version(log_.version());
}

void interest_exchange::acknowledge_all() {
  for (auto& [epoch, p] : peers_)
    if (p.applied != p.ack_sent && !view_.unknown(p.slot)) {
      p.ack_sent = p.applied;
      to_peers_.push(epoch, interest_ack_frame{p.applied});
    }
}

void interest_exchange::pump(epoch_t epoch) {
  auto* p = find(epoch);
  while (p && p->snapshot_open && to_peers_.linked(epoch)
         && to_peers_.queued_bytes(epoch) < queued_max_for_chunks) {
    interest_chunk_frame chunk{log_.version(), {}};
    while (!p->snapshot.empty() && chunk.keys.size() < chunk_keys) {
      if (log_.announced(p->snapshot.back()))
        chunk.keys.push_back(p->snapshot.back());
      p->snapshot.pop_back();
    }
    if (!chunk.keys.empty())
      to_peers_.push(epoch, chunk);
    if (p->snapshot.empty()) {
      p->snapshot = {};
      p->snapshot_open = false;
      to_peers_.push(epoch, interest_done_frame{log_.version(), log_.count(), log_.hash()});
    }
    to_peers_.seal(epoch);
  }
}

void interest_exchange::note_change(epoch_t epoch) {
  if (auto* p = find(epoch))
    p->changed = true;
}

std::vector<std::uint64_t>
interest_exchange::send_digests(const std::function<std::uint64_t(epoch_t)>& roster_hash,
                                time_point now) {
  std::vector<std::uint64_t> removed;
  for (auto& [epoch, p] : peers_) {
    if (std::exchange(p.changed, false))
      p.digest_at = std::min(p.digest_at, now + digest_after_change);
    if (!p.begun || p.snapshot_open || now < p.digest_at || !to_peers_.linked(epoch))
      continue;
    p.digest_at = now + digest_interval;
    flush_into(removed);
    to_peers_.push(epoch, digest_frame{log_.version(), log_.count(), log_.hash(), p.applied,
                                       roster_hash(epoch)});
  }
  return removed;
}

// -- what peers want

void interest_exchange::on_begin(epoch_t from) {
  restart_peer(from);
  if (auto* p = find(from))
    p->forgotten = false;
}

void interest_exchange::on_chunk(epoch_t from, const interest_chunk_frame& chunk) {
  if (auto* p = find(from)) {
    view_.apply(p->slot, chunk.keys, {});
    p->heard = chunk.version;
  }
}

void interest_exchange::on_done(epoch_t from, const interest_done_frame& done) {
  auto* p = find(from);
  if (!p)
    return;
  view_.done(p->slot);
  p->applied = done.version;
  if (view_.count(p->slot) != done.count || view_.hash(p->slot) != done.hash)
    request(from);
}

bool interest_exchange::on_delta(epoch_t from, const interest_delta_frame& delta) {
  auto* p = find(from);
  if (!p)
    return false;
  const bool unknown = view_.unknown(p->slot);
  if (!unknown && delta.from_version != p->applied) {
    request(from);
    return false;
  }
  view_.apply(p->slot, delta.adds, delta.removes);
  p->heard = delta.version;
  if (!unknown)
    p->applied = delta.version;
  return true;
}

void interest_exchange::on_ack(epoch_t from, const interest_ack_frame& ack) {
  if (auto* p = find(from)) {
    p->acked = std::max(p->acked, std::min(ack.version, log_.version()));
    barrier_.on_ack(from, p->acked);
  }
}

bool interest_exchange::on_digest(epoch_t from, const digest_frame& digest) {
  const auto* p = find(from);
  if (!p || view_.unknown(p->slot))
    return false;
  if (digest.version != p->applied || digest.count != view_.count(p->slot)
      || digest.hash != view_.hash(p->slot))
    request(from);
  return digest.answers == log_.version();
}

void interest_exchange::request(epoch_t from) {
  ++repairs_;
  to_peers_.push(from, interest_request_frame{});
}

bool interest_exchange::sends_to(epoch_t epoch, std::uint64_t key) const {
  const auto* p = find(epoch);
  return p && view_.targets(key)[p->slot];
}

bool interest_exchange::wanted_by(epoch_t epoch, std::uint64_t key) const {
  const auto* p = find(epoch);
  return p && view_.interested(key)[p->slot];
}

bool interest_exchange::knows(epoch_t epoch) const {
  const auto* p = find(epoch);
  return p && !view_.unknown(p->slot);
}

std::uint64_t interest_exchange::applied(epoch_t epoch) const {
  const auto* p = find(epoch);
  return p ? p->applied : 0;
}

std::uint64_t interest_exchange::acked(epoch_t epoch) const {
  const auto* p = find(epoch);
  return p ? p->acked : 0;
}

std::uint64_t interest_exchange::keys_of(epoch_t epoch) const {
  const auto* p = find(epoch);
  return p ? view_.count(p->slot) : 0;
}

}  // namespace grapevine::cluster
