#include "config/suggestion.hpp"

#include <algorithm>
#include <numeric>

namespace grapevine::config {

std::size_t edit_distance(std::string_view left, std::string_view right) {
  // One row of the classic table: row[j] is the distance between the prefix of `left` so far and
  // right[0, j).
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      auto replaced = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
  // Nobody's key is this long; the distance costs the product of both lengths.
  constexpr std::size_t word_max = 200;
  if (word.empty() || word.size() > word_max)
    return {};
  auto best = std::clamp<std::size_t>(word.size() / 3, 1, 3) + 1;
  std::string result;
  for (const auto& candidate : candidates) {
    auto distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      result = candidate;
    }
  }
  if (!result.empty())
    return result;
  for (const auto& candidate : candidates) {
    if (candidate.size() <= word.size() || !candidate.ends_with(word))
      continue;
    auto before = candidate[candidate.size() - word.size() - 1];
    if (before == '.' || before == '_')
      return candidate;
  }
  return {};
}

}  // namespace grapevine::config
