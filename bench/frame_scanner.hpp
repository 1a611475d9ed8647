#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace grapevine::bench {

/// Finds the ends of a server's frames (unmasked, RFC 6455 section 5.2) in a byte stream without
/// keeping payloads: what a load generator can afford to do a million times per second.
class frame_scanner {
public:
  /// Calls `on_frame(opcode, payload length)` for each frame whose last byte is in `bytes`.
  template <class OnFrame>
  void feed(std::string_view bytes, OnFrame&& on_frame) {
    while (!bytes.empty()) {
      if (header_size_ < header_wanted()) {
        header_[header_size_++] = static_cast<std::uint8_t>(bytes.front());
        bytes.remove_prefix(1);
        if (header_size_ < header_wanted())
          continue;
        length_ = left_ = payload_length();
      }
      const auto taken = std::min<std::uint64_t>(left_, bytes.size());
      bytes.remove_prefix(static_cast<std::size_t>(taken));
      left_ -= taken;
      if (left_ > 0)
        return;
      header_size_ = 0;
      on_frame(static_cast<std::uint8_t>(header_[0] & 0x0f), length_);
    }
  }

private:
  std::size_t header_wanted() const noexcept {
    if (header_size_ < 2)
      return 2;
    const auto kind = header_[1] & 0x7f;
    return kind == 126 ? 4 : kind == 127 ? 10 : 2;
  }
  std::uint64_t payload_length() const noexcept {
    if (header_wanted() == 2)
      return header_[1] & 0x7f;
    std::uint64_t length = 0;
    for (std::size_t i = 2; i < header_wanted(); ++i)
      length = length << 8 | header_[i];
    return length;
  }

  std::uint8_t header_[10] = {};
  std::uint8_t header_size_ = 0;
  std::uint64_t length_ = 0;
  std::uint64_t left_ = 0;  // of the payload; meaningful once the header is whole
};

}  // namespace grapevine::bench
