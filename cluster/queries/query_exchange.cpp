#include "cluster/queries/query_exchange.hpp"

#include <iterator>
#include <utility>

namespace grapevine::cluster {

namespace {

/// The most that an answer frame costs in a queue besides its payload.
constexpr std::size_t answer_overhead = 96;

}  // namespace

query_exchange::query_exchange(frame_sink& to_peers) : to_peers_{to_peers} {}

// -- of this node

void query_exchange::ask(std::uint64_t id, query_frame asked, const std::vector<target>& targets,
                         std::vector<std::string> unreachable, duration deadline, time_point now) {
  std::vector<epoch_t> healthy;
  std::vector<epoch_t> suspect;
  for (const auto& each : targets)
    (each.suspect ? suspect : healthy).push_back(each.peer);
  asked.id = open_.ask(healthy, suspect, deadline, now);
  if (asked.id == 0) {
    for (const bool suspects : {false, true})
      for (const auto& each : targets)
        if (each.suspect == suspects)
          unreachable.push_back(each.name);
    refused_.push_back({id, {}, std::move(unreachable)});
    return;
  }
  auto& open = questions_[asked.id];
  open = {id, std::move(unreachable), {}};
  for (const auto& each : targets) {
    open.asked[each.peer] = each.name;
    to_peers_.push(each.peer, asked);
  }
}

void query_exchange::on_answer(epoch_t from, const answer_frame& piece) {
  open_.on_answer(from, piece);
}

std::vector<gathered_answers> query_exchange::take_gathered(time_point now) {
  auto all = std::exchange(refused_, {});
  for (auto& each : open_.done(now)) {
    auto open = std::move(questions_.extract(each.id).mapped());
    gathered_answers result{open.id, {}, std::move(open.unreachable)};
    for (auto& [epoch, payload] : each.answers)
      if (!payload.empty())
        result.payloads.push_back(std::move(payload));
      else
        result.missing.push_back(open.asked[epoch]);
    for (const auto epoch : each.missing)
      result.missing.push_back(open.asked[epoch]);
    all.push_back(std::move(result));
  }
  return all;
}

// -- of others

std::optional<question> query_exchange::on_query(epoch_t from, const query_frame& asked,
                                                 std::optional<std::uint32_t> app) {
  const auto open = ++unanswered_[from];
  if (!app || open > questions_max) {
    answer(from, asked.id, {});
    return std::nullopt;
  }
  return question{from, asked.id, asked.kind, *app, asked.attributes, asked.text};
}

void query_exchange::answer(epoch_t to, std::uint64_t id, std::string_view payload) {
  const auto found = unanswered_.find(to);
  if (found == unanswered_.end())
    return;
  if (--found->second == 0)
    unanswered_.erase(found);
  // What did not fit would take all other state with it. No answer makes the asker's partial.
  to_peers_.seal(to);
  std::size_t costs = 0;
  auto pieces = cut_answer(id, payload);
  for (const auto& piece : pieces)
    costs += piece.payload.size() + answer_overhead;
  if (costs > to_peers_.state_room(to))
    pieces = cut_answer(id, {});
  for (const auto& piece : pieces)
    to_peers_.push_bulk(to, piece);
}

void query_exchange::drop_peer(epoch_t epoch) {
  open_.on_peer_gone(epoch);
  unanswered_.erase(epoch);
}

}  // namespace grapevine::cluster
