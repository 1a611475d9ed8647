// The part of `node_core` that tells peers what this node wants and learns what they want
// (cluster.md section 4).
//
// To a peer: `interest_begin`, chunks of the keys wanted at the moment each chunk is written, with
// deltas between them, `interest_done`; from then on deltas. All in one FIFO lane, so the peer ends
// with exactly the log. Chunks are written only while little is queued, so that events are not held
// up behind a large log.

#include "cluster/node/node_core.hpp"

#include "cluster/wire/frame_codec.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t chunk_keys = 4096;
constexpr std::size_t queued_max_for_chunks = 256u << 10;
constexpr duration digest_after_change = 1s;
constexpr duration digest_interval = 10s;

}  // namespace

// -- telling

/// Everything this node says about itself, from the start: the peer has none of it.
void node_core::start_state(peer& p) {
  seal(p);
  p.begun = true;
  p.changed = true;
  p.acked = 0;
  p.ack_sent = 0;
  define_apps(p);
  push(p, interest_begin_frame{});
  p.snapshot = log_.keys();
  p.snapshot_open = true;
  if (!view_.unknown(p.slot))
    send_all_parts(p);
}

void node_core::define_apps(peer& p) {
  for (std::size_t i = 0; i < settings_.apps.size(); ++i)
    push(p, app_def_frame{static_cast<std::uint16_t>(i), settings_.apps[i]});
}

void node_core::flush_interest() {
  while (const auto delta = log_.flush()) {
    for (const auto key : delta->removes)
      forget_roster(key);
    const auto bytes = encoded(*delta);
    for (auto& [epoch, p] : peers_) {
      if (!p.begun || p.gone)
        continue;
      push_bytes(p, segment_kind::state, bytes);
      p.changed = true;
    }
  }
  barrier_.set_log_version(log_.version());
}

void node_core::acknowledge(peer& p) {
  if (p.gone || p.applied == p.ack_sent || view_.unknown(p.slot))
    return;
  p.ack_sent = p.applied;
  push(p, interest_ack_frame{p.applied});
}

void node_core::pump_snapshot(peer& p) {
  while (p.snapshot_open && p.link != 0 && p.stream.bytes() < queued_max_for_chunks) {
    interest_chunk_frame chunk{log_.version(), {}};
    while (!p.snapshot.empty() && chunk.keys.size() < chunk_keys) {
      if (log_.announced(p.snapshot.back()))
        chunk.keys.push_back(p.snapshot.back());
      p.snapshot.pop_back();
    }
    if (!chunk.keys.empty())
      push(p, chunk);
    if (p.snapshot.empty()) {
      p.snapshot = {};
      p.snapshot_open = false;
      push(p, interest_done_frame{log_.version(), log_.count(), log_.hash()});
    }
    seal(p);
  }
}

/// What the peer must hold at this place of the stream; unequal is a defect of ours, which is
/// mended and counted.
void node_core::send_digests(time_point now) {
  for (auto& [epoch, p] : peers_) {
    if (std::exchange(p.changed, false))
      p.digest_at = std::min(p.digest_at, now + digest_after_change);
    if (!p.begun || p.gone || p.snapshot_open || p.link == 0 || now < p.digest_at)
      continue;
    p.digest_at = now + digest_interval;
    flush_interest();
    push(p, digest_frame{log_.version(), log_.count(), log_.hash(), p.applied, own_roster_hash(p)});
  }
}

// -- learning

/// The peer's stream is a new one, or state was left out of it: it will say everything again. The
/// numbers of its apps hold as long as it runs, and events that go by them may be on their way.
void node_core::forget_state_of(peer& p) {
  view_.begin(p.slot);
  p.applied = p.ack_sent = 0;
  p.roster_requested = false;
  for (auto& [key, channels] : presence_)
    for (auto& each : channels)
      each.roster.restart(p.info.epoch);
}

void node_core::receive(peer& p, const interest_begin_frame&, time_point) {
  p.forgotten = false;
  view_.begin(p.slot);
  p.applied = p.ack_sent = 0;
}

void node_core::receive(peer& p, const interest_chunk_frame& chunk, time_point) {
  view_.apply(p.slot, chunk.keys, {});
  p.heard = chunk.version;
  for (const auto key : chunk.keys)
    send_parts_of(p, key, chunk.version);
}

void node_core::receive(peer& p, const interest_done_frame& done, time_point now) {
  view_.done(p.slot);
  p.applied = done.version;
  if (view_.count(p.slot) != done.count || view_.hash(p.slot) != done.hash) {
    ++stats_.interest_repairs;
    push(p, interest_request_frame{});
  }
  push(p, roster_done_frame{p.applied});
  offer_cache(p, now);
}

void node_core::receive(peer& p, const interest_delta_frame& delta, time_point now) {
  if (!view_.unknown(p.slot) && delta.from_version != p.applied) {
    ++stats_.interest_repairs;
    push(p, interest_request_frame{});
    return;
  }
  view_.apply(p.slot, delta.adds, delta.removes);
  p.heard = delta.version;
  // Before the acknowledgement, so that waiting for that is waiting for the roster and the cached
  // event as well.
  for (const auto key : delta.adds) {
    send_parts_of(p, key, delta.version);
    send_cached(p, key, now);
  }
  if (!view_.unknown(p.slot))
    p.applied = delta.version;
}

void node_core::receive(peer& p, const interest_ack_frame& ack, time_point) {
  p.acked = std::max(p.acked, std::min(ack.version, log_.version()));
  barrier_.on_ack(p.info.epoch, p.acked);
}

void node_core::receive(peer& p, const interest_request_frame&, time_point) {
  p.needs_state = true;
}

void node_core::receive(peer& p, const digest_frame& digest, time_point) {
  if (view_.unknown(p.slot))
    return;
  if (digest.version != p.applied || digest.count != view_.count(p.slot)
      || digest.hash != view_.hash(p.slot)) {
    ++stats_.interest_repairs;
    push(p, interest_request_frame{});
  }
  // Rosters can only be compared when the peer knew all of our wishes.
  if (digest.answers == log_.version() && !p.roster_requested
      && digest.roster_hash != held_roster_hash(p)) {
    ++stats_.roster_repairs;
    p.roster_requested = true;
    push(p, roster_request_frame{});
  }
}

}  // namespace grapevine::cluster
