#define CAF_SUITE protocol.websocket_decoder

#include "protocol/websocket_decoder.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;
using namespace std::literals;

namespace {

constexpr std::size_t message_max = 4096;

/// Writes down what it is told, one line per call, and can refuse to go on.
class recording_sink : public websocket_sink {
public:
  bool on_text(std::string_view message) override {
    return record("text", message);
  }
  bool on_binary(std::string_view message) override {
    return record("binary", message);
  }
  bool on_ping(std::string_view payload) override {
    return record("ping", payload);
  }
  bool on_pong(std::string_view payload) override {
    return record("pong", payload);
  }
  bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override {
    return record("close " + (code ? std::to_string(*code) : "none"s), reason);
  }

  std::vector<std::string> calls;
  std::optional<std::string> stops_at;  ///< the call that returns false

private:
  bool record(std::string_view what, std::string_view payload) {
    calls.push_back(std::string{what} + ':' + std::string{payload});
    return calls.back() != stops_at;
  }
};

struct outcome {
  std::vector<std::string> calls;
  std::uint16_t code = 0;
  bool operator==(const outcome&) const = default;
};

/// One frame with every field as told, right or wrong. Masked unless `mask` is empty.
std::string raw_frame(std::uint8_t first, std::string_view payload,
                      std::optional<masking_key> mask = masking_key{0x12, 0x00, 0xFE, 0x9A}) {
  auto frame = encode_frame(opcode::text, payload);
  frame[0] = static_cast<char>(first);
  if (!mask)
    return frame;
  const auto start = frame.size() - payload.size();
  frame[1] = static_cast<char>(static_cast<std::uint8_t>(frame[1]) | 0x80);
  auto key = *mask;
  frame.insert(start, reinterpret_cast<const char*>(mask->data()), mask->size());
  apply_mask(std::span{frame}.subspan(start + mask->size()), key);
  return frame;
}

std::string text_frame(std::string_view payload) {
  return raw_frame(0x81, payload);
}
std::string text_start(std::string_view payload) {
  return raw_frame(0x01, payload);
}
std::string more(std::string_view payload) {
  return raw_frame(0x00, payload);
}
std::string last(std::string_view payload) {
  return raw_frame(0x80, payload);
}
std::string ping_frame(std::string_view payload) {
  return raw_frame(0x89, payload);
}
std::string close_frame(std::string_view payload) {
  return raw_frame(0x88, payload);
}

outcome decode_in_pieces(std::string bytes, std::size_t piece_max,
                         std::optional<std::string> stops_at = {}) {
  websocket_decoder decoder{message_max};
  recording_sink sink;
  sink.stops_at = std::move(stops_at);
  std::uint16_t code = 0;
  std::span<char> rest{bytes};
  while (!rest.empty()) {
    const auto piece = rest.first(std::min(piece_max, rest.size()));
    code = decoder.feed(piece, sink);
    rest = rest.subspan(piece.size());
  }
  return {std::move(sink.calls), code};
}

/// Decodes all at once and a byte at a time, which must give the same.
outcome decode(const std::string& bytes, std::optional<std::string> stops_at = {}) {
  auto result = decode_in_pieces(bytes, bytes.size(), stops_at);
  CAF_CHECK(decode_in_pieces(bytes, 1, stops_at) == result);
  return result;
}

outcome gives(std::initializer_list<std::string> calls, std::uint16_t code = 0) {
  return {calls, code};
}

}  // namespace

CAF_TEST(whole messages are delivered in order) {
  const auto bytes = text_frame("Hello") + raw_frame(0x82, "\x00\xFF"sv) + text_frame("")
                     + text_frame("\u20ac") + raw_frame(0x8A, "late");
  CAF_CHECK(decode(bytes)
            == gives({"text:Hello", "binary:\0\xFF"s, "text:", "text:\u20ac", "pong:late"}));
}

