#define CAF_SUITE net.http_parser

#include "net/http_parser.hpp"

#include <string>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine::net;
using state = http_parser::state;

namespace {

constexpr std::size_t header_max = 1024;
constexpr std::size_t body_max = 100'000;

/// What came of some bytes: the requests in them and the status of the fault at their end.
struct outcome {
  std::vector<std::string> requests;  // "METHOD path?query body"
  unsigned fault = 0;
  bool keep_alive = true;
  bool operator==(const outcome&) const = default;
};

std::string to_string(const outcome& o) {
  std::string text = std::to_string(o.fault) + (o.keep_alive ? " keep" : " close");
  for (const auto& r : o.requests)
    text += " [" + (r.size() > 60 ? r.substr(0, 60) + "…" : r) + "]";
  return text;
}

std::string describe(const http_request& r) {
  return r.method + " " + r.path + (r.query.empty() ? "" : "?" + r.query)
         + (r.body.empty() ? "" : " " + r.body);
}

outcome parse(const std::string& bytes, std::size_t cut) {
  http_parser parser{header_max, body_max};
  outcome result;
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    auto s = parser.feed(std::string_view{bytes}.substr(at, cut));
    if (s == state::expects_continue)
      s = parser.resume();
    while (s == state::complete) {
      result.requests.push_back(describe(parser.take()));
      result.keep_alive = parser.keep_alive();
      s = parser.next();
    }
    if (s == state::fault) {
      result.fault = parser.fault().status;
      break;
    }
  }
  return result;
}

std::string request(const std::string& line, const std::string& fields,
                    const std::string& body = "") {
  return line + "\r\nHost: example.test\r\n" + fields + "\r\n" + body;
}

struct example {
  std::string what;
  std::string bytes;
  outcome expected;
};

outcome one(const std::string& r, bool keep_alive = true) {
  return {{r}, 0, keep_alive};
}

outcome refused(unsigned status) {
  return {{}, status, true};
}

const std::string post = "POST /p HTTP/1.1";
const std::string get = "GET /a?b=c HTTP/1.1";
const std::string chunked = "Transfer-Encoding: chunked\r\n";

