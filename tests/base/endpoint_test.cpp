#define CAF_SUITE base.endpoint

#include "base/endpoint.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

using namespace grapevine::base;

CAF_TEST(endpoints are read and printed) {
  for (const std::string text :
       {"0.0.0.0:8000", "localhost:0", "n-1.example.com:65535", "a_b:1", "[::1]:8000"}) {
    const auto parsed = parse_endpoint(text);
    CAF_REQUIRE(parsed);
    CAF_CHECK_EQUAL(to_string(*parsed), text);
  }
  CAF_CHECK((parse_endpoint("[fd00::1]:80") == endpoint{"fd00::1", 80}));
  CAF_CHECK((parse_endpoint("host:80") == endpoint{"host", 80}));
}

CAF_TEST(what is no endpoint is refused) {
  for (const auto* text : {"",
                           "8000",
                           ":8000",
                           "host",
                           "host:",
                           "host:65536",
                           "host:99999999999999999999",
                           "host:-1",
                           "host:+1",
                           "host:80x",
                           "host:80:81",
                           "::1:80",
                           "[::1]",
                           "[::1:80",
                           "[::1]80",
                           "[]:80",
                           "[host]:80",
                           "[127.0.0.1]:80",
                           "[v1.a]:80",
                           "[fe80::1%25eth0]:80",
                           "ho st:80",
                           "ho%73t:80",
                           "http://host:80",
                           "host/:80",
                           "host: 80",
                           "host:80/",
                           "user@host:80",
                           "h\xc3\xb6st:80",
                           "ho!st:80"}) {
    CAF_MESSAGE(text);
    CAF_CHECK(!parse_endpoint(text));
  }
  CAF_CHECK(!parse_endpoint(std::string_view{"ho\0st:80", 8}));
  CAF_CHECK(parse_endpoint(std::string(253, 'a') + ":80"));
  CAF_CHECK(!parse_endpoint(std::string(254, 'a') + ":80"));
}

CAF_TEST(every endpoint that can be read is printed as it was) {
  CAF_CHECK(rc::check([](std::uint16_t port) {
    const auto host = *rc::gen::nonEmpty(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string{"abcXYZ019-._"})));
    RC_PRE(host.size() <= 253u);
    const endpoint where{host, port};
    RC_ASSERT(parse_endpoint(to_string(where)) == where);
  }));
}

CAF_TEST(any bytes are read or refused) {
  CAF_CHECK(rc::check([](const std::string& noise) {
    const auto text = noise + *rc::gen::element<std::string>("", ":80", "]:80");
    if (const auto where = parse_endpoint(text))
      RC_ASSERT(parse_endpoint(to_string(*where)) == where);
  }));
}

CAF_TEST(loopback is told from everything else) {
  for (const auto* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1"})
    CAF_CHECK(is_loopback(host));
  for (const auto* host :
       {"0.0.0.0", "::", "10.0.0.1", "127.example.com", "127.0.0", "example.com", ""})
    CAF_CHECK(!is_loopback(host));
}

CAF_TEST(all addresses of a machine are told from one) {
  for (const auto* host : {"0.0.0.0", "::", "0::0"})
    CAF_CHECK(is_any(host));
  for (const auto* host : {"0.0.0.1", "::1", "localhost", "0", ""})
    CAF_CHECK(!is_any(host));
}
