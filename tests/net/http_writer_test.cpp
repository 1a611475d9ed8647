#define CAF_SUITE net.http_writer

#include "net/http_writer.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::net;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

http_response with_body(std::string body) {
  http_response response;
  response.body = std::move(body);
  return response;
}

}  // namespace

CAF_TEST(an answer has its status line and length and ends with its body) {
  const auto text = write_response(with_body("{}"), {});
  CAF_CHECK(text.starts_with("HTTP/1.1 200 OK\r\n"));
  CAF_CHECK(has(text, "\r\nContent-Length: 2\r\n"));
  CAF_CHECK(has(text, "\r\nContent-Type: application/json\r\n"));
  CAF_CHECK(has(text, " GMT\r\n"));
  CAF_CHECK(text.ends_with("\r\n\r\n{}"));
  CAF_CHECK(!has(text, "Connection:"));
}

CAF_TEST(HEAD gets the length but not the body) {
  const auto text = write_response(with_body("hello"), {.head = true});
  CAF_CHECK(has(text, "\r\nContent-Length: 5\r\n"));
  CAF_CHECK(text.ends_with("\r\n\r\n"));
}

CAF_TEST(204 has neither length nor type nor body) {
  auto response = with_body("ignored");
  response.status = 204;
  const auto text = write_response(response, {});
  CAF_CHECK(text.starts_with("HTTP/1.1 204 No Content\r\n"));
  CAF_CHECK(!has(text, "Content-"));
  CAF_CHECK(text.ends_with("\r\n\r\n"));
}

CAF_TEST(Connection tells what happens next) {
  CAF_CHECK(has(write_response({}, {.keep_alive = false}), "\r\nConnection: close\r\n"));
  CAF_CHECK(has(write_response({}, {.is_http_1_1 = false}), "\r\nConnection: keep-alive\r\n"));
  http_response upgrade;
  upgrade.headers = {{"Upgrade", "websocket"}};
  CAF_CHECK(
      has(write_response(upgrade, {.keep_alive = false}), "\r\nConnection: Upgrade, close\r\n"));
}

CAF_TEST(a header cannot break out of its line) {
  http_response response;
  response.headers = {{"X-A", "1\r\nX-B: 2"}, {"X-C\n", "3"}, {"X-D", "4"}};
  const auto text = write_response(response, {});
  CAF_CHECK(!has(text, "X-A"));
  CAF_CHECK(!has(text, "X-B"));
  CAF_CHECK(!has(text, "X-C"));
  CAF_CHECK(has(text, "\r\nX-D: 4\r\n"));
}

CAF_TEST(CORS lets every page read the answer) {
  CAF_CHECK(has(write_response({}, {.cors = true}), "\r\nAccess-Control-Allow-Origin: *\r\n"));
  CAF_CHECK(!has(write_response({}, {}), "Access-Control"));
}

CAF_TEST(a preflight gets the origin and the headers it asked for) {
  http_request request;
  request.headers = {{"origin", "https://page.test"},
                     {"access-control-request-headers", "authorization,x-socket-id"}};
  const auto text = write_response(preflight_answer(request), {.cors = true});
  CAF_CHECK(has(text, "\r\nAccess-Control-Allow-Origin: https://page.test\r\n"));
  CAF_CHECK(!has(text, "Access-Control-Allow-Origin: *"));
  CAF_CHECK(has(text, "\r\nAccess-Control-Allow-Headers: authorization,x-socket-id\r\n"));
  CAF_CHECK(has(text, "\r\nAccess-Control-Max-Age: "));
  CAF_CHECK(has(text, "POST"));
}

CAF_TEST(an error is a JSON object with its code) {
  const auto response = json_error(413, "too \"large\"");
  CAF_CHECK_EQUAL(response.status, 413u);
  CAF_CHECK_EQUAL(response.body, R"({"error":"too \"large\"","code":413})");
}
