#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace grapevine::fuzz {

/// Ends the process with the sentence `what` unless it holds; libFuzzer then writes the input down.
inline void expect(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "expected: %s\n", what);
  std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes the first line off `text`; without a line feed all of it.
inline std::string_view take_line(std::string_view& text) noexcept {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return line;
}

}  // namespace grapevine::fuzz
