#define CAF_SUITE net_socket.tls

#include "net/tls.hpp"

#include "protocol/websocket_frame.hpp"
#include "server_fixture.hpp"
#include "temporary_certificate.hpp"
#include "test_client.hpp"

#include <string>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::test;
using namespace std::chrono_literals;
using protocol::opcode;

namespace {

struct fixture {
  temporary_certificate files;
  std::string error;
  std::unique_ptr<net::tls_context> tls =
      net::tls_context::load(files.certificate(), files.key(), error);
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(tls_tests, fixture)

CAF_TEST(files that cannot be used are named) {
  CAF_CHECK_EQUAL(error, "");
  CAF_CHECK(tls != nullptr);
  CAF_CHECK(net::tls_context::load("/nowhere.pem", files.key(), error) == nullptr);
  CAF_CHECK(error.starts_with("cannot use the certificate /nowhere.pem: "));
  CAF_CHECK(net::tls_context::load(files.certificate(), files.certificate(), error) == nullptr);
  CAF_CHECK(error.starts_with("cannot use the private key " + files.certificate() + ": "));
  const temporary_certificate other;
  CAF_CHECK(net::tls_context::load(files.certificate(), other.key(), error) == nullptr);
  CAF_CHECK(error.find(other.key()) != std::string::npos);
}

CAF_TEST(requests and messages go through TLS) {
  test_server server{{}, tls.get()};
  test_client client{server.port(), true};
  client.send("GET /address HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto response = client.read_response();
  CAF_REQUIRE(response.has_value());
  CAF_CHECK_EQUAL(response->body, "127.0.0.1 secure");
  CAF_REQUIRE(client.upgrade());
  for (std::size_t size : {1u, 16'384u, 16'385u, 900'000u}) {
    const std::string message(size, 'x');
    client.send_text(message);
    const auto echo = client.read_frame();
    CAF_REQUIRE(echo.has_value());
    CAF_CHECK(echo->payload == message);
  }
  client.send(protocol::encode_masked_frame(opcode::close, close_payload(1000), 1));
  CAF_CHECK_EQUAL(to_string(client.read_frame().value_or(received_frame{})),
                  to_string({8, close_payload(1000)}));
  CAF_CHECK(client.at_end());
}

CAF_TEST(many frames reach a reader with a small window in order) {
  test_server server{{}, tls.get()};
  test_client client{server.port(), true, 4096};
  CAF_REQUIRE(client.upgrade());
  const auto payload = [](int i) { return std::to_string(i) + std::string(3000, 'x'); };
  server.run([&] {
    for (int i = 0; i < 1000; ++i)
      server.socket()->send_text(payload(i));
  });
  for (int i = 0; i < 1000; ++i) {
    const auto frame = client.read_frame();
    CAF_REQUIRE(frame.has_value());
    CAF_REQUIRE(frame->payload == payload(i));
  }
}

CAF_TEST(a slow reader over TLS gets its Close behind whole frames) {
  net::client_session_settings settings;
  settings.outbox_max = 1u << 20;
  test_server server{settings, tls.get()};
  test_client client{server.port(), true, 4096};
  CAF_REQUIRE(client.upgrade());
  for (int i = 0; server.stats.slow_closed.load() == 0 && i < 10'000; ++i)
    server.run([&] {
      if (auto* ws = server.socket())
        ws->send_text(std::to_string(i) + std::string(3000, 'x'));
    });
  CAF_CHECK_EQUAL(server.stats.slow_closed.load(), 1u);
  received_frame last{1, ""};
  for (int i = 0; last.opcode == 1; ++i) {
    last = client.read_frame().value_or(received_frame{99, "no frame"});
    if (last.opcode == 1)
      CAF_REQUIRE(last.payload == std::to_string(i) + std::string(3000, 'x'));
  }
  CAF_CHECK_EQUAL(to_string(last), to_string({8, close_payload(4100, "slow consumer")}));
}

CAF_TEST(a client that speaks no TLS is dropped) {
  test_server server{{}, tls.get()};
  test_client client{server.port()};
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  CAF_CHECK(!client.read_response().has_value());
  CAF_CHECK(server.wait_for_sessions(0));
  test_client good{server.port(), true};
  CAF_CHECK(good.upgrade());
}

CAF_TEST(a handshake that does not go on is given up) {
  net::client_session_settings settings;
  settings.handshake_timeout = 150ms;
  test_server server{settings, tls.get()};
  test_client client{server.port()};
  CAF_REQUIRE(server.wait_for_sessions(1));
  CAF_CHECK_EQUAL(client.read(1), "");
  CAF_CHECK(server.wait_for_sessions(0));
}

CAF_TEST(a new certificate is for new connections and leaves the old ones alone) {
  test_server server{{}, tls.get()};
  test_client old{server.port(), true};
  CAF_REQUIRE(old.upgrade());
  const temporary_certificate renewed;
  auto next = net::tls_context::load(renewed.certificate(), renewed.key(), error);
  CAF_REQUIRE(next != nullptr);
  server.run([&] {
    server.listener().use_tls(next.get());
    tls.reset();
  });
  test_client young{server.port(), true};
  CAF_CHECK(young.upgrade());
  old.send_text("still here");
  CAF_CHECK_EQUAL(to_string(old.read_frame().value_or(received_frame{})),
                  to_string({1, "still here"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