const std::vector<example> good = {
    {"a plain GET", request(get, ""), one("GET /a?b=c")},
    {"a body with its length", request(post, "Content-Length: 3\r\n", "xyz"), one("POST /p xyz")},
    {"an empty body", request(post, "Content-Length: 0\r\n"), one("POST /p")},
    {"chunks", request(post, chunked, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), one("POST /p abcde")},
    {"a chunk extension", request(post, chunked, "3;n=v\r\nabc\r\n0\r\n\r\n"), one("POST /p abc")},
    {"trailers", request(post, chunked, "1\r\na\r\n0\r\nX: y\r\n\r\n"), one("POST /p a")},
    {"Chunked in capitals", request(post, "Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"),
     one("POST /p")},
    {"empty lines before the request", "\r\n\r\n" + request(get, ""), one("GET /a?b=c")},
    {"a path that is not decoded", request("GET /%61%2f HTTP/1.1", ""), one("GET /%61%2f")},
    {"absolute form", request("GET http://h:1/x?y HTTP/1.1", ""), one("GET /x?y")},
    {"absolute form without a path", request("GET http://h HTTP/1.1", ""), one("GET /")},
    {"absolute form with a query alone", request("GET http://h?q HTTP/1.1", ""), one("GET /?q")},
    {"an asterisk for OPTIONS", request("OPTIONS * HTTP/1.1", ""), one("OPTIONS *")},
    {"an unknown method", request("BREW /pot HTTP/1.1", ""), one("BREW /pot")},
    {"Connection: close", request(get, "Connection: close\r\n"), one("GET /a?b=c", false)},
    {"close on a second Connection line", request(get, "Connection: x\r\nConnection: close\r\n"),
     one("GET /a?b=c", false)},
    {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", one("GET /", false)},
    {"HTTP/1.0 that stays", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", one("GET /")},
    {"an expectation", request(post, "Expect: 100-continue\r\nContent-Length: 2\r\n", "ab"),
     one("POST /p ab")},
    {"requests behind each other",
     request(post, "Content-Length: 1\r\n", "x") + request(get, "") + request(get, ""),
     {{"POST /p x", "GET /a?b=c", "GET /a?b=c"}, 0, true}},
    {"a body that looks like a request",
     request(post, "Content-Length: 18\r\n", "GET / HTTP/1.1\r\n\r\n"),
     one("POST /p GET / HTTP/1.1\r\n\r\n")},
    {"the largest body", request(post, "Content-Length: 100000\r\n", std::string(body_max, 'x')),
     one("POST /p " + std::string(body_max, 'x'))},
};

const std::vector<example> hostile = {
    {"a TLS hello", std::string{"\x16\x03\x01\x02\x00\x01", 6}, refused(400)},
    {"noise", "hello\r\n\r\n", refused(400)},
    {"bare line feeds", "GET / HTTP/1.1\nHost: x\n\n", refused(400)},
    {"a folded line", request(get, "X: a\r\n b\r\n"), refused(400)},
    {"a folded first line", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", refused(400)},
    {"a space before the colon", request(get, "X : a\r\n"), refused(400)},
    {"a field without a colon", request(get, "nothing\r\n"), refused(400)},
    {"a control character in a value", request(get, std::string{"X: a\0b\r\n", 8}), refused(400)},
    {"HTTP/2", request("GET / HTTP/2.0", ""), refused(505)},
    {"HTTP/1.2", request("GET / HTTP/1.2", ""), refused(505)},
    {"no Host in 1.1", "GET / HTTP/1.1\r\n\r\n", refused(400)},
    {"two Hosts", request(get, "Host: other.test\r\n"), refused(400)},
    {"a Host with a slash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", refused(400)},
    {"a Host with a user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", refused(400)},
    {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", refused(400)},
    {"length and coding", request(post, "Content-Length: 3\r\n" + chunked, "0\r\n\r\n"),
     refused(400)},
    {"coding and length", request(post, chunked + "Content-Length: 3\r\n", "0\r\n\r\n"),
     refused(400)},
    {"an unknown coding and a length",
     request(post, "Content-Length: 3\r\nTransfer-Encoding: gzip\r\n", "abc"), refused(400)},
    {"two lengths", request(post, "Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"),
     refused(400)},
    {"the same length twice", request(post, "Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
     refused(400)},
    {"a list of lengths", request(post, "Content-Length: 3, 3\r\n", "abc"), refused(400)},
    {"a signed length", request(post, "Content-Length: +3\r\n", "abc"), refused(400)},
    {"a negative length", request(post, "Content-Length: -3\r\n", "abc"), refused(400)},
    {"a length past 64 bits", request(post, "Content-Length: 99999999999999999999\r\n"),
     refused(400)},
    {"another coding", request(post, "Transfer-Encoding: gzip\r\n", "abc"), refused(501)},
    {"a coding before chunked", request(post, "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
     refused(501)},
    {"a coding after chunked", request(post, "Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"),
     refused(501)},
    {"almost chunked", request(post, "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), refused(501)},
    {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\n" + chunked + "\r\n0\r\n\r\n", refused(501)},
    {"another expectation", request(post, "Expect: tea\r\nContent-Length: 1\r\n", "x"),
     refused(417)},
    {"a target without a slash", request("GET a HTTP/1.1", ""), refused(400)},
    {"an asterisk for GET", request("GET * HTTP/1.1", ""), refused(400)},
    {"authority form", request("CONNECT h:1 HTTP/1.1", ""), refused(400)},
    {"a fragment", request("GET /a#b HTTP/1.1", ""), refused(400)},
    {"a foreign scheme", request("GET ftp://h/ HTTP/1.1", ""), refused(400)},
    {"a header that is too large", request(get, "X: " + std::string(header_max, 'x') + "\r\n"),
     refused(431)},
    {"many small fields",
     [] {
       std::string fields;
       for (int i = 0; i < 400; ++i)
         fields += "a: b\r\n";
       return request(get, fields);
     }(),
     refused(431)},
    {"a request line without end", "GET /" + std::string(2 * header_max, 'x'), refused(431)},
    {"an announced body over the limit", request(post, "Content-Length: 100001\r\n"), refused(413)},
    {"chunks over the limit",
     request(post, chunked,
             "c350\r\n" + std::string(50'000, 'x') + "\r\nc351\r\n" + std::string(50'001, 'x')
                 + "\r\n0\r\n\r\n"),
     refused(413)},
    {"a chunk of absurd size", request(post, chunked, "ffffffffffffffff\r\n"), refused(413)},
    {"a chunk size past 64 bits", request(post, chunked, "fffffffffffffffff\r\n"), refused(400)},
    {"a chunk size that is none", request(post, chunked, "xyz\r\n"), refused(400)},
    {"a chunk without its end", request(post, chunked, "1\r\nabc\r\n0\r\n\r\n"), refused(400)},
    {"an endless chunk extension", request(post, chunked, "1;" + std::string(40'000, 'x')),
     refused(400)},
    {"an endless trailer", request(post, chunked, "0\r\nX: " + std::string(70'000, 'x')),
     refused(400)},
    {"a length among the trailers", request(post, chunked, "0\r\nContent-Length: 5\r\n\r\n"),
     refused(400)},
};

void check(const std::vector<example>& examples) {
  for (const auto& e : examples) {
    for (std::size_t cut : {e.bytes.size(), std::size_t{1}, std::size_t{7}}) {
      const auto got = parse(e.bytes, cut);
      if (!(got == e.expected))
        CAF_ERROR(e.what << " cut into " << cut << ": got " << to_string(got) << ", expected "
                         << to_string(e.expected));
    }
  }
  CAF_CHECK(!examples.empty());
}

}  // namespace

CAF_TEST(good requests are read alike however they are cut) {
  check(good);
}

CAF_TEST(hostile requests are refused alike however they are cut) {
  check(hostile);
}

CAF_TEST(header names are in lower case and values without the spaces around them) {
  http_parser parser{header_max, body_max};
  CAF_REQUIRE(parser.feed(request(get, "X-Two:   a b  \r\nx-two: c\r\n")) == state::complete);
  const auto r = parser.take();
  CAF_CHECK_EQUAL(r.header("host"), "example.test");
  CAF_CHECK_EQUAL(r.header("x-two"), "a b");
  CAF_CHECK_EQUAL(r.header("missing"), "");
  CAF_CHECK_EQUAL(r.headers.size(), 3u);
}

CAF_TEST(trailers do not become headers) {
  http_parser parser{header_max, body_max};
  CAF_REQUIRE(parser.feed(request(post, chunked, "0\r\nX-Late: 1\r\n\r\n")) == state::complete);
  CAF_CHECK_EQUAL(parser.take().header("x-late"), "");
}

CAF_TEST(an expectation is reported when the header is there and the body is not ) {
  http_parser parser{header_max, body_max};
  const auto header = request(post, "Expect: 100-Continue\r\nContent-Length: 2\r\n");
  CAF_CHECK(parser.feed(header) == state::expects_continue);
  CAF_CHECK(parser.resume() == state::need_more);
  CAF_CHECK(parser.feed("a") == state::need_more);
  CAF_CHECK(parser.feed("b") == state::complete);
  CAF_CHECK_EQUAL(parser.take().body, "ab");
}

CAF_TEST(no body means nothing to expect) {
  http_parser parser{header_max, body_max};
  CAF_CHECK(parser.feed(request(get, "Expect: 100-continue\r\n")) == state::complete);
}

CAF_TEST(a body over the limit is refused before it is asked for) {
  http_parser parser{header_max, body_max};
  const auto header = request(post, "Expect: 100-continue\r\nContent-Length: 100001\r\n");
  CAF_CHECK(parser.feed(header) == state::fault);
  CAF_CHECK_EQUAL(parser.fault().status, 413u);
}

CAF_TEST(the bytes behind a request are kept for whoever comes next) {
  http_parser parser{header_max, body_max};
  CAF_CHECK(parser.idle());
  CAF_REQUIRE(parser.feed(request(get, "") + "\x81\x85rest") == state::complete);
  CAF_CHECK(!parser.idle());
  CAF_CHECK_EQUAL(parser.take_leftover(), "\x81\x85rest");
  CAF_CHECK_EQUAL(parser.take_leftover(), "");
}

CAF_TEST(the parser is idle again behind the last request) {
  http_parser parser{header_max, body_max};
  CAF_REQUIRE(parser.feed(request(get, "") + "\r\n") == state::complete);
  parser.take();
  CAF_CHECK(parser.next() == state::need_more);
  CAF_CHECK(parser.idle());
}