CAF_TEST(all three forms of a length are read) {
  for (const std::size_t size : {0, 1, 125, 126, 127, 4095, 4096})
    CAF_CHECK(decode(text_frame(std::string(size, 'x')))
              == gives({"text:" + std::string(size, 'x')}));
  websocket_decoder decoder{1 << 20};
  recording_sink sink;
  const std::string payload(70'000, 'y');
  auto bytes = text_frame(payload);
  CAF_CHECK_EQUAL(decoder.feed(bytes, sink), 0u);
  CAF_CHECK(sink.calls == std::vector{"text:" + payload});
}

CAF_TEST(fragments are joined and control frames between them are delivered at once) {
  CAF_CHECK(decode(text_start("a") + ping_frame("p") + more("") + more("b") + raw_frame(0x8A, "")
                   + last("c") + text_frame("d"))
            == gives({"ping:p", "pong:", "text:abc", "text:d"}));
  CAF_CHECK(decode(raw_frame(0x02, "\xFF") + last("\xFE")) == gives({"binary:\xFF\xFE"}));
  CAF_CHECK(decode(text_start("") + more("") + last("")) == gives({"text:"}));
}

CAF_TEST(a client that does not mask breaks the protocol) {
  CAF_CHECK(decode(raw_frame(0x81, "a", std::nullopt)) == gives({}, 1002));
  CAF_CHECK(decode("\x89\x00"s) == gives({}, 1002));
}

CAF_TEST(a server that masks breaks the protocol for a client) {
  recording_sink sink;
  websocket_decoder plain{message_max, websocket_decoder::role::client};
  auto bytes = raw_frame(0x81, "a", std::nullopt) + raw_frame(0x01, "b", std::nullopt)
               + raw_frame(0x80, std::string(300, 'c'), std::nullopt);
  CAF_CHECK_EQUAL(plain.feed(bytes, sink), 0u);
  CAF_CHECK((sink.calls == std::vector{"text:a"s, "text:b" + std::string(300, 'c')}));
  websocket_decoder masked{message_max, websocket_decoder::role::client};
  bytes = text_frame("a");
  CAF_CHECK_EQUAL(masked.feed(bytes, sink), 1002u);
}

CAF_TEST(reserved bits and opcodes break the protocol at the first byte) {
  for (const unsigned first : {0xC1u, 0xA1u, 0x91u, 0xF1u, 0xC9u, 0x83u, 0x84u, 0x85u, 0x86u, 0x87u,
                               0x8Bu, 0x8Cu, 0x8Du, 0x8Eu, 0x8Fu, 0x03u})
    CAF_CHECK(decode(std::string(1, static_cast<char>(first))) == gives({}, 1002));
}

CAF_TEST(control frames must be whole and short) {
  for (const unsigned first : {0x08u, 0x09u, 0x0Au})
    CAF_CHECK(decode(std::string(1, static_cast<char>(first))) == gives({}, 1002));
  CAF_CHECK(decode(ping_frame(std::string(125, 'p'))) == gives({"ping:" + std::string(125, 'p')}));
  CAF_CHECK(decode("\x89\xFE"s) == gives({}, 1002));
  CAF_CHECK(decode("\x8A\xFF"s) == gives({}, 1002));
  CAF_CHECK(decode("\x88\xFE"s) == gives({}, 1002));
}

CAF_TEST(a continuation needs a start and a start may not come inside a message) {
  CAF_CHECK(decode(last("a")) == gives({}, 1002));
  CAF_CHECK(decode(more("a")) == gives({}, 1002));
  CAF_CHECK(decode(text_frame("a") + last("b")) == gives({"text:a"}, 1002));
  CAF_CHECK(decode(text_start("a") + text_frame("b")) == gives({}, 1002));
  CAF_CHECK(decode(text_start("") + raw_frame(0x02, "b")) == gives({}, 1002));
}

CAF_TEST(a length in a form longer than needed breaks the protocol) {
  CAF_CHECK(decode("\x81\xFE\x00\x7D"s) == gives({}, 1002));
  CAF_CHECK(decode("\x81\xFE\x00\x00"s) == gives({}, 1002));
  CAF_CHECK(decode("\x81\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF"s) == gives({}, 1002));
  CAF_CHECK(decode("\x81\xFF\x80\x00\x00\x00\x00\x00\x00\x00"s) == gives({}, 1002));
}

CAF_TEST(a message over the limit is refused when its length is announced) {
  CAF_CHECK(decode("\x81\xFE\x10\x00"s) == gives({}));
  CAF_CHECK(decode("\x81\xFE\x10\x01"s) == gives({}, 1009));
  CAF_CHECK(decode("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s) == gives({}, 1009));
}

CAF_TEST(fragments count together against the limit and control frames do not ) {
  const std::string half(message_max / 2, 'h');
  CAF_CHECK(decode(text_start(half) + ping_frame(std::string(125, 'p')) + last(half))
            == gives({"ping:" + std::string(125, 'p'), "text:" + half + half}));
  CAF_CHECK(decode(text_start(half) + more(half) + last("x").substr(0, 2)) == gives({}, 1009));
  CAF_CHECK(decode(text_start(half) + more(half) + last("")) == gives({"text:" + half + half}));
}

CAF_TEST(text that is not UTF8 fails at its first wrong byte) {
  const auto frame = text_frame("ok\xED\xA0\x80 and more");
  const auto payload_start = frame.size() - "ok\xED\xA0\x80 and more"sv.size();
  CAF_CHECK(decode(frame.substr(0, payload_start + 3)) == gives({}));
  CAF_CHECK(decode(frame.substr(0, payload_start + 4)) == gives({}, 1007));
  CAF_CHECK(decode(frame) == gives({}, 1007));
}

CAF_TEST(characters may be cut by fragments but not by the end of the message) {
  CAF_CHECK(decode(text_start("\xF0\x9F") + ping_frame("\xFF") + last("\x98\x80"))
            == gives({"ping:\xFF", "text:\U0001F600"}));
  CAF_CHECK(decode(text_start("\xE2\x82") + more("") + last("x")) == gives({}, 1007));
  CAF_CHECK(decode(text_start("\xE2\x82") + last("")) == gives({}, 1007));
  CAF_CHECK(decode(text_frame("\xE2\x82")) == gives({}, 1007));
  CAF_CHECK(decode(text_frame("\xE2\x82\xAC") + text_frame("\x80"))
            == gives({"text:\u20ac"}, 1007));
}

CAF_TEST(a Close frame gives its code and reason) {
  CAF_CHECK(decode(close_frame("")) == gives({"close none:"}));
  CAF_CHECK(decode(close_frame("\x03\xE8")) == gives({"close 1000:"}));
  CAF_CHECK(decode(close_frame("\x10\x68"
                               "d\u00e9j\u00e0"))
            == gives({"close 4200:d\u00e9j\u00e0"}));
  CAF_CHECK(decode(text_start("a") + close_frame("\x03\xE9")) == gives({"close 1001:"}));
}

CAF_TEST(a Close frame with half a code or a wrong one or a bad reason is refused) {
  CAF_CHECK(decode(close_frame("\x03")) == gives({}, 1002));
  CAF_CHECK(decode("\x88\x81"s) == gives({}, 1002));
  CAF_CHECK(decode(close_frame("\x03\xED")) == gives({}, 1002));
  CAF_CHECK(decode(close_frame("\x00\x00"s)) == gives({}, 1002));
  CAF_CHECK(decode(close_frame("\x03\xE8\xFF")) == gives({}, 1007));
  CAF_CHECK(decode(close_frame("\x03\xE8\xE2\x82")) == gives({}, 1007));
}

CAF_TEST(nothing is read behind a Close frame) {
  CAF_CHECK(decode(close_frame("\x03\xE8") + text_frame("a") + "\xFF") == gives({"close 1000:"}));
}

CAF_TEST(a sink that returns false stops the decoder for good) {
  CAF_CHECK(decode(text_frame("a") + text_frame("b") + "\xFF\xFF", "text:a") == gives({"text:a"}));
  CAF_CHECK(decode(ping_frame("") + text_frame("b"), "ping:") == gives({"ping:"}));
}

CAF_TEST(a decoder that has failed stays failed) {
  websocket_decoder decoder{message_max};
  recording_sink sink;
  auto wrong = "\xFF"s;
  CAF_CHECK_EQUAL(decoder.feed(wrong, sink), 1002u);
  auto right = text_frame("a");
  CAF_CHECK_EQUAL(decoder.feed(right, sink), 1002u);
  CAF_CHECK(sink.calls.empty());
}

namespace {

/// What a peer sends and what a receiver must make of it.
struct conversation {
  std::string bytes;
  std::vector<std::string> calls;
};

std::string any_payload(std::size_t size_max) {
  const auto size = *rc::gen::inRange<std::size_t>(0, size_max);
  return *rc::gen::container<std::string>(size, rc::gen::inRange<char>(' ', '~'));
}

masking_key any_mask() {
  return *rc::gen::arbitrary<masking_key>();
}

void add_control_frames(conversation& talk) {
  for (int n = *rc::gen::inRange(0, 3); n > 0; --n) {
    const bool ping = *rc::gen::arbitrary<bool>();
    const auto payload = any_payload(126);
    talk.bytes += raw_frame(ping ? 0x89 : 0x8A, payload, any_mask());
    talk.calls.push_back((ping ? "ping:" : "pong:") + payload);
  }
}

void add_message(conversation& talk) {
  const bool text = *rc::gen::arbitrary<bool>();
  std::string message;
  const auto fragments = *rc::gen::inRange(1, 5);
  for (int i = 0; i < fragments; ++i) {
    // Euro signs, so that text has characters that can be cut.
    const auto payload = any_payload(i == 0 ? 400 : 40) + (text ? "\u20ac" : "\xFF");
    const auto fin = i + 1 == fragments ? 0x80u : 0u;
    const auto op = i > 0 ? 0u : text ? 1u : 2u;
    talk.bytes += raw_frame(static_cast<std::uint8_t>(fin | op), payload, any_mask());
    message += payload;
    if (fin == 0)
      add_control_frames(talk);
  }
  talk.calls.push_back((text ? "text:" : "binary:") + message);
}

conversation any_conversation() {
  conversation talk;
  for (int n = *rc::gen::inRange(0, 5); n > 0; --n) {
    add_control_frames(talk);
    add_message(talk);
  }
  return talk;
}

/// Cuts at random: many single bytes, some large pieces.
outcome decode_at_random(std::string bytes) {
  websocket_decoder decoder{message_max};
  recording_sink sink;
  std::uint16_t code = 0;
  std::span<char> rest{bytes};
  while (!rest.empty()) {
    const auto piece_max = *rc::gen::element<std::size_t>(1, 3, 16, 700);
    const auto count = std::min(rest.size(), *rc::gen::inRange<std::size_t>(1, piece_max + 1));
    code = decoder.feed(rest.first(count), sink);
    rest = rest.subspan(count);
  }
  return {std::move(sink.calls), code};
}

}  // namespace

CAF_TEST(any conversation is understood however it is cut) {
  CAF_CHECK(rc::check("random frames in random pieces", [] {
    const auto talk = any_conversation();
    const outcome expected{talk.calls, 0};
    RC_ASSERT(decode_in_pieces(talk.bytes, talk.bytes.size()) == expected);
    RC_ASSERT(decode_in_pieces(talk.bytes, 1) == expected);
    RC_ASSERT(decode_at_random(talk.bytes) == expected);
  }));
}

CAF_TEST(a damaged conversation comes out the same however it is cut) {
  CAF_CHECK(rc::check("one byte changed and the end cut off", [] {
    auto bytes = any_conversation().bytes + close_frame("\x03\xE8");
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[at] = *rc::gen::arbitrary<char>();
    bytes.resize(*rc::gen::inRange<std::size_t>(at + 1, bytes.size() + 1));
    const auto whole = decode_in_pieces(bytes, bytes.size());
    RC_ASSERT(decode_in_pieces(bytes, 1) == whole);
    RC_ASSERT(decode_at_random(bytes) == whole);
  }));
}

CAF_TEST(arbitrary bytes come out the same however they are cut) {
  CAF_CHECK(rc::check("noise behind a plausible first byte", [](const std::string& noise) {
    const auto bytes =
        std::string(1, static_cast<char>(*rc::gen::element(0x81, 0x01, 0x82, 0x88, 0x89))) + noise;
    const auto whole = decode_in_pieces(bytes, bytes.size());
    RC_ASSERT(decode_in_pieces(bytes, 1) == whole);
    RC_ASSERT(decode_at_random(bytes) == whole);
  }));
}
