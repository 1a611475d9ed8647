#define CAF_SUITE net.websocket_connection

#include "net/websocket_connection.hpp"

#include "protocol/websocket_frame.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::net;
using protocol::encode_close;
using protocol::encode_frame;
using protocol::opcode;
using outcome = websocket_connection::outcome;

namespace {

using events = std::vector<std::string>;

// Writes down what comes out, in order: "message <text>", "frame <bytes>".
struct recording_output final : websocket_output {
  void on_message(std::string_view text) override {
    log.push_back("message " + std::string{text});
    at_message();
  }
  void queue(frame f) override {
    log.push_back("frame " + std::string{f.data(), f.size()});
  }
  bool is_slow() const noexcept override {
    return slow;
  }

  events log;
  bool slow = false;
  std::function<void()> at_message = [] {};
};

std::string message(std::string_view text) {
  return "message " + std::string{text};
}

std::string sent(const std::string& bytes) {
  return "frame " + bytes;
}

std::string close_payload(std::uint16_t code, std::string_view reason = {}) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return payload.append(reason);
}

struct fixture {
  static std::string masked(opcode op, std::string_view payload) {
    return protocol::encode_masked_frame(op, payload, 0x12345678);
  }

  outcome feed(std::string bytes) {
    return connection.on_bytes(bytes, out);
  }

  bool close(std::uint16_t code, std::string_view reason) {
    return connection.close(code, reason, out);
  }

  recording_output out;
  websocket_connection connection{1000};
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(websocket_connection_tests, fixture)

CAF_TEST(messages are handed out in order and answer for their bytes) {
  CAF_CHECK(feed(masked(opcode::text, "one") + masked(opcode::text, "two")) == outcome::message);
  CAF_CHECK(out.log == (events{message("one"), message("two")}));
  CAF_CHECK(connection.is_open());
}

CAF_TEST(a part of a message and a pong are activity) {
  const auto whole = masked(opcode::text, "whole");
  CAF_CHECK(feed(whole.substr(0, 4)) == outcome::activity);
  CAF_CHECK(feed(whole.substr(4)) == outcome::message);
  CAF_CHECK(feed(masked(opcode::pong, "")) == outcome::activity);
  CAF_CHECK(out.log == events{message("whole")});
}

CAF_TEST(a ping is answered between the messages around it) {
  feed(masked(opcode::text, "a") + masked(opcode::ping, "p") + masked(opcode::text, "b"));
  CAF_CHECK(out.log == (events{message("a"), sent(encode_frame(opcode::pong, "p")), message("b")}));
}

CAF_TEST(while the queue is slow only the last ping is answered and later) {
  out.slow = true;
  CAF_CHECK(feed(masked(opcode::ping, "1") + masked(opcode::ping, "2")) == outcome::activity);
  connection.on_sent(out);
  CAF_CHECK(out.log.empty());
  out.slow = false;
  connection.on_sent(out);
  connection.on_sent(out);
  CAF_CHECK(out.log == events{sent(encode_frame(opcode::pong, "2"))});
}

CAF_TEST(a pong that waits is forgotten with the connection) {
  out.slow = true;
  feed(masked(opcode::ping, "1"));
  close(4000, "bye");
  out.slow = false;
  connection.on_sent(out);
  CAF_CHECK(out.log == events{sent(encode_close(4000, "bye"))});
}

CAF_TEST(the Close of the client is echoed with its code and nothing behind it is read) {
  CAF_CHECK(feed(masked(opcode::close, close_payload(1001, "gone")) + masked(opcode::text, "x"))
            == outcome::ended);
  CAF_CHECK(out.log == events{sent(encode_close(1001, {}))});
  CAF_CHECK(!connection.is_open());
  CAF_CHECK(!connection.wants_read());
  CAF_CHECK(feed(masked(opcode::text, "x")) == outcome::nothing);
  CAF_CHECK_EQUAL(out.log.size(), 1u);
}

CAF_TEST(an empty Close is answered by an empty one) {
  CAF_CHECK(feed(masked(opcode::close, {})) == outcome::ended);
  CAF_CHECK(out.log == events{sent(encode_frame(opcode::close, {}))});
}

CAF_TEST(our Close is said once and waits for that of the client) {
  CAF_CHECK(close(4000, "first"));
  CAF_CHECK(!close(4001, "second"));
  CAF_CHECK(!connection.is_open());
  CAF_CHECK(connection.wants_read());
  CAF_CHECK(feed(masked(opcode::text, "late") + masked(opcode::ping, "p")) == outcome::nothing);
  CAF_CHECK(feed(masked(opcode::close, close_payload(4000))) == outcome::ended);
  CAF_CHECK(out.log == events{sent(encode_close(4000, "first"))});
}

CAF_TEST(a frame that breaks the protocol ends the connection with its code) {
  CAF_CHECK(feed(masked(opcode::text, "good") + encode_frame(opcode::text, "not masked"))
            == outcome::at_fault);
  CAF_CHECK(out.log == (events{message("good"), sent(encode_close(1002, {}))}));
  CAF_CHECK(!connection.wants_read());
}

CAF_TEST(a message over the limit ends the connection with 1009) {
  CAF_CHECK(feed(masked(opcode::text, std::string(1001, 'x'))) == outcome::at_fault);
  CAF_CHECK(out.log == events{sent(encode_close(1009, {}))});
}

CAF_TEST(a bad frame behind our Close ends the connection without a second one) {
  close(4000, {});
  CAF_CHECK(feed(encode_frame(opcode::text, "not masked")) == outcome::at_fault);
  CAF_CHECK(out.log == events{sent(encode_close(4000, {}))});
}

CAF_TEST(a binary message is not served) {
  CAF_CHECK(feed(masked(opcode::binary, "x") + masked(opcode::text, "y")) == outcome::ended);
  CAF_CHECK(out.log == events{sent(encode_close(1003, "text messages only"))});
}

CAF_TEST(who closes from inside a message gets no further one) {
  out.at_message = [this] { close(4000, "enough"); };
  CAF_CHECK(feed(masked(opcode::text, "a") + masked(opcode::text, "b")) == outcome::message);
  CAF_CHECK(out.log == (events{message("a"), sent(encode_close(4000, "enough"))}));
  CAF_CHECK(connection.wants_read());
}

CAF_TEST(who ends the connection from inside a message stops the reading) {
  out.at_message = [this] { connection.end(); };
  const auto come_to = feed(masked(opcode::text, "a") + encode_frame(opcode::text, "not masked"));
  CAF_CHECK(come_to == outcome::message);
  CAF_CHECK(out.log == events{message("a")});
}

CAF_TEST(pausing stops reading until it is resumed or closed) {
  connection.pause();
  CAF_CHECK(!connection.wants_read());
  connection.resume();
  CAF_CHECK(connection.wants_read());
  connection.pause();
  close(4000, {});
  CAF_CHECK(connection.wants_read());
  connection.pause();
  CAF_CHECK(connection.wants_read());
}

CAF_TEST(a failure of ours is told to a client that has no Close yet) {
  connection.fail(1011, "internal error", out);
  CAF_CHECK(out.log == events{sent(encode_close(1011, "internal error"))});
  CAF_CHECK(!connection.is_open());
  CAF_CHECK(!connection.wants_read());
}

CAF_TEST(a failure of ours behind our Close adds nothing) {
  close(4000, {});
  connection.fail(1011, "internal error", out);
  CAF_CHECK(out.log == events{sent(encode_close(4000, {}))});
}

CAF_TEST_FIXTURE_SCOPE_END()
