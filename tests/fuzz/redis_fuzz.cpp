// What a Redis server sends, and what anybody publishes there. The cut of the bytes changes
// nothing, and an event that is written reads the same. The first line is also taken as a channel,
// the rest as the payload of a message.

#include "drivers/redis_payload.hpp"
#include "drivers/redis_protocol.hpp"
#include "expect.hpp"
#include "protocol/socket_id.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <vector>

using namespace grapevine::drivers;
using grapevine::fuzz::expect;

namespace {

constexpr std::size_t reply_bytes_max = 1024;

std::size_t elements(const redis_reply& reply) {
  std::size_t count = 1;
  for (const auto& each : reply.items)
    count += elements(each);
  return count;
}

/// Reads all replies, in pieces of `piece` bytes.
std::vector<redis_reply> read(std::string_view bytes, std::size_t piece) {
  std::vector<redis_reply> replies;
  redis_parser parser{reply_bytes_max};
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    parser.feed(part);
    while (auto reply = parser.next())
      replies.push_back(std::move(*reply));
  }
  for (const auto& each : replies)
    expect(elements(each) <= 65'537, "a reply has a bounded number of elements");
  return replies;
}

void check_payload(std::string_view channel, std::string_view payload) {
  const redis_payload_limits limits{.data_bytes_max = 256, .json_depth_max = 8};
  const auto read = decode_redis_payload(channel, payload, limits);
  const auto* event = std::get_if<incoming_event>(&read);
  if (!event)
    return;
  expect(event->channel == channel && !event->event.empty(), "an event has a channel and a name");
  expect(event->data.size() <= limits.data_bytes_max, "data keeps to its limit");
  expect(grapevine::protocol::is_valid_utf8(event->event + event->data), "an event is text");
  expect(event->except.empty() || grapevine::protocol::is_socket_id(event->except),
         "who is left out is a socket");
  const auto text = encode_redis_payload(
      {{std::string{channel}}, event->event, event->data, event->except}, event->origin);
  const auto again = decode_redis_payload(channel, text, limits);
  const auto* same = std::get_if<incoming_event>(&again);
  expect(same && same->event == event->event && same->except == event->except
             && same->origin == event->origin,
         "an event that is written reads the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = grapevine::fuzz::as_text(data, size);
  if (size <= reply_bytes_max) {
    const auto whole = read(text, std::max<std::size_t>(size, 1));
    for (const std::size_t piece : {1u, 7u})
      expect(read(text, piece) == whole, "the cut of the bytes changes nothing");
  }
  const auto channel = grapevine::fuzz::take_line(text);
  check_payload(channel, text);
  return 0;
}
