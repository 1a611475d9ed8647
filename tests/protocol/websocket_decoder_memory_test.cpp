#define CAF_SUITE protocol.websocket_decoder_memory

#include "protocol/websocket_decoder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;
using namespace std::literals;

namespace {

/// What this program has taken from the heap, counted by the operators below.
struct heap_use {
  std::size_t allocations = 0;
  std::size_t live = 0;
  std::size_t largest = 0;  ///< since it was last set to zero
};

// The suites of a test program run one after the other on one thread, but CAF's runner has others.
thread_local heap_use heap;

}  // namespace

void* operator new(std::size_t size) {
  ++heap.allocations;
  ++heap.live;
  heap.largest = std::max(heap.largest, size);
  if (void* memory = std::malloc(size))
    return memory;
  throw std::bad_alloc{};
}

// The library's own would not go with the deletion below: std::stable_sort asks this way.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void operator delete(void* memory) noexcept {
  if (memory)
    --heap.live;
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace {

constexpr std::size_t message_max = 4096;

/// Counts and measures, and allocates nothing.
class measuring_sink : public websocket_sink {
public:
  bool on_text(std::string_view message) override {
    return measure(message);
  }
  bool on_binary(std::string_view message) override {
    return measure(message);
  }
  bool on_ping(std::string_view payload) override {
    return measure(payload);
  }
  bool on_pong(std::string_view payload) override {
    return measure(payload);
  }
  bool on_close(std::optional<std::uint16_t>, std::string_view reason) override {
    return measure(reason);
  }

  std::size_t calls = 0;
  std::size_t bytes = 0;
  const char* last_address = nullptr;

private:
  bool measure(std::string_view payload) {
    ++calls;
    bytes += payload.size();
    last_address = payload.data();
    return true;
  }
};

std::string frame(opcode op, std::size_t size) {
  return encode_masked_frame(op, std::string(size, 'x'), 0x01020304);
}

/// A frame that is not the last of its message.
std::string fragment(opcode op, std::size_t size) {
  auto bytes = frame(op, size);
  bytes[0] = static_cast<char>(bytes[0] & 0x7F);
  return bytes;
}

void feed_single_bytes(websocket_decoder& decoder, std::string& bytes, websocket_sink& sink) {
  for (auto& byte : bytes)
    decoder.feed({&byte, 1}, sink);
}

}  // namespace

CAF_TEST(frames that lie whole in the buffer cost no allocation) {
  auto bytes = frame(opcode::text, 8) + frame(opcode::ping, 125) + frame(opcode::binary, 2000);
  websocket_decoder decoder{message_max};
  measuring_sink sink;
  const auto before = heap.allocations;
  const auto code = decoder.feed(bytes, sink);
  const auto after = heap.allocations;
  CAF_CHECK_EQUAL(code, 0u);
  CAF_CHECK_EQUAL(sink.calls, 3u);
  CAF_CHECK_EQUAL(sink.bytes, 2133u);
  CAF_CHECK_EQUAL(after - before, 0u);
}

CAF_TEST(a frame that lies whole in the buffer is handed out where it lies) {
  auto bytes = frame(opcode::text, 300);
  websocket_decoder decoder{message_max};
  measuring_sink sink;
  decoder.feed(bytes, sink);
  CAF_CHECK(sink.last_address == bytes.data() + bytes.size() - 300);
}

CAF_TEST(a header cut off from its whole payload costs no allocation either) {
  auto bytes = frame(opcode::text, 1000);
  websocket_decoder decoder{message_max};
  measuring_sink sink;
  const auto before = heap.allocations;
  decoder.feed(std::span{bytes}.first(8), sink);
  decoder.feed(std::span{bytes}.subspan(8), sink);
  const auto after = heap.allocations;
  CAF_CHECK_EQUAL(sink.bytes, 1000u);
  CAF_CHECK_EQUAL(after - before, 0u);
}

CAF_TEST(memory follows the bytes received and not the length announced) {
  websocket_decoder decoder{std::size_t{1} << 30};
  measuring_sink sink;
  auto bytes = "\x82\xFF\x00\x00\x00\x00\x40\x00\x00\x00"s + "mask" + std::string(1000, 'x');
  heap.largest = 0;
  const auto code = decoder.feed(bytes, sink);
  const auto largest = heap.largest;
  CAF_CHECK_EQUAL(code, 0u);
  CAF_CHECK(largest >= 1000u);
  CAF_CHECK(largest <= 2000u);
}

CAF_TEST(a message over the limit is refused before anything is allocated) {
  websocket_decoder decoder{message_max};
  measuring_sink sink;
  auto bytes = frame(opcode::binary, message_max + 1);
  const auto before = heap.allocations;
  const auto code = decoder.feed(std::span{bytes}.first(100), sink);
  const auto after = heap.allocations;
  CAF_CHECK_EQUAL(code, 1009u);
  CAF_CHECK_EQUAL(after - before, 0u);
}

CAF_TEST(a message in many pieces never takes more than the limit at once) {
  websocket_decoder decoder{message_max};
  measuring_sink sink;
  auto bytes = fragment(opcode::text, message_max / 2 + 1) + frame(opcode::continuation, 100)
               + fragment(opcode::text, message_max) + frame(opcode::continuation, 0);
  heap.largest = 0;
  feed_single_bytes(decoder, bytes, sink);
  const auto largest = heap.largest;
  CAF_CHECK_EQUAL(sink.calls, 2u);
  CAF_CHECK(largest > message_max / 2);
  CAF_CHECK(largest <= message_max);
}

CAF_TEST(a decoder between two messages owns nothing) {
  websocket_decoder decoder{message_max};
  measuring_sink sink;
  auto start = fragment(opcode::text, 3000) + frame(opcode::ping, 125);
  auto end = frame(opcode::continuation, 1000);
  auto ping = frame(opcode::ping, 50);
  const auto before = heap.live;
  feed_single_bytes(decoder, start, sink);
  const auto inside = heap.live;
  feed_single_bytes(decoder, end, sink);
  const auto after_message = heap.live;
  feed_single_bytes(decoder, ping, sink);
  const auto after_ping = heap.live;
  CAF_CHECK_EQUAL(sink.calls, 3u);
  CAF_CHECK_EQUAL(inside - before, 1u);
  CAF_CHECK_EQUAL(after_message - before, 0u);
  CAF_CHECK_EQUAL(after_ping - before, 0u);
}

CAF_TEST(a decoder that has failed or was closed owns nothing) {
  for (const auto& end : {"\xFF"s, encode_masked_frame(opcode::close, "", 7)}) {
    websocket_decoder decoder{message_max};
    measuring_sink sink;
    auto bytes = fragment(opcode::text, 3000) + end;
    const auto before = heap.live;
    decoder.feed(bytes, sink);
    const auto after = heap.live;
    CAF_CHECK_EQUAL(after - before, 0u);
  }
}

CAF_TEST(an idle decoder is small) {
  CAF_CHECK(sizeof(websocket_decoder) <= 96u);
}
