#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine {
inline namespace v1 {
namespace detail {

template <class T>
concept placeholder_number = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

/// A type of the program's own: `bool from_placeholder(std::string_view, T&)`, found beside it.
template <class T>
concept placeholder_type = std::default_initializable<T> && requires(std::string_view text,
                                                                     T& out) {
  { from_placeholder(text, out) } -> std::convertible_to<bool>;
};

/// What stands at a placeholder as a callback's argument; nothing when it is no such value. Of a
/// number only the one usual spelling counts, so that "private-order.7" has no second name "07".
template <class T>
std::optional<T> placeholder_value(std::string_view text) {
  if constexpr (placeholder_number<T>) {
    const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
    const bool padded = digits.starts_with('0') && text != "0";
    T number{};
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || at != end || padded)
      return std::nullopt;
    return number;
  } else if constexpr (std::same_as<T, std::string_view> || std::same_as<T, std::string>) {
    return T{text};
  } else {
    static_assert(placeholder_type<T>,
                  "a placeholder is an integer, std::string_view, std::string, or a type with "
                  "bool from_placeholder(std::string_view, T&)");
    T value{};
    if (!from_placeholder(text, value))
      return std::nullopt;
    return value;
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace grapevine
