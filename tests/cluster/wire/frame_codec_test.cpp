#define CAF_SUITE cluster.frame_codec

#include "cluster/wire/frame_codec.hpp"

#include "tests/cluster/wire/frame_generators.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace grapevine::cluster::testing;

namespace {

using namespace std::literals;

frame_view whole(std::string_view bytes) {
  const auto split = split_frame(bytes);
  RC_ASSERT(split.status == split_status::complete);
  RC_ASSERT(split.frame.size() == bytes.size());
  return split.frame;
}

}  // namespace

CAF_TEST(a probe is written as the header file shows) {
  const auto bytes = encoded(probe_frame{7, 9, {}});
  CAF_CHECK_EQUAL(bytes, "\x12\0\0\0\x08\x07\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\0"s);
}

CAF_TEST(every frame of every type reads back as it was written) {
  for (std::size_t index = 0; index < std::variant_size_v<frame>; ++index)
    CAF_CHECK(rc::check("round trip of type " + std::to_string(index), [index] {
      std::deque<std::string> strings;
      const auto original = any_frame(index, strings);
      RC_ASSERT(original.index() == index);
      const auto bytes = encoded(original);
      const auto read = decode_frame(whole(bytes));
      RC_ASSERT(read.has_value());
      RC_ASSERT(*read == original);
    }));
}

CAF_TEST(a frame with a byte missing or a byte too many is refused) {
  CAF_CHECK(rc::check("truncated and padded bodies", [] {
    std::deque<std::string> strings;
    const auto bytes = encoded(any_frame(strings));
    const auto view = whole(bytes);
    if (!view.body.empty())
      RC_ASSERT(!decode_frame({view.type, view.body.substr(0, view.body.size() - 1)}));
    const auto padded = std::string{view.body} + '\0';
    RC_ASSERT(!decode_frame({view.type, padded}));
  }));
}

CAF_TEST(what random bytes decode to encodes to the same bytes) {
  CAF_CHECK(rc::check("random bodies", [] {
    const auto body = any<std::string>();
    for (const auto type : {frame_type::hello,
                            frame_type::proof,
                            frame_type::resume,
                            frame_type::bye,
                            frame_type::probe,
                            frame_type::probe_ack,
                            frame_type::probe_req,
                            frame_type::probe_nack,
                            frame_type::gossip,
                            frame_type::members,
                            frame_type::ack,
                            frame_type::app_def,
                            frame_type::event,
                            frame_type::gap,
                            frame_type::interest_delta,
                            frame_type::interest_ack,
                            frame_type::digest,
                            frame_type::interest_begin,
                            frame_type::roster_delta,
                            frame_type::roster_snapshot,
                            frame_type::roster_done,
                            frame_type::cache_get,
                            frame_type::cache_item,
                            frame_type::query,
                            frame_type::interest_chunk,
                            frame_type::interest_done,
                            frame_type::interest_request,
                            frame_type::roster_request,
                            frame_type::bridges,
                            frame_type::answer})
      if (const auto read = decode_frame({type, body})) {
        const auto bytes = encoded(*read);
        RC_ASSERT(bytes.substr(frame_head_bytes) == body);
      }
  }));
  CAF_CHECK(rc::check("frames with one byte changed", [] {
    std::deque<std::string> strings;
    auto bytes = encoded(any_frame(strings));
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = static_cast<char>(any<std::uint8_t>());
    const auto split = split_frame(bytes);
    if (split.status != split_status::complete)
      return;
    if (const auto read = decode_frame(split.frame))
      RC_ASSERT(encoded(*read) == bytes.substr(0, split.frame.size()));
  }));
}

CAF_TEST(a list that claims more items than its bytes could hold is refused) {
  std::string body(16, '\0');
  body += "\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
  CAF_CHECK(!decode_frame({frame_type::probe, body}));
}

CAF_TEST(a string that claims more bytes than there are is refused) {
  CAF_CHECK(!decode_frame({frame_type::app_def, "\x01\xff\xff\xff\xff\x0f"sv}));
}

CAF_TEST(an integer in more bytes than it needs or above its type is refused) {
  CAF_CHECK(decode_frame({frame_type::app_def, "\x01\x00"sv}).has_value());
  CAF_CHECK(!decode_frame({frame_type::app_def, "\x81\x00\x00"sv}));
  CAF_CHECK(!decode_frame({frame_type::app_def, "\x80\x80\x04\x00"sv}));
  CAF_CHECK(!decode_frame({frame_type::gap, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00"sv}));
}

CAF_TEST(an event with an unknown flag is refused) {
  auto bytes = encoded(event_frame{1, 2, 0, "c", "e", {}, {}, 3, "d"});
  CAF_REQUIRE(decode_frame(split_frame(bytes).frame).has_value());
  bytes[frame_head_bytes + 9] = '\x40';
  CAF_CHECK(!decode_frame(split_frame(bytes).frame));
}

CAF_TEST(frames are cut off a stream one after the other) {
  const auto first = encoded(gap_frame{1, false});
  const auto stream = first + encoded(gap_frame{2, true});
  for (std::size_t size = 0; size < first.size(); ++size)
    CAF_CHECK(split_frame(std::string_view{stream}.substr(0, size)).status
              == split_status::need_more);
  const auto split = split_frame(stream);
  CAF_REQUIRE(split.status == split_status::complete);
  CAF_CHECK_EQUAL(split.frame.size(), first.size());
  CAF_CHECK(decode_frame(split.frame) == frame{gap_frame{1, false}});
}

CAF_TEST(a length of zero or above the limit is refused before its bytes arrive) {
  CAF_CHECK(split_frame("\0\0\0\0"sv).status == split_status::malformed);
  CAF_CHECK(split_frame("\x01\0\x10\0"sv).status == split_status::malformed);
  CAF_CHECK(split_frame("\0\0\x10\0"sv).status == split_status::need_more);
  CAF_CHECK(split_frame("\x01\x10\0\0"sv, admission_frame_length_max).status
            == split_status::malformed);
}

CAF_TEST(an unknown type is refused before its body arrives) {
  CAF_CHECK(split_frame("\0\x01\0\0\xff"sv).status == split_status::malformed);
}
