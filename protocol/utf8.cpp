#include "protocol/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

// A finite automaton over bytes. RFC 3629, section 4, lists which bytes may follow which: only the
// second byte of a character is ever restricted further than 80..BF, and only after E0, ED, F0 and
// F4.

namespace grapevine::protocol {

namespace {

enum state : std::uint8_t {
  boundary,     // between two characters
  one_more,     // one continuation byte is missing
  two_more,     // two, without restriction
  two_from_a0,  // after E0: below A0 the form would be overlong
  two_upto_9f,  // after ED: from A0 on it would be a surrogate
  three_more,
  three_from_90,  // after F0: overlong below 90
  three_upto_8f,  // after F4: above U+10FFFF from 90 on
  rejected,
  state_count,
};

constexpr state next(state from, unsigned byte) {
  const auto within = [byte](unsigned low, unsigned high) { return byte >= low && byte <= high; };
  switch (from) {
  case boundary:
    if (byte <= 0x7F)
      return boundary;
    if (within(0xC2, 0xDF))
      return one_more;
    if (byte == 0xE0)
      return two_from_a0;
    if (byte == 0xED)
      return two_upto_9f;
    if (within(0xE1, 0xEF))
      return two_more;
    if (byte == 0xF0)
      return three_from_90;
    if (within(0xF1, 0xF3))
      return three_more;
    return byte == 0xF4 ? three_upto_8f : rejected;
  case one_more:
    return within(0x80, 0xBF) ? boundary : rejected;
  case two_more:
    return within(0x80, 0xBF) ? one_more : rejected;
  case two_from_a0:
    return within(0xA0, 0xBF) ? one_more : rejected;
  case two_upto_9f:
    return within(0x80, 0x9F) ? one_more : rejected;
  case three_more:
    return within(0x80, 0xBF) ? two_more : rejected;
  case three_from_90:
    return within(0x90, 0xBF) ? two_more : rejected;
  case three_upto_8f:
    return within(0x80, 0x8F) ? two_more : rejected;
  default:
    return rejected;
  }
}

using transition_table = std::array<std::array<std::uint8_t, 256>, state_count>;

constexpr transition_table make_transitions() {
  transition_table table{};
  for (std::size_t from = 0; from < state_count; ++from)
    for (unsigned byte = 0; byte < 256; ++byte)
      table[from][byte] = next(static_cast<state>(from), byte);
  return table;
}

constexpr transition_table transitions = make_transitions();

bool eight_ascii(const char* bytes) noexcept {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return (word & 0x8080808080808080u) == 0;
}

/// Every byte of UTF-8 but these begins a character.
constexpr bool continues_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

bool utf8_validator::feed(std::string_view bytes) noexcept {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  std::uint8_t state = state_;
  while (at != end) {
    if (state == boundary)
      while (end - at >= 8 && eight_ascii(at))
        at += 8;
    // Up to eight bytes by the table before the fast path is tried again.
    const char* const stop = end - at < 8 ? end : at + 8;
    while (at != stop)
      state = transitions[state][static_cast<unsigned char>(*at++)];
    if (state == rejected)
      break;
  }
  state_ = state;
  return state != rejected;
}

bool is_valid_utf8(std::string_view text) noexcept {
  utf8_validator validator;
  return validator.feed(text) && validator.complete();
}

std::size_t count_characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues_character(c); }));
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max)
    return text;
  while (bytes_max > 0 && continues_character(text[bytes_max]))
    --bytes_max;
  return text.substr(0, bytes_max);
}

}  // namespace grapevine::protocol
