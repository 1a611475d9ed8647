#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::config {

/// Levenshtein's distance: how many characters to insert, delete or replace to turn one text into
/// the other.
std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate most likely meant by a misspelt `word`: the nearest within a third of its length
/// (at most three edits), else one of which `word` is the last part after '.' or '_'. Empty when
/// none is near.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace grapevine::config
