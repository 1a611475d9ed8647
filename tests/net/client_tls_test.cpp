#define CAF_SUITE net_socket.client_tls

#include "net/client_tls.hpp"

#include "link_fixture.hpp"
#include "net/tls.hpp"
#include "server_fixture.hpp"
#include "temporary_certificate.hpp"

#include <memory>
#include <string>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::test;
using namespace std::chrono_literals;

namespace {

// An HTTPS server, and who dials it.
struct fixture {
  ~fixture() {
    on.stop();
  }

  std::unique_ptr<net::client_tls> trusting(const temporary_authority& whom) {
    std::string error;
    auto loaded = net::client_tls::load(whom.certificate(), error);
    CAF_REQUIRE_EQUAL(error, "");
    return loaded;
  }

  void serve(const std::vector<std::string>& names) {
    const auto files = authority.issue("a server", names);
    std::string error;
    tls = net::tls_context::load(files.certificate, files.key, error);
    CAF_REQUIRE_EQUAL(error, "");
    server = std::make_unique<test_server>(net::client_session_settings{}, tls.get());
    on.start();
  }

  void dial(const std::string& host, const net::client_tls* by) {
    on.run([&] { end.link = net::dial_server(on.loop, host, server->port(), deadline, by, end); });
  }

  // Why the one thing that happened was the end.
  std::string refusal() {
    if (!end.log.wait_for("closed"))
      return "still open";
    const auto events = end.log.all();
    return events.size() == 2 ? events[0] : "several events";
  }

  temporary_authority authority;
  std::unique_ptr<net::tls_context> tls;
  std::unique_ptr<test_server> server;
  running_loop on;
  recording_end end;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(client_tls_tests, fixture)

CAF_TEST(a file of authorities that cannot be used is named) {
  std::string error;
  CAF_CHECK(net::client_tls::load("/no.pem", error) == nullptr);
  CAF_CHECK(error.starts_with("cannot use the certificate authority /no.pem: "));
  CAF_CHECK(net::client_tls::load("", error) != nullptr);
  CAF_CHECK_EQUAL(error, "");
}

CAF_TEST(a request and its answer go through TLS to a server of that name) {
  serve({"localhost"});
  dial("localhost", trusting(authority).get());
  CAF_REQUIRE(end.log.wait_for("open"));
  on.run([&] { end.write("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"); });
  CAF_CHECK(end.log.wait_for("closed: closed by the peer"));
  CAF_CHECK(end.received.starts_with("HTTP/1.1 200 OK\r\n"));
  CAF_CHECK(end.received.ends_with("GET /hello  "));
}

CAF_TEST(a numeric address is checked against the addresses of the certificate) {
  serve({"127.0.0.1", "localhost"});
  dial("127.0.0.1", trusting(authority).get());
  CAF_CHECK(end.log.wait_for("open"));
}

CAF_TEST(a certificate for another name is refused) {
  serve({"elsewhere.example.org", "127.0.0.2"});
  dial("localhost", trusting(authority).get());
  CAF_CHECK_EQUAL(refusal(), "closed: the peer's certificate is refused: hostname mismatch");
}

CAF_TEST(a certificate for another address is refused) {
  serve({"localhost", "127.0.0.2"});
  dial("127.0.0.1", trusting(authority).get());
  CAF_CHECK_EQUAL(refusal(), "closed: the peer's certificate is refused: IP address mismatch");
}

CAF_TEST(a certificate of an unknown authority is refused) {
  serve({"localhost"});
  std::string error;
  const auto system_only = net::client_tls::load("", error);
  dial("localhost", system_only.get());
  CAF_CHECK_EQUAL(refusal(), "closed: the peer's certificate is refused: "
                             "unable to get local issuer certificate");
}

CAF_TEST(no server is dialled without a name) {
  serve({"localhost"});
  dial("", trusting(authority).get());
  CAF_CHECK_EQUAL(refusal(), "closed: no address");
}

CAF_TEST(without TLS a server is dialled in plain) {
  serve({"localhost"});
  test_server plain;
  on.run([&] {
    end.link = net::dial_server(on.loop, "localhost", plain.port(), deadline, nullptr, end);
  });
  CAF_REQUIRE(end.log.wait_for("open"));
  on.run([&] { end.write("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"); });
  CAF_CHECK(end.log.wait_for("closed: closed by the peer"));
  CAF_CHECK(end.received.starts_with("HTTP/1.1 200 OK\r\n"));
}

CAF_TEST_FIXTURE_SCOPE_END()
