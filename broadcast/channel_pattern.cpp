#include "broadcast/channel_pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace grapevine::broadcasting {

namespace {

// The longer of two that begin alike comes first.
constexpr std::array<std::string_view, 3> guards{"private-encrypted-", "private-", "presence-"};

}  // namespace

std::string_view without_guard(std::string_view channel) noexcept {
  for (auto guard : guards)
    if (channel.starts_with(guard))
      return channel.substr(guard.size());
  return {};
}

std::optional<channel_pattern> channel_pattern::parse(std::string_view text, std::string& why) {
  channel_pattern result;
  result.guarded_ = std::any_of(guards.begin(), guards.end(),
                                [&](auto guard) { return text.starts_with(guard); });
  if (text.empty()) {
    why = "it is empty";
    return std::nullopt;
  }
  piece current{""};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      result.pieces_.push_back(std::exchange(current, piece{""}));
    } else if (text[i] == '{') {
      const auto end = text.find_first_of("{}", i + 1);
      if (end == std::string_view::npos || text[end] == '{') {
        why = "a '{' has no '}'";
        return std::nullopt;
      }
      if (end == i + 1 || text.substr(i, end - i).find('.') != std::string_view::npos) {
        why = "a placeholder needs a name without dots, such as {id}";
        return std::nullopt;
      }
      if (current.size() > 1 && current.back().empty()) {
        why = "between two placeholders there must be something that tells where the first ends";
        return std::nullopt;
      }
      current.emplace_back();
      i = end;
    } else if (text[i] == '}') {
      why = "a '}' has no '{'";
      return std::nullopt;
    } else {
      current.back() += text[i];
    }
  }
  result.pieces_.push_back(std::move(current));
  return result;
}

std::size_t channel_pattern::placeholders() const noexcept {
  std::size_t total = 0;
  for (const auto& one : pieces_)
    total += one.size() - 1;
  return total;
}

std::optional<std::vector<std::string_view>>
channel_pattern::match(std::string_view channel) const {
  auto rest = guarded_ ? channel : without_guard(channel);
  if (rest.empty())
    return std::nullopt;
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const auto dot = rest.find('.');
    const bool last = i + 1 == pieces_.size();
    if (last != (dot == std::string_view::npos)
        || !match_piece(pieces_[i], rest.substr(0, dot), values))
      return std::nullopt;
    if (!last)
      rest.remove_prefix(dot + 1);
  }
  return values;
}

bool channel_pattern::match_piece(const piece& texts, std::string_view text,
                                  std::vector<std::string_view>& out) {
  if (texts.size() == 1)
    return text == texts.front();
  if (!text.starts_with(texts.front()) || !text.ends_with(texts.back())
      || text.size() < texts.front().size() + texts.back().size() + 1)
    return false;
  // From the right, so that the placeholders on the left get as much as they can.
  const auto from = texts.front().size();
  auto end = text.size() - texts.back().size();
  std::vector<std::string_view> found;
  for (auto i = texts.size() - 2; i > 0; --i) {
    const auto& between = texts[i];
    if (end < from + 2 + between.size())
      return false;
    const auto at = text.rfind(between, end - 1 - between.size());
    if (at == std::string_view::npos || at < from + 1)
      return false;
    found.push_back(text.substr(at + between.size(), end - at - between.size()));
    end = at;
  }
  found.push_back(text.substr(from, end - from));
  out.insert(out.end(), found.rbegin(), found.rend());
  return true;
}

}  // namespace grapevine::broadcasting
