#include "protocol/json_member.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace grapevine::protocol {

namespace {

/// Walks over the tokens of a text that is known to be JSON.
class json_cursor {
public:
  explicit json_cursor(std::string_view text) : text_{text} {}

  /// The next byte that is not white space; 0 at the end.
  char peek() noexcept {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    return at_ == text_.size() ? '\0' : text_[at_];
  }

  void skip_byte() noexcept {
    ++at_;
  }

  /// Takes a whole value, nested ones included.
  std::string_view take_value() noexcept {
    const char first = peek();
    const auto start = at_;
    if (first == '"')
      skip_string();
    else if (first == '{' || first == '[')
      skip_nested();
    else
      at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    return text_.substr(start, at_ - start);
  }

private:
  void skip_string() noexcept {
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"')
      at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
  }

  void skip_nested() noexcept {
    std::size_t depth = 0;
    do {
      switch (text_[at_]) {
      case '"':
        skip_string();
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        --depth;
        break;
      default:
        break;
      }
      ++at_;
    } while (depth > 0 && at_ < text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// `quoted` is a JSON string with its quotes.
bool names(std::string_view quoted, std::string_view key) {
  const auto inside = quoted.substr(1, quoted.size() - 2);
  if (inside.find('\\') == std::string_view::npos)
    return inside == key;
  const auto parsed = nlohmann::json::parse(quoted, nullptr, false);
  return parsed.is_string() && parsed.get_ref<const std::string&>() == key;
}

}  // namespace

std::string_view json_member_text(std::string_view object, std::string_view key) {
  std::string_view found;
  const auto brace = object.find('{');  // behind white space or a byte order mark
  if (brace == std::string_view::npos)
    return found;
  json_cursor cursor{object.substr(brace + 1)};
  while (cursor.peek() == '"') {
    const auto name = cursor.take_value();
    cursor.peek();
    cursor.skip_byte();  // the colon
    const auto value = cursor.take_value();
    if (names(name, key))
      found = value;
    if (cursor.peek() == ',')
      cursor.skip_byte();
  }
  return found;
}

}  // namespace grapevine::protocol
