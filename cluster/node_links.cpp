// The part of `node_core` that turns connections into links: admission, one link per peer, and the
// frames that arrive.

#include "cluster/node_core.hpp"

#include "cluster/frame_codec.hpp"
#include "cluster/link_choice.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

constexpr duration receipt_kept = 10min;
/// How far a node goes beyond an epoch that was taken: two that do so at a time differ.
constexpr std::uint64_t epoch_step_max = 1u << 20;
/// A node whose name is taken tries again after this time, not at once.
constexpr duration pause_after_conflict = 2s;

shared_bytes shared(const frame& f) {
  return std::make_shared<const std::string>(encoded(f));
}

std::string_view explain(bye_reason why) {
  switch (why) {
  case bye_reason::leaving:
    return "it leaves the cluster";
  case bye_reason::version:
    return "the protocol versions have nothing in common";
  case bye_reason::protocol:
    return "the handshake failed: another cluster.secret or cluster.name, or no node";
  case bye_reason::duplicate:
    return "there is another connection";
  case bye_reason::name_conflict:
    return "the name is already in use by another node";
  case bye_reason::stale_epoch:
    return "a newer run of that node is known";
  case bye_reason::dead:
    return "it was declared dead";
  case bye_reason::slow_consumer:
    return "it does not work off what it receives";
  }
  return "unknown";
}

bool matches(std::string_view name, std::string_view pattern) {
  if (!pattern.starts_with("*."))
    return name == pattern;
  const auto dot = name.find('.');
  return dot != 0 && dot != std::string_view::npos && name.substr(dot) == pattern.substr(1);
}

/// A certificate vouches for the node's own name, or for one of those that are allowed to all.
bool certifies(const std::vector<std::string>& names, std::string_view node,
               const std::vector<std::string>& allowed) {
  return std::ranges::any_of(names, [&](const std::string& name) {
    return name == node || std::ranges::any_of(allowed, [&](const std::string& pattern) {
             return matches(name, pattern);
           });
  });
}

}  // namespace

// -- connections
// -----------------------------------------------------------------------------------------------------

node_effects node_core::on_open(link_id id, link_facts facts, time_point now) {
  using role = handshake::role;
  const bool secure = !facts.tls_binding.empty();
  connection fresh{.id = id,
                   .shake = {facts.dialled ? role::dialler : role::acceptor, settings_.admission,
                             facts.nonce, std::move(facts.tls_binding)},
                   .address = std::move(facts.address),
                   .certificate_names = std::move(facts.certificate_names),
                   .secure = secure,
                   .dialled = facts.dialled,
                   .expected = facts.expected,
                   .opened = now};
  fresh.waiting.push_back(shared(fresh.shake.start()));
  connections_.emplace(id, std::move(fresh));
  return done(now);
}

node_effects node_core::on_dial_failed(epoch_t expected, time_point now) {
  carry_out(membership_.on_link_refused(expected, now), now);
  return done(now);
}

node_effects node_core::on_closed(link_id id, time_point now) {
  const auto found = connections_.find(id);
  if (found == connections_.end())
    return done(now);
  const auto gone = std::move(found->second);
  connections_.erase(found);
  if (auto* p = find_peer(gone.peer); p && p->link == id)
    lose_link(*p, false, now);
  else if (gone.dialled && !gone.admitted)
    carry_out(membership_.on_link_refused(gone.expected, now), now);
  return done(now);
}

bool node_core::has_link(link_id id) const {
  return connections_.contains(id);
}

bool node_core::admitted(link_id id) const {
  const auto found = connections_.find(id);
  return found != connections_.end() && found->second.admitted;
}

std::size_t node_core::strangers() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(connections_, [](const auto& each) {
    return !each.second.dialled && each.second.peer == 0;
  }));
}

bool node_core::welcomes(std::string_view address, time_point now) const {
  return !offenders_.refused(address, now);
}

bool node_core::knows(const node_address& address) const {
  return address == membership_.self().address
         || std::ranges::any_of(membership_.members().all(), [&](const auto& each) {
              return each.second.serving() && each.second.info.address == address;
            });
}

