#define CAF_SUITE protocol.websocket_frame

#include "protocol/websocket_frame.hpp"

#include "protocol/utf8.hpp"

#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;
using namespace std::literals;

CAF_TEST(frames are those of the examples in section 5 point 7) {
  CAF_CHECK_EQUAL(encode_frame(opcode::text, "Hello"), "\x81\x05Hello"sv);
  CAF_CHECK_EQUAL(encode_masked_frame(opcode::text, "Hello", 0x37fa213d),
                  "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"sv);
  CAF_CHECK_EQUAL(encode_frame(opcode::ping, "Hello"), "\x89\x05Hello"sv);
  CAF_CHECK_EQUAL(encode_frame(opcode::binary, std::string(256, 'x')).substr(0, 4),
                  "\x82\x7E\x01\x00"sv);
  CAF_CHECK_EQUAL(encode_frame(opcode::binary, std::string(65536, 'x')).substr(0, 10),
                  "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"sv);
}

CAF_TEST(lengths take the shortest form) {
  const auto header_of = [](std::size_t size) {
    const std::string payload(size, 'x');
    const auto frame = encode_frame(opcode::text, payload);
    CAF_CHECK(frame.ends_with(payload));
    return frame.substr(0, frame.size() - size);
  };
  CAF_CHECK_EQUAL(header_of(0), "\x81\x00"sv);
  CAF_CHECK_EQUAL(header_of(125), "\x81\x7D"sv);
  CAF_CHECK_EQUAL(header_of(126), "\x81\x7E\x00\x7E"sv);
  CAF_CHECK_EQUAL(header_of(65535), "\x81\x7E\xFF\xFF"sv);
  CAF_CHECK_EQUAL(header_of(65536), "\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00"sv);
}

CAF_TEST(a Close frame carries code and reason) {
  CAF_CHECK_EQUAL(encode_close(1000, ""), "\x88\x02\x03\xE8"sv);
  CAF_CHECK_EQUAL(encode_close(4200, "bye"), "\x88\x05\x10\x68"
                                             "bye"sv);
}

CAF_TEST(a reason that is too long is cut between two characters) {
  const auto cut = [](const std::string& reason) { return encode_close(4001, reason).substr(4); };
  const std::string full(123, 'a');
  CAF_CHECK_EQUAL(cut(full), full);
  CAF_CHECK_EQUAL(cut(full + "b"), full);
  CAF_CHECK_EQUAL(cut(std::string(122, 'a') + "\u00e9"), std::string(122, 'a'));
  CAF_CHECK_EQUAL(cut(std::string(120, 'a') + "\U0001F600"), std::string(120, 'a'));
  CAF_CHECK_EQUAL(cut(std::string(119, 'a') + "\U0001F600z"), std::string(119, 'a') + "\U0001F600");
}

CAF_TEST(a cut reason is always valid and fits) {
  CAF_CHECK(rc::check("any text of long characters", [] {
    std::string reason;
    for (const auto& c : *rc::gen::container<std::vector<std::string>>(
             60, rc::gen::element<std::string>("a", "\u00e9", "\u20ac", "\U0001F600")))
      reason += c;
    const auto frame = encode_close(4001, reason);
    RC_ASSERT(frame.size() <= 2 + control_payload_max);
    RC_ASSERT(is_valid_utf8(std::string_view{frame}.substr(4)));
    RC_ASSERT(reason.starts_with(frame.substr(4)));
  }));
}

CAF_TEST(masking byte by byte and all at once give the same) {
  CAF_CHECK(rc::check("pieces mask as the whole", [](const std::string& text, masking_key key) {
    std::string expected = text;
    for (std::size_t i = 0; i < expected.size(); ++i)
      expected[i] = static_cast<char>(expected[i] ^ key[i % 4]);
    std::string masked = text;
    std::span<char> rest{masked};
    while (!rest.empty()) {
      const auto count = *rc::gen::inRange<std::size_t>(1, rest.size() + 1);
      apply_mask(rest.first(count), key);
      rest = rest.subspan(count);
    }
    RC_ASSERT(masked == expected);
  }));
}

CAF_TEST(exactly the codes that may travel in a Close frame are valid) {
  for (std::uint32_t code = 0; code <= 0xFFFF; ++code) {
    const bool expected =
        (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006)
        || (code >= 3000 && code <= 4999);
    if (is_valid_close_code(static_cast<std::uint16_t>(code)) != expected)
      CAF_FAIL("wrong for close code " << code);
  }
  CAF_CHECK(!is_valid_close_code(1015));
}
