#pragma once

#include "cluster/wire/frames.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace grapevine::cluster {

/// Frames between nodes: `u32 length | u8 type | body`, little-endian; `length` counts type and
/// body. A probe with nonce 7, view 9 and no rumours is `12 00 00 00 | 08 | 07 00.. | 09 00.. |
/// 00`.
inline constexpr std::size_t frame_head_bytes = 5;
inline constexpr std::size_t frame_length_max = 1u << 20;        ///< after admission
inline constexpr std::size_t admission_frame_length_max = 4096;  ///< before

/// A frame cut out of the read buffer; its body is not checked yet.
struct frame_view {
  frame_type type{};
  std::string_view body;
  std::size_t size() const noexcept {
    return frame_head_bytes + body.size();
  }
};

enum class split_status : std::uint8_t { complete, need_more, malformed };

struct split_result {
  split_status status = split_status::need_more;
  frame_view frame;
};

/// Cuts the first frame off `bytes`. A length of 0 or above `length_max` is malformed as soon as
/// its four bytes are there, so nobody buffers what will be refused; an unknown type as soon as its
/// byte is there.
split_result split_frame(std::string_view bytes,
                         std::size_t length_max = frame_length_max) noexcept;

/// Reads a body. Nothing for anything that `encode_frame` would not have written: counts beyond the
/// bytes left, overlong integers, unknown flags, trailing bytes.
std::optional<frame> decode_frame(const frame_view&);

/// Appends the whole frame, head included. A frame that would be longer than `frame_length_max` is
/// our own mistake.
void encode_frame(std::string& out, const frame&);

/// The frame as bytes of its own.
std::string encoded(const frame&);

frame_type type_of(const frame&) noexcept;

}  // namespace grapevine::cluster
