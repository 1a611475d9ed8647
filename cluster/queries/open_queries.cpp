#include "cluster/queries/open_queries.hpp"

#include <algorithm>

namespace grapevine::cluster {

std::uint64_t open_queries::ask(const std::vector<epoch_t>& healthy,
                                const std::vector<epoch_t>& suspect, duration deadline,
                                time_point now) {
  if (open_.size() >= open_max)
    return 0;
  auto& nodes = open_[++last_id_];
  for (const auto epoch : healthy)
    nodes[epoch].deadline = now + deadline;
  for (const auto epoch : suspect)
    nodes.try_emplace(epoch, asked{now + std::min(deadline, suspect_deadline)});
  return last_id_;
}

void open_queries::on_answer(epoch_t from, const answer_frame& piece) {
  const auto found = open_.find(piece.id);
  if (found == open_.end())
    return;
  const auto node = found->second.find(from);
  if (node == found->second.end() || node->second.state != progress::waiting)
    return;
  auto& one = node->second;
  if (piece.payload.size() > answer_bytes_max - one.answer.size()
      || piece.payload.size() > gathered_bytes_max - bytes_)
    return fail(one);
  one.answer += piece.payload;
  bytes_ += piece.payload.size();
  if (piece.last)
    one.state = progress::answered;
}

void open_queries::on_peer_gone(epoch_t epoch) {
  for (auto& [id, nodes] : open_)
    if (const auto node = nodes.find(epoch);
        node != nodes.end() && node->second.state == progress::waiting)
      fail(node->second);
}

std::vector<open_queries::gathered> open_queries::done(time_point now) {
  const auto awaited = [now](const auto& node) {
    return node.second.state == progress::waiting && now < node.second.deadline;
  };
  std::vector<gathered> closed;
  for (auto it = open_.begin(); it != open_.end();) {
    if (std::ranges::any_of(it->second, awaited)) {
      ++it;
      continue;
    }
    closed.push_back(close(it->first, std::move(it->second)));
    it = open_.erase(it);
  }
  return closed;
}

std::size_t open_queries::open() const noexcept {
  return open_.size();
}

void open_queries::fail(asked& one) {
  bytes_ -= one.answer.size();
  one.answer = {};
  one.state = progress::failed;
}

open_queries::gathered open_queries::close(std::uint64_t id, query&& nodes) {
  gathered result{id, {}, {}};
  for (auto& [epoch, one] : nodes) {
    bytes_ -= one.answer.size();
    if (one.state == progress::answered)
      result.answers.emplace_back(epoch, std::move(one.answer));
    else
      result.missing.push_back(epoch);
  }
  return result;
}

std::vector<answer_frame> cut_answer(std::uint64_t id, std::string_view payload) {
  std::vector<answer_frame> pieces;
  do {
    const auto piece = payload.substr(0, answer_payload_max);
    payload.remove_prefix(piece.size());
    pieces.push_back({id, payload.empty(), std::string{piece}});
  } while (!payload.empty());
  return pieces;
}

}  // namespace grapevine::cluster
