#define CAF_SUITE net_socket.http_client_tls

// Requests over TLS: who is believed to be the server, and which end of an answer.

#include "link_fixture.hpp"
#include "net/client_tls.hpp"
#include "net/http_client.hpp"
#include "net/tls.hpp"
#include "scripted_http_server.hpp"
#include "temporary_certificate.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace std::chrono_literals;
using net::incoming_answer;
using net::request_failure;
using test::scripted_answer;

namespace {

struct fixture {
  fixture() {
    settings.tls = trusting(authority.certificate());
    on.start();
  }
  ~fixture() {
    on.run([this] { client = nullptr; });
  }

  static std::shared_ptr<const net::client_tls> trusting(const std::string& authorities) {
    std::string error;
    auto loaded = net::client_tls::load(authorities, error);
    CAF_REQUIRE_EQUAL(error, "");
    return loaded;
  }

  // A server with a certificate for these names, which the client is to ask as `host`.
  void serve(const std::vector<std::string>& names, const std::string& host = "localhost",
             std::chrono::seconds valid_for = 1h) {
    const auto files = authority.issue("a server", names, valid_for);
    std::string error;
    context = net::tls_context::load(files.certificate, files.key, error);
    CAF_REQUIRE_EQUAL(error, "");
    server = std::make_unique<test::scripted_http_server>(context.get());
    settings.host = host;
    settings.port = server->port;
  }

  void send(std::string body = "hello") {
    on.run([&] {
      if (!client)
        client = std::make_unique<net::http_client>(on.loop, settings);
      client->send({"POST", "/path", {{"Authorization", "Bearer secret"}}, std::move(body)},
                   [this](net::request_result result) { results.push_back(std::move(result)); });
    });
  }

  // What came of the next request: its status and body, or the kind of failure and why.
  std::string asked(std::string body = "hello") {
    const auto before = results.size();
    send(std::move(body));
    if (!on.eventually([&] { return results.size() > before; }))
      return "nothing";
    if (const auto* answer = std::get_if<incoming_answer>(&results.back()))
      return std::to_string(answer->status) + " " + answer->body;
    const auto& failure = std::get<request_failure>(results.back());
    constexpr const char* kinds[] = {"unreachable", "timed out", "broken", "too large"};
    return std::string{kinds[static_cast<int>(failure.what)]} + ": " + failure.why;
  }

