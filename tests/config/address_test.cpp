#define CAF_SUITE config.address

#include "config/address.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;

namespace {

std::string round_trip(const std::string& text) {
  endpoint parsed{"untouched", 1};
  if (parse_endpoint(text, parsed))
    return to_string(parsed);
  return parsed == endpoint{"untouched", 1} ? "refused" : "refused but changed";
}

}  // namespace

CAF_TEST(endpoints are read and printed) {
  for (const auto* text : {"0.0.0.0:8000", "localhost:0", "n-1.example.com:65535", "[::1]:8000"})
    CAF_CHECK_EQUAL(round_trip(text), text);
  endpoint parsed;
  CAF_CHECK(parse_endpoint("[::1]:80", parsed));
  CAF_CHECK_EQUAL(parsed.host, "::1");
  CAF_CHECK_EQUAL(parsed.port, 80u);
}

CAF_TEST(malformed endpoints are refused and leave the target alone) {
  for (const auto* text :
       {"", "8000", ":8000", "host", "host:", "host:65536", "host:-1", "host:80x", "::1:80",
        "[::1]", "[::1:80", "[host]:80", "ho st:80", "http://host:80", "host/:80", "host: 80"})
    CAF_CHECK_EQUAL(round_trip(text), "refused");
}

CAF_TEST(loopback is told from everything else) {
  for (const auto* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"})
    CAF_CHECK(is_loopback(host));
  for (const auto* host :
       {"0.0.0.0", "::", "10.0.0.1", "127.example.com", "127.0.0", "example.com", ""})
    CAF_CHECK(!is_loopback(host));
}

CAF_TEST(endpoints collide on the same port of the same or any address) {
  CAF_CHECK(collide({"127.0.0.1", 80}, {"127.0.0.1", 80}));
  CAF_CHECK(collide({"0.0.0.0", 80}, {"127.0.0.1", 80}));
  CAF_CHECK(collide({"10.0.0.1", 80}, {"::", 80}));
  CAF_CHECK(!collide({"127.0.0.1", 80}, {"127.0.0.1", 81}));
  CAF_CHECK(!collide({"127.0.0.1", 80}, {"127.0.0.2", 80}));
  CAF_CHECK(!collide({"0.0.0.0", 0}, {"0.0.0.0", 0}));
}

CAF_TEST(networks are addresses with an optional prefix length) {
  for (const auto* text :
       {"10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "1.2.3.4/32", "::1", "fd00::/8", "::/128"})
    CAF_CHECK(is_network(text));
  for (const auto* text :
       {"", "proxy", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0.0/8/8"})
    CAF_CHECK(!is_network(text));
}
