// The part of `node_core` that carries questions to other nodes and theirs to this one
// (cluster.md section 6).

#include "cluster/node_core.hpp"

#include "cluster/frame_codec.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

/// Questions of one peer that this node works on at a time; more are answered with nothing, which
/// counts as no answer.
constexpr std::uint32_t questions_max = 32;

}  // namespace

node_effects node_core::ask(std::uint64_t id, audience who, std::uint64_t key, std::uint8_t kind,
                            std::uint32_t app, std::uint8_t attributes, std::string text,
                            duration deadline, time_point now) {
  std::vector<epoch_t> healthy;
  std::vector<epoch_t> suspect;
  std::vector<std::string> unreachable;
  const auto targets = view_.targets(key);
  for (const auto& [name, m] : membership_.members().all()) {
    if (!m.serving())
      continue;
    const auto* p = find_peer(m.info.epoch);
    if (!p || p->gone) {
      unreachable.push_back(name);
      continue;
    }
    if (who == audience::interested && (targets >> p->slot & 1) == 0)
      continue;
    if (p->link == 0)
      unreachable.push_back(name);
    else
      (m.state == member_state::alive ? healthy : suspect).push_back(m.info.epoch);
  }
  const auto number = desk_.ask(healthy, suspect, deadline, now);
  if (number == 0) {  // too many are open: nobody is asked
    for (const auto* list : {&healthy, &suspect})
      for (const auto epoch : *list)
        unreachable.push_back(find_peer(epoch)->info.name);
    out_.push_back(gathered_answers{id, {}, std::move(unreachable)});
    return done(now);
  }
  questions_[number] = id;
  unreachable_[number] = std::move(unreachable);
  for (const auto* list : {&healthy, &suspect})
    for (const auto epoch : *list)
      push(*find_peer(epoch),
           query_frame{number, kind, static_cast<std::uint16_t>(app), attributes, text});
  return done(now);
}

void node_core::receive(peer& p, const query_frame& asked, time_point now) {
  const auto channel = local_channel(p, asked.app, asked.text);
  if (!channel || p.questions >= questions_max) {
    ++p.questions;
    auto effects = answer(p.info.epoch, asked.id, {}, now);
    out_.insert(out_.end(), std::make_move_iterator(effects.begin()),
                std::make_move_iterator(effects.end()));
    return;
  }
  ++p.questions;
  out_.push_back(
      question{p.info.epoch, asked.id, asked.kind, channel->app, asked.attributes, asked.text});
}

node_effects node_core::answer(epoch_t to, std::uint64_t id, std::string_view payload,
                               time_point now) {
  if (auto* p = find_peer(to); p && !p->gone && p->questions > 0) {
    --p->questions;
    seal(*p);
    for (const auto& piece : cut_answer(id, payload))
      p->stream.push(lane::bulk,
                     {std::make_shared<const std::string>(encoded(piece)), segment_kind::state, 0},
                     p->stream.bytes());
  }
  return done(now);
}

void node_core::receive(peer& p, const answer_frame& piece, time_point) {
  desk_.on_answer(p.info.epoch, piece);
}

void node_core::finish_questions(time_point now) {
  for (auto& each : desk_.done(now)) {
    gathered_answers result{
        std::exchange(questions_[each.id], 0), {}, std::exchange(unreachable_[each.id], {})};
    questions_.erase(each.id);
    unreachable_.erase(each.id);
    for (auto& [epoch, payload] : each.answers) {
      if (!payload.empty())
        result.payloads.push_back(std::move(payload));
      else if (const auto* m = membership_.members().find(epoch))
        result.missing.push_back(m->info.name);
    }
    for (const auto epoch : each.missing)
      if (const auto* m = membership_.members().find(epoch))
        result.missing.push_back(m->info.name);
    out_.push_back(std::move(result));
  }
}

}  // namespace grapevine::cluster
