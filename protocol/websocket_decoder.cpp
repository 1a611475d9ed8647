#include "protocol/websocket_decoder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

// States: header (its bytes gathered in `header_`, each checked as soon as it is there) and
// payload. A frame ends when no payload is left, which for an empty payload is at the end of its
// header. The machine ends with a fault of the peer, a Close frame, or a sink that returns false.

namespace grapevine::protocol {

namespace {

constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t invalid_payload = 1007;
constexpr std::uint16_t message_too_big = 1009;

constexpr bool is_control(opcode op) noexcept {
  return static_cast<std::uint8_t>(op) >= static_cast<std::uint8_t>(opcode::close);
}

std::uint64_t read_big_endian(std::span<const std::uint8_t> bytes) noexcept {
  std::uint64_t value = 0;
  for (const auto byte : bytes)
    value = value << 8 | byte;
  return value;
}

}  // namespace

websocket_decoder::websocket_decoder(std::size_t message_max, role r) noexcept
    : message_max_{message_max}, role_{r} {}

std::uint16_t websocket_decoder::feed(std::span<char> bytes, websocket_sink& sink) {
  while (!bytes.empty() && !done_)
    bytes = in_payload_ ? read_payload(bytes, sink) : read_header(bytes, sink);
  return failure_;
}

// -- the header

opcode websocket_decoder::frame_opcode() const noexcept {
  return static_cast<opcode>(header_[0] & 0x0F);
}

bool websocket_decoder::frame_final() const noexcept {
  return (header_[0] & 0x80) != 0;
}

std::size_t websocket_decoder::length_end() const noexcept {
  const auto short_length = header_[1] & 0x7F;
  return short_length == 127 ? 10 : short_length == 126 ? 4 : 2;
}

std::size_t websocket_decoder::header_end() const noexcept {
  return length_end() + (role_ == role::server ? mask_.size() : 0);
}

std::span<char> websocket_decoder::read_header(std::span<char> bytes, websocket_sink& sink) {
  // Up to the next point where something can be checked: what is wrong must show at the same byte
  // however the input is cut.
  const std::size_t goal = header_size_ < 2              ? header_size_ + 1u
                           : header_size_ < length_end() ? length_end()
                                                         : header_end();
  const auto count = std::min(goal - header_size_, bytes.size());
  std::memcpy(header_.data() + header_size_, bytes.data(), count);
  header_size_ = static_cast<std::uint8_t>(header_size_ + count);
  bytes = bytes.subspan(count);
  if (header_size_ == goal)
    check_header();
  if (!done_ && in_payload_ && payload_left_ == 0)
    return read_payload(bytes, sink);
  return bytes;
}

void websocket_decoder::check_header() noexcept {
  if (header_size_ == 1)
    return check_first_byte();
  if (header_size_ == 2)
    check_second_byte();
  if (!done_ && header_size_ == length_end())
    check_length();
  if (!done_ && header_size_ == header_end())
    begin_payload();
}

void websocket_decoder::check_first_byte() noexcept {
  if ((header_[0] & 0x70) != 0)
    return fail(protocol_error);  // a reserved bit: no extension was negotiated
  const bool message_open = message_ != opcode::continuation;
  switch (frame_opcode()) {
  case opcode::continuation:
    return message_open ? void() : fail(protocol_error);
  case opcode::text:
  case opcode::binary:
    return message_open ? fail(protocol_error) : void();
  case opcode::close:
  case opcode::ping:
  case opcode::pong:
    return frame_final() ? void() : fail(protocol_error);
  }
  fail(protocol_error);  // a reserved opcode
}

void websocket_decoder::check_second_byte() noexcept {
  const bool masked = (header_[1] & 0x80) != 0;
  const auto short_length = header_[1] & 0x7Fu;
  if (masked != (role_ == role::server))
    return fail(protocol_error);
  if (is_control(frame_opcode()) && short_length > control_payload_max)
    return fail(protocol_error);
  if (frame_opcode() == opcode::close && short_length == 1)
    fail(protocol_error);  // half a close code
}

void websocket_decoder::check_length() noexcept {
  const auto extended = std::span{header_}.subspan(2, length_end() - 2);
  payload_left_ = extended.empty() ? header_[1] & 0x7Fu : read_big_endian(extended);
  const bool minimal = extended.empty() || payload_left_ > (extended.size() == 2 ? 125u : 0xFFFFu);
  if (!minimal || payload_left_ >> 63 != 0)
    return fail(protocol_error);
  if (!is_control(frame_opcode()) && payload_left_ > message_max_ - kept_.size())
    fail(message_too_big);
}

void websocket_decoder::begin_payload() noexcept {
  if (role_ == role::server)
    std::memcpy(mask_.data(), header_.data() + length_end(), mask_.size());
  if (frame_opcode() == opcode::text || frame_opcode() == opcode::binary)
    message_ = frame_opcode();
  in_payload_ = true;
}

// -- the payload

std::span<char> websocket_decoder::read_payload(std::span<char> bytes, websocket_sink& sink) {
  const auto piece = bytes.first(std::min<std::uint64_t>(payload_left_, bytes.size()));
  if (role_ == role::server)
    apply_mask(piece, mask_);
  payload_left_ -= piece.size();
  const std::string_view text{piece.data(), piece.size()};
  if (is_control(frame_opcode()))
    read_control(text, sink);
  else
    read_data(text, sink);
  if (payload_left_ == 0) {
    header_size_ = 0;
    in_payload_ = false;
  }
  return bytes.subspan(piece.size());
}

void websocket_decoder::read_data(std::string_view piece, websocket_sink& sink) {
  if (message_ == opcode::text && !utf8_.feed(piece))
    return fail(invalid_payload);
  if (payload_left_ != 0 || !frame_final())
    return keep(piece);
  if (message_ == opcode::text && !utf8_.complete())
    return fail(invalid_payload);
  if (kept_.empty())
    return finish_message(piece, sink);
  keep(piece);
  const auto message = std::exchange(kept_, {});
  finish_message({message.data(), message.size()}, sink);
}

void websocket_decoder::read_control(std::string_view piece, websocket_sink& sink) {
  const std::size_t seen = (header_[1] & 0x7Fu) - payload_left_;
  if (payload_left_ == 0 && seen == piece.size())
    return finish_control(piece, sink);
  keep(piece);
  if (payload_left_ != 0)
    return;
  std::array<char, control_payload_max> payload;
  std::copy_n(kept_.end() - static_cast<std::ptrdiff_t>(seen), seen, payload.begin());
  kept_.resize(kept_.size() - seen);
  if (kept_.empty())
    release();
  finish_control({payload.data(), seen}, sink);
}

void websocket_decoder::finish_message(std::string_view message, websocket_sink& sink) {
  const bool text = std::exchange(message_, opcode::continuation) == opcode::text;
  if (!(text ? sink.on_text(message) : sink.on_binary(message)))
    stop();
}

void websocket_decoder::finish_control(std::string_view payload, websocket_sink& sink) {
  if (frame_opcode() == opcode::close)
    return finish_close(payload, sink);
  if (!(frame_opcode() == opcode::ping ? sink.on_ping(payload) : sink.on_pong(payload)))
    stop();
}

void websocket_decoder::finish_close(std::string_view payload, websocket_sink& sink) {
  std::optional<std::uint16_t> code;
  if (!payload.empty()) {
    code = static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8
                                      | static_cast<std::uint8_t>(payload[1]));
    payload.remove_prefix(2);
    if (!is_valid_close_code(*code))
      return fail(protocol_error);
    if (!is_valid_utf8(payload))
      return fail(invalid_payload);
  }
  stop();
  sink.on_close(code, payload);
}

// -- what is kept

void websocket_decoder::keep(std::string_view piece) {
  const auto needed = kept_.size() + piece.size();
  if (needed > kept_.capacity()) {
    // Doubles, but neither past what the frame still brings when it is the last one, nor past the
    // limit: an announced length alone costs nothing.
    const std::uint64_t bound =
        is_control(frame_opcode()) || frame_final() ? needed + payload_left_ : message_max_;
    kept_.reserve(
        std::max<std::size_t>(needed, std::min<std::uint64_t>(2 * kept_.capacity(), bound)));
  }
  kept_.insert(kept_.end(), piece.begin(), piece.end());
}

void websocket_decoder::fail(std::uint16_t code) noexcept {
  failure_ = code;
  stop();
}

void websocket_decoder::stop() noexcept {
  done_ = true;
  release();
}

void websocket_decoder::release() noexcept {
  std::vector<char>{}.swap(kept_);  // an assignment would keep the memory
}

}  // namespace grapevine::protocol
