#define CAF_SUITE net_socket.link_tls

#include "net/link_tls.hpp"

#include "link_fixture.hpp"
#include "temporary_certificate.hpp"
#include "test_client.hpp"

#include <openssl/ssl.h>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::test;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;
using tls_pointer = std::unique_ptr<net::link_tls>;

struct certificates {
  tls_pointer load(const temporary_authority::issued& own, const temporary_authority& trusted) {
    std::string error;
    auto tls = net::link_tls::load(own.certificate, own.key, trusted.certificate(), error);
    if (!tls)
      throw std::runtime_error{error};
    return tls;
  }

  temporary_authority authority;
  temporary_authority stranger{"stranger"};
  tls_pointer first = load(authority.issue("first", {"n1", "n1.example.org"}), authority);
  tls_pointer second = load(authority.issue("second"), authority);
};

struct fixture : certificates, link_fixture {
  fixture() : link_fixture{first.get()} {}

  // The reason of the one thing that happened: the end was closed, and never open.
  static std::string refusal(const recording_end& end) {
    const auto events = end.log.all();
    return events.size() == 2 ? events[0] : "several events";
  }

  void check_healthy() {
    auto& a = dial(second.get());
    CAF_REQUIRE(a.log.wait_for("open"));
    auto& b = accepted_end(accepted_ends_now());
    on.run([&] { a.write("healthy"); });
    CAF_CHECK(receives(b, "healthy"));
  }

