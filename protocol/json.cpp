#include "protocol/json.hpp"

namespace grapevine::protocol {

namespace {

/// Index of the quote that ends the string beginning after `from`, or the text's size.
std::size_t skip_string(std::string_view text, std::size_t from) noexcept {
  auto i = from;
  while (i < text.size() && text[i] != '"')
    i += text[i] == '\\' ? 2 : 1;
  return i;
}

/// Counts brackets outside strings. Right for every JSON text; what it says of other texts does not
/// matter, because the parser refuses those.
bool nests_deeper(std::string_view text, std::size_t depth_max) noexcept {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
    case '"':
      i = skip_string(text, i + 1);
      break;
    case '{':
    case '[':
      if (++depth > depth_max)
        return true;
      break;
    case '}':
    case ']':
      if (depth == 0)
        return false;
      --depth;
      break;
    default:
      break;
    }
  }
  return false;
}

}  // namespace

std::optional<nlohmann::json> parse_json(std::string_view text, std::size_t depth_max) {
  // The parser takes a zero byte for the end of the text, so that anything could follow it.
  if (text.find('\0') != std::string_view::npos || nests_deeper(text, depth_max))
    return std::nullopt;
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded())
    return std::nullopt;
  return value;
}

}  // namespace grapevine::protocol