  test::temporary_authority authority;
  std::unique_ptr<net::tls_context> context;
  std::unique_ptr<test::scripted_http_server> server;
  test::running_loop on;
  net::http_client_settings settings;
  std::unique_ptr<net::http_client> client;
  std::vector<net::request_result> results;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(http_client_tls_tests, fixture)

CAF_TEST(a request arrives whole and its answer comes back) {
  serve({"localhost"});
  CAF_CHECK_EQUAL(asked(), "200 {}");
  CAF_CHECK_EQUAL(server->request(0),
                  "POST /path HTTP/1.1\r\nHost: localhost:" + std::to_string(server->port)
                      + "\r\nUser-Agent: grapevine\r\nAuthorization: Bearer secret\r\n"
                        "Content-Length: 5\r\n\r\nhello");
}

CAF_TEST(a server is known by its address as well) {
  serve({"127.0.0.1"}, "127.0.0.1");
  CAF_CHECK_EQUAL(asked(), "200 {}");
}

CAF_TEST(one handshake serves many requests) {
  serve({"localhost"});
  for (int i = 0; i < 5; ++i)
    CAF_CHECK_EQUAL(asked(), "200 {}");
  CAF_CHECK_EQUAL(server->connections(), 1u);
}

CAF_TEST(bodies of many records pass both ways) {
  serve({"localhost"});
  const auto large = test::varied_bytes(300'000);
  server->will_answer(scripted_answer::of(200, large));
  CAF_CHECK(asked(large) == "200 " + large);
  CAF_CHECK(server->request(0).ends_with("\r\n\r\n" + large));
}

CAF_TEST(an authority that nobody named is refused before anything is said) {
  serve({"localhost"});
  settings.tls = trusting({});
  CAF_CHECK_EQUAL(asked(), "unreachable: cannot connect: the peer's certificate is refused: "
                           "unable to get local issuer certificate");
  CAF_CHECK(server->requests().empty());
}

CAF_TEST(another authority of the same name is refused) {
  const test::temporary_authority impostor;
  serve({"localhost"});
  settings.tls = trusting(impostor.certificate());
  CAF_CHECK(
      asked().starts_with("unreachable: cannot connect: the peer's certificate is refused: "));
  CAF_CHECK(server->requests().empty());
}

CAF_TEST(a certificate for another name or address is refused) {
  serve({"elsewhere.example.org", "127.0.0.2"});
  CAF_CHECK_EQUAL(asked(), "unreachable: cannot connect: the peer's certificate is refused: "
                           "hostname mismatch");
  client = nullptr;
  settings.host = "127.0.0.1";
  CAF_CHECK_EQUAL(asked(), "unreachable: cannot connect: the peer's certificate is refused: "
                           "IP address mismatch");
  CAF_CHECK(server->requests().empty());
}

CAF_TEST(a certificate whose time is over is refused) {
  serve({"localhost"}, "localhost", -30s);
  CAF_CHECK_EQUAL(asked(), "unreachable: cannot connect: the peer's certificate is refused: "
                           "certificate has expired");
  CAF_CHECK(server->requests().empty());
}

CAF_TEST(a server that does not speak TLS is told nothing) {
  test::scripted_http_server plain;
  settings.host = "127.0.0.1";
  settings.port = plain.port;
  settings.connect_timeout = 300ms;
  CAF_CHECK_EQUAL(asked(), "unreachable: cannot connect: timed out in the TLS handshake");
  CAF_CHECK(plain.requests().empty());
}

CAF_TEST(a server that hangs up during the handshake is unreachable) {
  test::link_fixture rude;
  rude.at_accept = [&] {
    auto& end = rude.accepted_ends.back();
    end.at_bytes = [&end](std::string_view) { end.link->close(test::deadline); };
  };
  settings.host = "127.0.0.1";
  settings.port = rude.port;
  CAF_CHECK_EQUAL(asked(), "unreachable: cannot connect: cut off by the peer");
}

CAF_TEST(a server that answers the handshake with something else is unreachable) {
  test::link_fixture stranger;
  stranger.at_accept = [&] {
    auto& end = stranger.accepted_ends.back();
    end.at_bytes = [&end](std::string_view) { end.write("HTTP/1.1 400 Bad Request\r\n\r\n"); };
  };
  settings.host = "127.0.0.1";
  settings.port = stranger.port;
  CAF_CHECK(asked().starts_with("unreachable: cannot connect: TLS failed: "));
}

CAF_TEST(an answer without a length ends where TLS says that it ends) {
  serve({"localhost"});
  server->will_answer({"HTTP/1.1 200 x\r\n\r\nto the end", true});
  CAF_CHECK_EQUAL(asked(), "200 to the end");
}

CAF_TEST(an answer without a length that is cut off may be half of one) {
  serve({"localhost"});
  server->will_answer({"HTTP/1.1 200 x\r\n\r\nto the en", false, true});
  CAF_CHECK_EQUAL(asked(), "broken: the answer ends in its middle");
}

CAF_TEST(half an answer is none whichever way it ends) {
  serve({"localhost"});
  const std::string half = "HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\nhalf";
  server->will_answer({half, true});
  CAF_CHECK_EQUAL(asked(), "broken: the answer ends in its middle");
  server->will_answer({half, false, true});
  CAF_CHECK_EQUAL(asked(), "broken: the answer ends in its middle");
  CAF_CHECK_EQUAL(asked(), "200 {}");
}

CAF_TEST(a kept connection that the server has closed costs nothing but a new one) {
  serve({"localhost"});
  CAF_CHECK_EQUAL(asked(), "200 {}");
  server->close();
  server->reopen();
  CAF_CHECK_EQUAL(asked(), "200 {}");
  CAF_CHECK_EQUAL(server->connections(), 2u);
}

CAF_TEST(a server whose certificate became wrong is not believed for having been right) {
  serve({"localhost"});
  CAF_CHECK_EQUAL(asked(), "200 {}");
  const auto port = server->port;
  server->close();
  const auto files = authority.issue("a server", {"elsewhere"});
  std::string error;
  const auto wrong = net::tls_context::load(files.certificate, files.key, error);
  server->use_tls(wrong.get());
  server->reopen();
  CAF_REQUIRE_EQUAL(server->port, port);
  CAF_CHECK_EQUAL(asked(), "unreachable: cannot connect: the peer's certificate is refused: "
                           "hostname mismatch");
  CAF_CHECK_EQUAL(server->requests().size(), 1u);
  server = nullptr;
}

CAF_TEST_FIXTURE_SCOPE_END()