std::vector<slice> node_core::next_write(link_id id, std::size_t budget, time_point now) {
  const auto found = connections_.find(id);
  if (found == connections_.end())
    return {};
  auto& c = found->second;
  std::vector<slice> slices;
  std::size_t taken = 0;
  for (auto& bytes : std::exchange(c.waiting, {})) {
    const std::string_view view{*bytes};
    taken += view.size();
    slices.push_back({std::move(bytes), view});
  }
  if (auto* p = find_peer(c.peer); p && p->link == id && taken < budget)
    for (auto& each : p->stream.next_write(budget - taken, now)) {
      taken += each.bytes.size();
      slices.push_back(std::move(each));
    }
  stats_.bytes_sent += taken;
  return slices;
}

/// What is still in `waiting` leaves before the shell closes the connection.
void node_core::shut(link_id id) {
  if (const auto found = connections_.find(id); found != connections_.end()) {
    found->second.closing = true;
    out_.push_back(close_link{id});
  }
}

void node_core::say_bye(connection& c, bye_reason why, epoch_t seen) {
  c.waiting.push_back(shared(bye_frame{why, seen}));
}

void node_core::lose_link(peer& p, bool said_bye, time_point now) {
  const auto id = std::exchange(p.link, 0);
  p.stream.close();
  barrier_.remove_peer(p.info.epoch);
  shut(id);
  if (const auto found = connections_.find(id); found != connections_.end())
    found->second.peer = 0;
  out_.push_back(
      link_news{link_news_kind::down, p.info.name, said_bye ? "with a goodbye" : "lost"});
  const auto epoch = p.info.epoch;
  if (p.gone)
    peers_.erase(epoch);
  carry_out(membership_.on_link_lost(epoch, said_bye, now), now);
}

void node_core::check_links(time_point now) {
  std::vector<link_id> overdue;
  for (const auto& [id, c] : connections_)
    if (c.peer == 0 && !c.closing && now - c.opened >= settings_.handshake_timeout)
      overdue.push_back(id);
  for (const auto id : overdue) {
    ++stats_.refused;
    shut(id);
  }
  std::vector<epoch_t> epochs;
  for (const auto& [epoch, p] : peers_)
    epochs.push_back(epoch);
  for (const auto epoch : epochs) {
    auto* p = find_peer(epoch);
    if (!p || p->link == 0)
      continue;
    switch (p->stream.check(now)) {
    case stall::none:
      break;
    case stall::received:
      // It may be able to say that it lives; to ask it again every tick would only keep it busy.
      if (now - p->stall_told < settings_.session.received_stall)
        break;
      p->stall_told = now;
      carry_out(membership_.on_link_stalled(epoch, now), now);
      break;
    case stall::consumed:
      say_bye(connections_.at(p->link), bye_reason::slow_consumer);
      lose_link(*p, false, now);
      break;
    }
  }
  std::erase_if(receipts_, [&](const auto& each) { return now >= each.second.until; });
}

// -- bytes
// -----------------------------------------------------------------------------------------------------------

node_effects node_core::on_bytes(link_id id, std::string_view bytes, time_point now) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.closing)
    return done(now);
  auto& c = found->second;
  stats_.bytes_received += bytes.size();
  if (c.peer != 0)
    carry_out(membership_.on_bytes(c.peer, now), now);
  // Frames are parsed in place; only a torn one is copied.
  std::string joined;
  if (!c.rest.empty()) {
    joined = std::exchange(c.rest, {});
    joined.append(bytes);
    bytes = joined;
  }
  while (!c.closing) {
    const auto limit = c.peer == 0 ? admission_frame_length_max : frame_length_max;
    const auto split = split_frame(bytes, limit);
    if (split.status == split_status::need_more) {
      c.rest = bytes;
      break;
    }
    const auto content =
        split.status == split_status::complete ? decode_frame(split.frame) : std::nullopt;
    if (!content) {
      offend(c, "a malformed frame", now);
      break;
    }
    bytes.remove_prefix(split.frame.size());
    if (c.peer == 0)
      on_handshake_frame(c, *content, now);
    else if (!on_frame(c, split.frame, *content, now))
      break;
  }
  return done(now);
}

/// Costs the other side its connection; three times in a minute, and its address is refused for a
/// while.
void node_core::offend(connection& c, std::string_view what, time_point now) {
  ++stats_.refused;
  offenders_.note(c.address, now);
  auto* p = find_peer(c.peer);
  out_.push_back(
      link_news{link_news_kind::refused, p ? p->info.name : c.address, std::string{what}});
  if (p && p->link == c.id) {
    say_bye(c, bye_reason::protocol);
    lose_link(*p, false, now);
  } else {
    shut(c.id);
  }
}

// -- admission
// -------------------------------------------------------------------------------------------------------