  std::size_t accepted_ends_now() {
    std::size_t n = 0;
    on.run([&] { n = accepted_ends.size(); });
    return n;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_tls_tests, fixture)

CAF_TEST(files that cannot be used are named) {
  const auto own = authority.issue("n");
  const auto other = authority.issue("m");
  const auto error = [](const std::string& certificate, const std::string& key,
                        const std::string& trusted) {
    std::string text;
    CAF_CHECK(net::link_tls::load(certificate, key, trusted, text) == nullptr);
    return text;
  };
  CAF_CHECK(error("/no.pem", own.key, authority.certificate())
                .starts_with("cannot use the certificate /no.pem: "));
  CAF_CHECK(error(own.certificate, "/no.pem", authority.certificate())
                .starts_with("cannot use the private key /no.pem: "));
  CAF_CHECK(error(own.certificate, other.key, authority.certificate()).find(other.key)
            != std::string::npos);
  CAF_CHECK(error(own.certificate, own.key, "/no.pem")
                .starts_with("cannot use the certificate authority /no.pem: "));
  CAF_CHECK(error(own.certificate, own.key, own.key)
                .starts_with("cannot use the certificate authority " + own.key + ": "));
}

CAF_TEST(nothing older than TLS 1.3 is spoken) {
  CAF_CHECK_EQUAL(SSL_CTX_get_min_proto_version(first->context().get()), TLS1_3_VERSION);
}

CAF_TEST(both ends see the names of the other and the same binding) {
  auto& a = dial(second.get());
  auto& b = accepted_end();
  CAF_REQUIRE(a.log.wait_for("open"));
  CAF_REQUIRE(b.log.wait_for("open"));
  CAF_CHECK(a.peer.names == (names{"n1", "n1.example.org"}));
  CAF_CHECK(b.peer.names == names{"second"});
  CAF_CHECK_EQUAL(a.peer.tls_binding.size(), 32u);
  CAF_CHECK(a.peer.tls_binding == b.peer.tls_binding);
  auto& c = dial(second.get());
  CAF_REQUIRE(c.log.wait_for("open"));
  CAF_CHECK(a.peer.tls_binding != c.peer.tls_binding);
}

CAF_TEST(large gathered writes arrive in order both ways at once) {
  const auto whole = varied_bytes(16u << 20);
  auto& a = dial(second.get());
  auto& b = accepted_end();
  CAF_REQUIRE(a.log.wait_for("open"));
  CAF_REQUIRE(b.log.wait_for("open"));
  chunked_writer from_a{a, whole};
  chunked_writer from_b{b, whole};
  on.run([&] {
    from_a.next();
    from_b.next();
  });
  CAF_CHECK(receives(b, whole));
  CAF_CHECK(receives(a, whole));
  CAF_CHECK(a.log.wait_for("written", 64));
}

CAF_TEST(closing delivers what was written before) {
  const auto whole = varied_bytes(8u << 20);
  auto& a = dial(second.get());
  auto& b = accepted_end();
  CAF_REQUIRE(a.log.wait_for("open"));
  on.run([&] {
    a.write(whole);
    a.link->close(deadline);
  });
  CAF_CHECK(receives(b, whole));
  CAF_CHECK(b.log.wait_for("closed: closed by the peer"));
  CAF_CHECK(a.log.wait_for("closed: closed by us"));
}

CAF_TEST(a stream that is cut off is told from one that ends) {
  test_client raw{port};
  auto& b = accepted_end();
  raw.half_close();
  CAF_CHECK(b.log.wait_for("closed: cut off by the peer"));
  CAF_CHECK_EQUAL(b.log.count("open"), 0u);
}

CAF_TEST(a dialler of another authority is refused) {
  const auto wrong = load(stranger.issue("n2"), authority);
  auto& a = dial(wrong.get());
  auto& b = accepted_end();
  CAF_REQUIRE(b.log.wait_for("closed"));
  CAF_CHECK_EQUAL(refusal(b), "closed: the peer's certificate is refused: "
                              "unable to get local issuer certificate");
  CAF_CHECK(a.log.wait_for("closed: TLS failed: tlsv1 alert unknown ca"));
  check_healthy();
}

CAF_TEST(an authority of the same name is not the same) {
  temporary_authority impostor;
  const auto wrong = load(impostor.issue("n2"), authority);
  dial(wrong.get());
  auto& b = accepted_end();
  CAF_REQUIRE(b.log.wait_for("closed"));
  CAF_CHECK(refusal(b).starts_with("closed: the peer's certificate is refused: "));
  check_healthy();
}

CAF_TEST(a listener of another authority is refused) {
  const auto distrustful = load(authority.issue("n2"), stranger);
  auto& a = dial(distrustful.get());
  CAF_REQUIRE(a.log.wait_for("closed"));
  CAF_CHECK(refusal(a).starts_with("closed: the peer's certificate is refused: "));
  auto& b = accepted_end();
  CAF_REQUIRE(b.log.wait_for("closed"));
  CAF_CHECK_EQUAL(refusal(b), "closed: TLS failed: tlsv1 alert unknown ca");
  check_healthy();
}

CAF_TEST(a client without a certificate is refused) {
  test_client nobody{port, true};
  auto& b = accepted_end();
  CAF_REQUIRE(b.log.wait_for("closed"));
  CAF_CHECK_EQUAL(refusal(b), "closed: TLS failed: peer did not return a certificate");
  check_healthy();
}

CAF_TEST(plain bytes and garbage are refused) {
  test_client plain{port};
  plain.send("GET / HTTP/1.1\r\n\r\n");
  auto& b = accepted_end(1);
  CAF_REQUIRE(b.log.wait_for("closed"));
  CAF_CHECK_EQUAL(refusal(b), "closed: TLS failed: http request");
  test_client garbage{port};
  garbage.send(varied_bytes(100'000));
  auto& c = accepted_end(2);
  CAF_REQUIRE(c.log.wait_for("closed"));
  CAF_CHECK_EQUAL(refusal(c), "closed: TLS failed: wrong version number");
  auto& plain_link = dial();
  CAF_REQUIRE(plain_link.log.wait_for("open"));
  on.run([&] { plain_link.write("GVNE hello"); });
  CAF_CHECK(plain_link.log.wait_for("closed"));
  check_healthy();
}

CAF_TEST(a handshake that stalls is given up after 3 seconds) {
  const auto begin = std::chrono::steady_clock::now();
  test_client silent{port};
  auto& b = accepted_end();
  CAF_CHECK(b.log.wait_for("closed: timed out in the TLS handshake"));
  const auto took = std::chrono::steady_clock::now() - begin;
  CAF_CHECK(took >= 2900ms);
  CAF_CHECK(took < 4s);
}

CAF_TEST(a listener that never shakes hands costs a dial no more than its timeout) {
  on.run([&] { listener().use_tls(nullptr); });
  auto& a = dial(second.get(), 200ms);
  CAF_CHECK(a.log.wait_for("closed: timed out in the TLS handshake"));
}

CAF_TEST(new files are for new links and leave the old ones alone) {
  auto& old_link = dial(second.get());
  auto& old_end = accepted_end(1);
  CAF_REQUIRE(old_end.log.wait_for("open"));
  const auto renewed = load(stranger.issue("renewed"), stranger);
  on.run([&] {
    listener().use_tls(renewed.get());
    first.reset();
  });
  const auto moved = load(stranger.issue("moved"), stranger);
  auto& a = dial(moved.get());
  CAF_REQUIRE(a.log.wait_for("open"));
  CAF_CHECK(a.peer.names == names{"renewed"});
  auto& refused = dial(second.get());
  CAF_CHECK(refused.log.wait_for("closed"));
  on.run([&] { old_link.write("still here"); });
  CAF_CHECK(receives(old_end, "still here"));
}

CAF_TEST_FIXTURE_SCOPE_END()
