#include "protocol/socket_id.hpp"

#include <algorithm>
#include <charconv>

namespace grapevine::protocol {

namespace {

constexpr std::size_t socket_id_length_max = 64;

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Nothing when the number needs more than 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (fault != std::errc{})
    return std::nullopt;
  return value;
}

}  // namespace

std::string to_string(const socket_id& id) {
  return std::to_string(id.node) + '.' + std::to_string(id.serial);
}

bool is_socket_id(std::string_view text) noexcept {
  auto dot = text.find('.');
  return text.size() <= socket_id_length_max && dot != std::string_view::npos
         && all_digits(text.substr(0, dot)) && all_digits(text.substr(dot + 1));
}

std::optional<socket_id> parse_socket_id(std::string_view text) noexcept {
  if (!is_socket_id(text))
    return std::nullopt;
  auto dot = text.find('.');
  auto node = parse_number(text.substr(0, dot));
  auto serial = parse_number(text.substr(dot + 1));
  if (!node || !serial)
    return socket_id{};
  return socket_id{*node, *serial};
}

}  // namespace grapevine::protocol