void node_core::on_handshake_frame(connection& c, const frame& content, time_point now) {
  if (const auto* bye = std::get_if<bye_frame>(&content)) {
    out_.push_back(
        link_news{link_news_kind::refused, c.address, std::string{explain(bye->reason)}});
    ++stats_.refused;
    return shut(c.id);
  }
  const auto* expected = find_peer(c.expected);
  const bool has_link = expected && expected->link != 0;
  auto step = c.shake.on_frame(content, membership_.self(), has_link);
  for (auto& each : step.send)
    c.waiting.push_back(shared(each));
  if (step.refused) {
    say_bye(c, *step.refused);
    return offend(c, explain(*step.refused), now);
  }
  if (step.admitted)
    admit(c, step.peer, step.peer_has_link, now);
}

void node_core::admit(connection& c, const node_info& who, bool peer_has_link, time_point now) {
  const auto refuse = [&](bye_reason why, epoch_t seen) {
    ++stats_.refused;
    say_bye(c, why, seen);
    if (who.epoch != membership_.self().epoch && why != bye_reason::duplicate)
      out_.push_back(link_news{link_news_kind::refused, who.name, std::string{explain(why)}});
    shut(c.id);
  };
  if (c.secure && !certifies(c.certificate_names, who.name, settings_.allowed_names)) {
    out_.push_back(link_news{link_news_kind::refused, who.name,
                             "its certificate is for another name than its own"});
    return refuse(bye_reason::protocol, 0);
  }
  const auto verdict = membership_.admit(who, now);
  if (verdict.outcome == admission_verdict::kind::name_conflict)
    return refuse(bye_reason::name_conflict, 0);
  if (verdict.outcome == admission_verdict::kind::stale_epoch)
    return refuse(bye_reason::stale_epoch, verdict.seen);
  if (goodbye_said_)
    return refuse(bye_reason::leaving, 0);
  if (!find_peer(who.epoch) && peers_.size() >= interest_view::slots)
    return refuse(bye_reason::protocol, 0);
  if (auto* known = find_peer(who.epoch); known && known->link != 0) {
    const link_claim held{known->dialled_by_us, now - known->linked_at};
    if (!replaces({c.dialled, {}}, held, peer_has_link, membership_.self().epoch, who.epoch))
      return refuse(bye_reason::duplicate, 0);
    auto& old = connections_.at(known->link);
    say_bye(old, bye_reason::duplicate);
    old.peer = 0;
    shut(old.id);
    known->link = 0;
    known->stream.close();
    barrier_.remove_peer(who.epoch);
  }
  attach(c, who, now);
}

void node_core::attach(connection& c, const node_info& who, time_point now) {
  // A newer run of a known name makes membership drop the old one before the new one has a peer.
  auto effects = membership_.on_link_up(who, now);
  auto& p = open_peer(who);
  p.info = who;
  p.link = c.id;
  p.dialled_by_us = c.dialled;
  p.linked_at = now;
  c.peer = who.epoch;
  c.admitted = true;
  p.stream.push_control(shared(p.stream.open(p.forgotten)));
  out_.push_back(link_news{link_news_kind::up, who.name, c.address});
  carry_out(std::move(effects), now);
}

peer& node_core::open_peer(const node_info& who) {
  if (auto* known = find_peer(who.epoch))
    return *known;
  auto& fresh =
      peers_.emplace(who.epoch, peer{who, settings_.session, random_.next() | 1}).first->second;
  fresh.slot = view_.open();
  define_apps(fresh);  // events may be queued for it before its link is ready
  if (const auto kept = receipts_.find(who.epoch); kept != receipts_.end()) {
    fresh.stream.incoming().recall(kept->second.stream, kept->second.received);
    fresh.forgotten = true;
    receipts_.erase(kept);
  }
  return fresh;
}

// -- the end of a peer
// ------------------------------------------------------------------------------------------------

void node_core::drop_peer(epoch_t epoch, roster_cause cause, time_point now) {
  auto* p = find_peer(epoch);
  if (!p)
    return;
  auto& in = p->stream.incoming();
  if (cause == roster_cause::died && in.id() != 0)
    receipts_[epoch] = {in.id(), in.received(), now + receipt_kept};
  forget_peer(*p, cause);
  if (p->link != 0) {
    const auto id = std::exchange(p->link, 0);
    auto& c = connections_.at(id);
    say_bye(c, cause == roster_cause::died ? bye_reason::dead : bye_reason::stale_epoch);
    c.peer = 0;
    shut(id);
  }
  peers_.erase(epoch);
  carry_out(membership_.on_link_lost(epoch, true, now), now);
}

