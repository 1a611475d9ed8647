#define CAF_SUITE net.upgrade

#include "net/upgrade.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::net;

namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

constexpr const char* key = "dGhlIHNhbXBsZSBub25jZQ==";  // the one of RFC 6455, section 1.3

http_request handshake() {
  http_request request;
  request.method = "GET";
  request.path = "/app/key";
  request.headers = fields{{"host", "h"},
                           {"connection", "Upgrade"},
                           {"upgrade", "websocket"},
                           {"sec-websocket-version", "13"},
                           {"sec-websocket-key", key}};
  return request;
}

http_request with(const std::string& name, const std::string& value) {
  auto request = handshake();
  for (auto& field : request.headers)
    if (field.first == name)
      field.second = value;
  return request;
}

http_request without(const std::string& name) {
  auto request = handshake();
  std::erase_if(request.headers, [&](const auto& field) { return field.first == name; });
  return request;
}

http_request twice(const std::string& name, const std::string& value) {
  auto request = handshake();
  request.headers.emplace_back(name, value);
  return request;
}

bool accepted(const http_request& request) {
  return std::holds_alternative<websocket_upgrade>(check_upgrade(request, true));
}

bool plain(const http_request& request, bool is_http_1_1 = true) {
  return std::holds_alternative<no_upgrade>(check_upgrade(request, is_http_1_1));
}

unsigned status(const http_request& request) {
  auto check = check_upgrade(request, true);
  const auto* answer = std::get_if<http_response>(&check);
  return answer ? answer->status : 0;
}

}  // namespace

CAF_TEST(the example of RFC 6455 is accepted with its accept value) {
  CAF_CHECK(accepted(handshake()));
  const auto answer = switching_protocols(key);
  CAF_CHECK(answer.starts_with("HTTP/1.1 101 "));
  CAF_CHECK(answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != answer.npos);
  CAF_CHECK(answer.find("Sec-WebSocket-Protocol") == answer.npos);
  CAF_CHECK(answer.find("Sec-WebSocket-Extensions") == answer.npos);
}

CAF_TEST(tokens are found in any case and in any line) {
  CAF_CHECK(accepted(with("connection", "keep-alive, UPGRADE")));
  CAF_CHECK(accepted(with("upgrade", "WebSocket")));
  CAF_CHECK(accepted(with("upgrade", "h2c, websocket")));
  auto request = with("connection", "keep-alive");
  request.headers.emplace_back("connection", "Upgrade");
  CAF_CHECK(accepted(request));
}

CAF_TEST(offered extensions and subprotocols do not disturb) {
  CAF_CHECK(
      accepted(twice("sec-websocket-extensions", "permessage-deflate; client_max_window_bits")));
  CAF_CHECK(accepted(twice("sec-websocket-protocol", "a, b")));
}

CAF_TEST(other upgrades are plain requests) {
  CAF_CHECK(plain(with("upgrade", "h2c")));
  CAF_CHECK(plain(without("upgrade")));
  CAF_CHECK(plain(with("upgrade", "websocketx")));
  CAF_CHECK(plain(handshake(), false));
}

CAF_TEST(broken handshakes are refused) {
  auto post = handshake();
  post.method = "POST";
  CAF_CHECK_EQUAL(status(post), 400u);
  auto body = handshake();
  body.body = "x";
  CAF_CHECK_EQUAL(status(body), 400u);
  CAF_CHECK_EQUAL(status(without("connection")), 400u);
  CAF_CHECK_EQUAL(status(without("sec-websocket-key")), 400u);
  CAF_CHECK_EQUAL(status(with("sec-websocket-key", "short")), 400u);
  CAF_CHECK_EQUAL(status(with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ!!")), 400u);
  CAF_CHECK_EQUAL(status(twice("sec-websocket-key", key)), 400u);
  CAF_CHECK_EQUAL(status(twice("sec-websocket-version", "8")), 400u);
}

CAF_TEST(another version is told which one there is) {
  for (const auto& request :
       {with("sec-websocket-version", "8"), without("sec-websocket-version")}) {
    auto check = check_upgrade(request, true);
    const auto* answer = std::get_if<http_response>(&check);
    CAF_REQUIRE(answer != nullptr);
    CAF_CHECK_EQUAL(answer->status, 426u);
    CAF_CHECK(answer->headers
              == (fields{{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}}));
  }
}
