#define CAF_SUITE net.request_rules

#include "net/request_rules.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::net;

CAF_TEST(names and addresses with and without port are valid hosts) {
  for (auto host : {"a", "example.test", "example.test:80", "127.0.0.1:8000", "[::1]", "[::1]:443",
                    "xn--bcher-kva.test", "under_score", "a:", "%41"})
    CAF_CHECK(is_valid_host(host));
}

CAF_TEST(everything else is no host) {
  for (auto host : {"", ":80", "a b", "a/b", "a@b", "a:b", "a:80:81", "[::1", "[]", "[::1]x",
                    "[g::1]", "%4", "%zz", "a\"b", "h\xc3\xa9"})
    CAF_CHECK(!is_valid_host(host));
}

CAF_TEST(an absolute target may not smuggle a bad authority) {
  http_request request;
  CAF_CHECK(!split_target("http:///path", request));
  CAF_CHECK(!split_target("http://a@b/path", request));
  CAF_CHECK(split_target("HTTPS://a/path", request));
  CAF_CHECK_EQUAL(request.path, "/path");
}