/// Nothing of it counts any more; the link may go on for a goodbye.
void node_core::forget_peer(peer& p, roster_cause cause) {
  const auto epoch = p.info.epoch;
  if (std::exchange(p.gone, true))
    return;
  barrier_.remove_peer(epoch);
  desk_.on_peer_gone(epoch);
  view_.close(p.slot);
  p.open = {};
  p.snapshot = {};
  p.snapshot_open = false;
  for (auto& [ticket, pending] : pending_)
    pending.owners_asked.erase(epoch);
  for (auto& [id, look_up] : look_ups_)
    look_up.owners_asked.erase(epoch);
  drop_parts(epoch, cause);
}

// -- frames
// ------------------------------------------------------------------------------------------------------------

/// False when the connection is of no more use.
bool node_core::on_frame(connection& c, const frame_view& view, const frame& content,
                         time_point now) {
  auto* p = find_peer(c.peer);
  if (!p)
    return false;
  if (sequenced(view.type) && !(p->stream.ready() && p->stream.incoming().accept(view.size()))) {
    offend(c, "frames beyond the agreed window", now);
    return false;
  }
  const bool fits = std::visit(
      [&]<class Frame>(const Frame& f) {
        if constexpr (std::is_same_v<Frame, hello_frame> || std::is_same_v<Frame, proof_frame>) {
          return false;
        } else if constexpr (std::is_same_v<Frame, resume_frame>) {
          on_resume(*p, f, now);
          return true;
        } else if constexpr (std::is_same_v<Frame, bye_frame>) {
          on_bye(*p, f, now);
          return true;
        } else if constexpr (std::is_same_v<Frame, ack_frame>) {
          return p->stream.on_ack(f, now);
        } else if constexpr (std::is_constructible_v<swim_frame, Frame>) {
          carry_out(membership_.on_frame(c.peer, f, now), now);
          return true;
        } else {
          if (!p->gone)
            receive(*p, f, now);
          return true;
        }
      },
      content);
  if (!fits)
    offend(c, "a frame that has no place here", now);
  return c.peer != 0 && !c.closing;
}

void node_core::on_bye(peer& p, const bye_frame& said, time_point now) {
  const auto name = p.info.name;
  lose_link(p, true, now);
  switch (said.reason) {
  case bye_reason::leaving:
  case bye_reason::duplicate:
    return;
  case bye_reason::stale_epoch:
    // An earlier run of ours is known with a later epoch: the wall clock went back.
    if (said.seen >= membership_.self().epoch)
      membership_.renew(said.seen + 1 + random_.below(epoch_step_max));
    break;
  case bye_reason::name_conflict:
    dials_paused_until_ = now + pause_after_conflict;
    break;
  default:
    break;
  }
  auto why = std::string{explain(said.reason)};
  if (said.reason == bye_reason::name_conflict)
    why = "the name " + membership_.self().name + " is already in use by another node";
  out_.push_back(link_news{link_news_kind::refused, name, std::move(why)});
}

void node_core::on_resume(peer& p, const resume_frame& said, time_point now) {
  const auto outcome = p.stream.on_resume(said, random_.next() | 1, now);
  if (outcome.again)
    p.stream.push_control(shared(*outcome.again));
  ++(outcome.send_state ? stats_.resyncs : stats_.resumes);
  if (p.gone)
    return;
  if (outcome.peer_restarted)
    forget_state_of(p);
  // A stream can go on that nothing was written to yet: the connection it was opened for was lost
  // before the peer's resume.
  if (outcome.send_state || !p.begun)
    start_state(p);
  const auto* m = membership_.members().find(p.info.epoch);
  if (m && m->state == member_state::alive) {
    barrier_.add_peer(p.info.epoch);
    barrier_.on_ack(p.info.epoch, p.acked);
  }
}

link_turn node_core::end_turn(link_id id, unsigned parts) {
  const auto found = connections_.find(id);
  auto* p = found == connections_.end() ? nullptr : find_peer(found->second.peer);
  if (!p)
    return {};
  return {p->info.epoch, p->stream.incoming().end_turn(parts)};
}

void node_core::part_done(const link_turn& done) {
  if (auto* p = find_peer(done.peer))
    p->stream.incoming().part_done(done.number);
}

}  // namespace grapevine::cluster
