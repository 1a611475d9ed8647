#define CAF_SUITE net.http_connection

#include "net/http_connection.hpp"

#include <chrono>
#include <string>
#include <string_view>

#include "caf/test/dsl.hpp"

using namespace grapevine::net;
using namespace std::chrono_literals;
using action = http_step::action;

namespace {

constexpr std::string_view get_a = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

struct fixture {
  static client_session_settings bounds() {
    client_session_settings s;
    s.handshake_timeout = 10ms;
    s.keep_alive_timeout = 75ms;
    s.request_body_max = 100;
    return s;
  }

  // Feeds a whole request and takes it.
  http_request serve(std::string_view bytes) {
    CAF_REQUIRE(connection.on_bytes(bytes).what == action::serve);
    return connection.take();
  }

  static http_response response(std::string body) {
    http_response r;
    r.body = std::move(body);
    return r;
  }

  const client_session_settings settings = bounds();
  http_connection connection{settings};
};

bool ends_with_body(const http_step& step, std::string_view body) {
  return step.bytes.ends_with("\r\n\r\n" + std::string{body});
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(http_connection_tests, fixture)

CAF_TEST(a request is served and its answer leaves the connection idle) {
  auto step = connection.on_bytes(get_a);
  CAF_CHECK(step.what == action::serve);
  CAF_CHECK(step.deadline == 0ms);
  CAF_CHECK(!connection.wants_read());
  CAF_CHECK_EQUAL(connection.take().path, "/a");
  step = connection.answer(response("hello"));
  CAF_CHECK(step.what == action::none);
  CAF_CHECK(step.answers);
  CAF_CHECK(step.bytes.starts_with("HTTP/1.1 200 OK\r\n"));
  CAF_CHECK(ends_with_body(step, "hello"));
  CAF_CHECK(step.deadline == 75ms);
  step = connection.on_sent();
  CAF_CHECK(step.what == action::idle);
  CAF_CHECK(step.deadline == 75ms);
  CAF_CHECK(connection.wants_read());
}

CAF_TEST(bytes of an unfinished request change neither deadline nor stage) {
  const auto step = connection.on_bytes(get_a.substr(0, 10));
  CAF_CHECK(step.what == action::none);
  CAF_CHECK(step.bytes.empty());
  CAF_CHECK(!step.deadline);
  CAF_CHECK(connection.wants_read());
}

CAF_TEST(a request that came behind another waits until the first has left) {
  serve(std::string{get_a} + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  CAF_CHECK(connection.on_sent().what == action::none);
  connection.answer(response("a"));
  CAF_CHECK(connection.on_sent().what == action::serve);
  CAF_CHECK_EQUAL(connection.take().path, "/b");
}

CAF_TEST(the start of a request behind another has the deadline of a request) {
  serve(std::string{get_a} + "GET /b");
  connection.answer(response("a"));
  const auto step = connection.on_sent();
  CAF_CHECK(step.what == action::none);
  CAF_CHECK(step.deadline == 10ms);
  CAF_CHECK(connection.wants_read());
}

CAF_TEST(bytes that come while a request is answered are not looked at) {
  serve(get_a);
  CAF_CHECK(connection.on_bytes("garbage").what == action::none);
  CAF_CHECK(!connection.answer(response("a")).bytes.empty());
}

CAF_TEST(a client that waits for 100 gets it once and goes on) {
  auto step = connection.on_bytes(
      "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CAF_CHECK(step.what == action::none);
  CAF_CHECK_EQUAL(step.bytes, "HTTP/1.1 100 Continue\r\n\r\n");
  CAF_CHECK(!step.answers);
  CAF_CHECK(connection.on_sent().what == action::none);
  CAF_CHECK(connection.wants_read());
  CAF_CHECK_EQUAL(serve("ok").body, "ok");
}

CAF_TEST(a malformed request is refused and the connection ends behind the answer) {
  auto step = connection.on_bytes("GET /a HTTP/1.1\r\n\r\n");
  CAF_CHECK(step.what == action::refuse);
  CAF_CHECK(step.answers);
  CAF_CHECK(step.bytes.starts_with("HTTP/1.1 400 "));
  CAF_CHECK(step.bytes.find("Connection: close\r\n") != std::string::npos);
  CAF_CHECK(step.deadline == 75ms);
  CAF_CHECK(!connection.wants_read());
  CAF_CHECK(connection.on_sent().what == action::end);
}

CAF_TEST(a malformed request behind a good one is refused in its turn) {
  serve(std::string{get_a} + "nonsense \r\n\r\n");
  connection.answer(response("a"));
  const auto step = connection.on_sent();
  CAF_CHECK(step.what == action::refuse);
  CAF_CHECK(step.bytes.starts_with("HTTP/1.1 400 "));
  CAF_CHECK(connection.on_sent().what == action::end);
}

CAF_TEST(a client that asks to close gets its answer and the end) {
  serve("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto step = connection.answer(response("a"));
  CAF_CHECK(step.bytes.find("Connection: close\r\n") != std::string::npos);
  CAF_CHECK(connection.on_sent().what == action::end);
}

CAF_TEST(an answer may close a connection that would have stayed) {
  serve(get_a);
  connection.answer(response("a"), true);
  CAF_CHECK(connection.on_sent().what == action::end);
}

CAF_TEST(a request is answered once) {
  serve(get_a);
  CAF_CHECK(connection.answer(response("first")).answers);
  const auto step = connection.answer(response("second"));
  CAF_CHECK(!step.answers);
  CAF_CHECK(step.bytes.empty());
}

CAF_TEST(HEAD is answered without a body and what follows it with one) {
  serve("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTT");
  CAF_CHECK(ends_with_body(connection.answer(response("hello")), ""));
  CAF_CHECK(connection.on_sent().what == action::none);
  const auto step = connection.on_deadline();
  CAF_CHECK(step.bytes.starts_with("HTTP/1.1 408 "));
  CAF_CHECK(step.bytes.ends_with("}"));
}

CAF_TEST(a request that takes too long is answered 408 and the connection ends) {
  connection.on_bytes("GET /a");
  const auto step = connection.on_deadline();
  CAF_CHECK(step.answers);
  CAF_CHECK(step.bytes.starts_with("HTTP/1.1 408 "));
  CAF_CHECK(connection.on_sent().what == action::end);
}

CAF_TEST(a client that does not take its answer is reset) {
  serve(get_a);
  connection.answer(response("a"));
  CAF_CHECK(connection.on_deadline().what == action::reset);
}

CAF_TEST(a service that throws costs a 500 and the connection) {
  serve(get_a);
  const auto step = connection.on_failure();
  CAF_CHECK(step.bytes.starts_with("HTTP/1.1 500 "));
  CAF_CHECK(connection.on_sent().what == action::end);
}

CAF_TEST(a service that throws behind its answer costs the connection alone) {
  serve(get_a);
  connection.answer(response("a"));
  const auto step = connection.on_failure();
  CAF_CHECK(!step.answers);
  CAF_CHECK(step.bytes.empty());
  CAF_CHECK(connection.on_sent().what == action::end);
}

CAF_TEST(what came behind an upgrade is handed over) {
  serve(std::string{get_a} + "frames");
  CAF_CHECK_EQUAL(connection.take_leftover(), "frames");
}

CAF_TEST_FIXTURE_SCOPE_END()
