// What a client sends behind its upgrade, and what a server sends to `grapevine listen`: frames of
// RFC 6455 in any cut. The first byte chooses the side, the second the limit on a message.

#include "expect.hpp"
#include "protocol/websocket_decoder.hpp"
#include "protocol/websocket_frame.hpp"

#include <string>
#include <vector>

using namespace grapevine::protocol;
using grapevine::fuzz::expect;

namespace {

struct found {
  opcode what;
  std::string content;
  std::uint16_t code = 0;
  bool operator==(const found&) const = default;
};

class recorder : public websocket_sink {
public:
  explicit recorder(std::size_t message_max) : message_max_{message_max} {}

  bool on_text(std::string_view message) override {
    expect(is_valid_utf8(message), "text is UTF-8");
    return note(opcode::text, message, message_max_);
  }
  bool on_binary(std::string_view message) override {
    return note(opcode::binary, message, message_max_);
  }
  bool on_ping(std::string_view payload) override {
    return note(opcode::ping, payload, control_payload_max);
  }
  bool on_pong(std::string_view payload) override {
    return note(opcode::pong, payload, control_payload_max);
  }
  bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override {
    expect(!code || is_valid_close_code(*code), "a close code is one that may travel");
    expect(is_valid_utf8(reason), "a reason is UTF-8");
    note(opcode::close, reason, control_payload_max);
    all.back().code = code.value_or(0);
    closed_ = true;
    return true;
  }

  std::vector<found> all;

private:
  bool note(opcode what, std::string_view content, std::size_t most) {
    expect(!closed_, "nothing follows a close");
    expect(content.size() <= most, "a message keeps to its limit");
    all.push_back({what, std::string{content}});
    return true;
  }

  std::size_t message_max_;
  bool closed_ = false;
};

struct result {
  std::vector<found> all;
  std::uint16_t code = 0;
  bool operator==(const result&) const = default;
};

result read(std::string bytes, std::size_t piece, std::size_t message_max,
            websocket_decoder::role side) {
  recorder sink{message_max};
  websocket_decoder decoder{message_max, side};
  std::uint16_t code = 0;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const auto said =
        decoder.feed(std::span{bytes}.subspan(at, std::min(piece, bytes.size() - at)), sink);
    expect(code == 0 || said == code, "a decoder that is done stays so");
    expect(said == 0 || said == 1002 || said == 1007 || said == 1009, "a close code is earned");
    code = said;
  }
  return {std::move(sink.all), code};
}

/// What was read, written again, reads the same.
void check_writing(const std::vector<found>& all, std::size_t message_max) {
  std::string as_client;
  std::string as_server;
  std::uint32_t mask = 0x9e3779b9;
  for (const auto& each : all) {
    if (each.what == opcode::close)
      break;
    as_client += encode_masked_frame(each.what, each.content, mask *= 0x01000193);
    as_server += encode_frame(each.what, each.content);
  }
  const auto from_client =
      read(as_client, as_client.size() + 1, message_max, websocket_decoder::role::server);
  const auto from_server =
      read(as_server, as_server.size() + 1, message_max, websocket_decoder::role::client);
  expect(from_client == from_server && from_client.code == 0, "our own frames are well formed");
  expect(std::equal(from_client.all.begin(), from_client.all.end(), all.begin()),
         "our own frames carry what was given");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2)
    return 0;
  const auto side =
      (data[0] & 1) != 0 ? websocket_decoder::role::client : websocket_decoder::role::server;
  const std::size_t message_max = data[1] * std::size_t{16};
  const std::string bytes{grapevine::fuzz::as_text(data + 2, size - 2)};
  const auto whole = read(bytes, bytes.size() + 1, message_max, side);
  for (const std::size_t piece : {1u, 3u, 16u})
    expect(read(bytes, piece, message_max, side) == whole, "the cut of the bytes changes nothing");
  check_writing(whole.all, message_max);
  return 0;
}
