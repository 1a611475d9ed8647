#define CAF_SUITE drivers.redis_protocol

#include "drivers/redis_protocol.hpp"

#include <string>
#include <vector>

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

using namespace grapevine::drivers;
using kind = redis_reply::kind;

namespace {

redis_reply text(std::string bytes) {
  return {kind::text, std::move(bytes), 0, {}};
}

std::vector<redis_reply> read(redis_parser& parser) {
  std::vector<redis_reply> replies;
  while (auto reply = parser.next())
    replies.push_back(std::move(*reply));
  return replies;
}

}  // namespace

CAF_TEST(a command carries its arguments byte for byte) {
  CAF_CHECK_EQUAL(redis_command({"PUBLISH", "a b", std::string_view{"\0\r\n", 3}}),
                  std::string("*3\r\n$7\r\nPUBLISH\r\n$3\r\na b\r\n$3\r\n\0\r\n\r\n", 35));
}

CAF_TEST(every kind of reply is read) {
  redis_parser parser{1000};
  parser.feed(
      "+PONG\r\n-ERR no\r\n:-7\r\n$-1\r\n$2\r\nab\r\n*2\r\n$1\r\nx\r\n*1\r\n:3\r\n*-1\r\n*0\r\n");
  const std::vector<redis_reply> expected{
      {kind::status, "PONG", 0, {}},
      {kind::error, "ERR no", 0, {}},
      {kind::integer, "", -7, {}},
      {},
      text("ab"),
      {kind::array, "", 0, {text("x"), {kind::array, "", 0, {{kind::integer, "", 3, {}}}}}},
      {},
      {kind::array, "", 0, {}},
  };
  CAF_CHECK(read(parser) == expected);
  CAF_CHECK_EQUAL(parser.fault(), "");
}

CAF_TEST(replies are the same however their bytes are cut) {
  const std::string bytes = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$5\r\nhello\r\n+OK\r\n";
  redis_parser whole{1000};
  whole.feed(bytes);
  const auto expected = read(whole);
  CAF_REQUIRE_EQUAL(expected.size(), 2u);
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    redis_parser parser{1000};
    parser.feed(bytes.substr(0, cut));
    auto got = read(parser);
    parser.feed(bytes.substr(cut));
    for (auto& each : read(parser))
      got.push_back(std::move(each));
    CAF_CHECK(got == expected);
  }
}

CAF_TEST(a stranger is recognised) {
  redis_parser parser{1000};
  parser.feed("HTTP/1.1 400 Bad Request\r\n\r\n");
  CAF_CHECK(read(parser).empty());
  CAF_CHECK_EQUAL(parser.fault(), "it does not speak Redis' protocol");
  parser.feed("+PONG\r\n");
  CAF_CHECK(read(parser).empty());
}

CAF_TEST(numbers with a fraction and truth values are not of our language) {
  for (const std::string bytes : {",1.5\r\n", "#t\r\n", "*1\r\n#t\r\n", "*2\r\n:1\r\n,2\r\n"}) {
    redis_parser parser{1000};
    parser.feed(bytes);
    CAF_CHECK(read(parser).empty());
    CAF_CHECK(!parser.fault().empty());
  }
}

CAF_TEST(a reply that grows past the bound and an array of too many are faults) {
  redis_parser parser{1000};
  parser.feed("$5000\r\n" + std::string(900, 'x'));
  CAF_CHECK(!parser.next());
  CAF_CHECK_EQUAL(parser.fault(), "");
  parser.feed(std::string(200, 'x'));
  CAF_CHECK(!parser.next());
  CAF_CHECK_EQUAL(parser.fault(), "it sent a reply of more than 1000 bytes");

  redis_parser other{1000};
  other.feed("*1000000000\r\n");
  CAF_CHECK(!other.next());
  CAF_CHECK_EQUAL(other.fault(), "it sent a reply with too many elements");
}

CAF_TEST(no bytes make the parser do worse than fail) {
  const bool held = rc::check([](const std::vector<std::string>& pieces) {
    redis_parser parser{4096};
    for (const auto& piece : pieces) {
      parser.feed(piece);
      while (parser.next()) {
      }
    }
  });
  CAF_CHECK(held);
}
