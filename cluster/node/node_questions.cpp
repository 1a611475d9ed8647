// The part of `node_core` that carries questions to other nodes and theirs to this one
// (cluster.md section 6).

#include "cluster/node/node_core.hpp"

#include "cluster/wire/shared_frame.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

/// Questions of one peer that this node works on at a time; more are answered with nothing, which
/// counts as no answer.
constexpr std::uint32_t questions_max = 32;
/// The most that an answer frame costs in a queue besides its payload.
constexpr std::size_t answer_overhead = segment_overhead_bytes + 32;

}  // namespace

void node_core::on(const calls::ask& asked, time_point now) {
  std::vector<epoch_t> healthy;
  std::vector<epoch_t> suspect;
  std::vector<std::string> unreachable;
  const auto targets = view_.targets(asked.key);
  for (const auto& [name, m] : membership_.members().all()) {
    if (!m.serving())
      continue;
    const auto* p = find_peer(m.info.epoch);
    if (!p || p->gone) {
      unreachable.push_back(name);
      continue;
    }
    if (asked.whom == audience::interested && !targets[p->slot])
      continue;
    if (p->link == 0)
      unreachable.push_back(name);
    else
      (m.state == member_state::alive ? healthy : suspect).push_back(m.info.epoch);
  }
  const auto number = desk_.ask(healthy, suspect, asked.deadline, now);
  if (number == 0) {  // too many are open: nobody is asked
    for (const auto* list : {&healthy, &suspect})
      for (const auto epoch : *list)
        unreachable.push_back(find_peer(epoch)->info.name);
    out_.push_back(gathered_answers{asked.id, {}, std::move(unreachable)});
    return;
  }
  auto& open = questions_[number];
  open = {asked.id, std::move(unreachable), {}};
  for (const auto* list : {&healthy, &suspect})
    for (const auto epoch : *list) {
      auto& p = *find_peer(epoch);
      open.asked[epoch] = p.info.name;
      push(p, query_frame{number, asked.kind, static_cast<std::uint16_t>(asked.app),
                          asked.attributes, asked.text});
    }
}

void node_core::receive(peer& p, const query_frame& asked, time_point now) {
  const auto channel = local_channel(p, asked.app, asked.text);
  if (!channel || p.questions >= questions_max) {
    ++p.questions;
    return on(calls::answer{p.info.epoch, asked.id, {}}, now);
  }
  ++p.questions;
  out_.push_back(
      question{p.info.epoch, asked.id, asked.kind, channel->app, asked.attributes, asked.text});
}

void node_core::on(const calls::answer& said, time_point) {
  auto* p = find_peer(said.to);
  if (!p || p->gone || p->questions == 0)
    return;
  --p->questions;
  seal(*p);
  // What did not fit would take all other state with it. No answer makes the asker's partial.
  std::size_t costs = 0;
  auto pieces = cut_answer(said.id, said.payload);
  for (const auto& piece : pieces)
    costs += piece.payload.size() + answer_overhead;
  if (costs > p->stream.outgoing().state_room())
    pieces = cut_answer(said.id, {});
  for (const auto& piece : pieces)
    queue(*p, lane::bulk, {shared(piece), segment_kind::state, 0});
}

void node_core::receive(peer& p, const answer_frame& piece, time_point) {
  desk_.on_answer(p.info.epoch, piece);
}

void node_core::finish_questions(time_point now) {
  for (auto& each : desk_.done(now)) {
    auto open = std::move(questions_.extract(each.id).mapped());
    gathered_answers result{open.id, {}, std::move(open.unreachable)};
    for (auto& [epoch, payload] : each.answers)
      if (!payload.empty())
        result.payloads.push_back(std::move(payload));
      else
        result.missing.push_back(open.asked[epoch]);
    for (const auto epoch : each.missing)
      result.missing.push_back(open.asked[epoch]);
    out_.push_back(std::move(result));
  }
}

}  // namespace grapevine::cluster
