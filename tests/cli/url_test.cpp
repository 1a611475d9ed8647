#define CAF_SUITE cli.url

#include "cli/url.hpp"

#include "cli/app_credentials.hpp"
#include "cli/duration.hpp"
#include "cli/printable.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cli;
using namespace std::chrono_literals;

CAF_TEST(a url names host and port and whether to use TLS) {
  const auto plain = parse_url("http://127.0.0.1:8000", "http");
  CAF_REQUIRE(plain);
  CAF_CHECK((*plain == url{false, {"127.0.0.1", 8000}, ""}));
  const auto secure = parse_url("WSS://ws.example.com:8443/", "ws");
  CAF_REQUIRE(secure);
  CAF_CHECK((*secure == url{true, {"ws.example.com", 8443}, ""}));
}

CAF_TEST(an absent port is the one of the scheme) {
  CAF_CHECK_EQUAL(parse_url("http://a", "http").value_or(url{}).server.port, 80u);
  CAF_CHECK_EQUAL(parse_url("https://a/b", "http").value_or(url{}).server.port, 443u);
  CAF_CHECK_EQUAL(parse_url("wss://a", "ws").value_or(url{}).server.port, 443u);
}

CAF_TEST(a path becomes the prefix without its trailing slash) {
  CAF_CHECK_EQUAL(parse_url("http://a/rt/v1/", "http").value_or(url{}).prefix, "/rt/v1");
  CAF_CHECK_EQUAL(parse_url("http://a//", "http").value_or(url{}).prefix, "");
}

CAF_TEST(an IPv6 literal loses its brackets and gets them back in the authority) {
  const auto v6 = parse_url("http://[::1]:8000/x", "http");
  CAF_REQUIRE(v6);
  CAF_CHECK_EQUAL(v6->server.host, "::1");
  CAF_CHECK_EQUAL(to_string(v6->server), "[::1]:8000");
}

CAF_TEST(what is no url of the scheme is refused) {
  for (const char* text : {"",
                           "http",
                           "http:/a",
                           "http://",
                           "http:///x",
                           "http://:8000",
                           "http://a:",
                           "http://a:0",
                           "http://a:65536",
                           "http://a:80x",
                           "http://a:1:2",
                           "http://[::1",
                           "http://[::1]8000",
                           "http://[]:80",
                           "http://[::1%25lo]:80",
                           "http://a/%",
                           "http://a/b\\c",
                           "http://user@a",
                           "http://a?x=1",
                           "http://a#x",
                           "http://a b",
                           "http://a\r\nX: y",
                           "http://a/\xc3\xa9",
                           "ws://a",
                           "127.0.0.1:8000",
                           "ftp://a"}) {
    CAF_MESSAGE(text);
    CAF_CHECK(!parse_url(text, "http"));
  }
}

CAF_TEST(a duration has a unit and means seconds without one) {
  CAF_CHECK((parse_duration("10") == 10s));
  CAF_CHECK((parse_duration("10s") == 10s));
  CAF_CHECK((parse_duration("500ms") == 500ms));
  CAF_CHECK((parse_duration("2m") == 2min));
  for (const char* text : {"", "0", "s", "-1", "1h", "1.5s", "10 s", "4294967296", "4294967295m"}) {
    CAF_MESSAGE(text);
    CAF_CHECK(!parse_duration(text));
  }
}

CAF_TEST(credentials are id and key and secret where the secret may hold colons) {
  CAF_CHECK((parse_app_credentials("1:k:s") == app_credentials{"1", "k", "s"}));
  CAF_CHECK((parse_app_credentials("1:k:s:t:") == app_credentials{"1", "k", "s:t:"}));
  for (const char* text : {"", "1", "1:k", "1:k:", "1::s", ":k:s"}) {
    CAF_MESSAGE(text);
    CAF_CHECK(!parse_app_credentials(text));
  }
}

CAF_TEST(text from a server cannot steer the terminal) {
  CAF_CHECK_EQUAL(printable("a\x1b[2Jb\r\n\x7f\xc3\xa9"), "a?[2Jb???\xc3\xa9");
  CAF_CHECK_EQUAL(printable("abcdef", 3), "abc");
}
