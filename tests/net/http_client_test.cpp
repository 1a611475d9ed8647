#define CAF_SUITE net_socket.http_client

#include "net/http_client.hpp"

#include "scripted_http_server.hpp"
#include "unread_listener.hpp"

#include <functional>
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
    settings.host = "127.0.0.1";
    settings.port = server.port;
    on.start();
  }
  ~fixture() {
    on.run([this] { client = nullptr; });
  }

  void send(std::string body = "hello") {
    on.run([&] {
      if (!client)
        client = std::make_unique<net::http_client>(on.loop, settings);
      client->send({"POST", "/path?a=b", {{"X-One", "1"}}, std::move(body)},
                   [this](net::request_result result) { results.push_back(std::move(result)); });
    });
  }
  bool gets(std::size_t n) {
    return on.eventually([&] { return results.size() >= n; });
  }
  std::string told(std::size_t i = 0) {
    if (const auto* answer = std::get_if<incoming_answer>(&results.at(i)))
      return std::to_string(answer->status) + " " + answer->body;
    const auto& failure = std::get<request_failure>(results.at(i));
    constexpr const char* kinds[] = {"unreachable", "timed out", "broken", "too large"};
    return kinds[static_cast<int>(failure.what)];
  }

  test::scripted_http_server server;
  test::running_loop on;
  net::http_client_settings settings;
  std::unique_ptr<net::http_client> client;
  std::vector<net::request_result> results;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(http_client_tests, fixture)

CAF_TEST(a request arrives whole and its answer comes back) {
  server.will_answer(scripted_answer::of(201, "made", "Retry-After: 7\r\n"));
  send();
  CAF_REQUIRE(gets(1));
  CAF_CHECK_EQUAL(told(), "201 made");
  CAF_CHECK_EQUAL(std::get<incoming_answer>(results[0]).header("retry-after"), "7");
  CAF_CHECK_EQUAL(server.request(0),
                  "POST /path?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port)
                      + "\r\nUser-Agent: grapevine\r\nX-One: 1\r\nContent-Length: 5\r\n\r\nhello");
}

CAF_TEST(a connection is kept and used again) {
  for (std::size_t i = 1; i <= 5; ++i) {
    send();
    CAF_REQUIRE(gets(i));
  }
  CAF_CHECK_EQUAL(server.connections(), 1u);
}

CAF_TEST(no more connections than allowed are made and the rest wait) {
  settings.connections_max = 2;
  for (int i = 0; i < 10; ++i)
    send();
  CAF_REQUIRE(gets(10));
  CAF_CHECK_EQUAL(server.connections(), 2u);
}

CAF_TEST(a kept connection that the server has closed costs nothing but a new one) {
  send();
  CAF_REQUIRE(gets(1));
  server.close();
  server.reopen();
  send();
  CAF_REQUIRE(gets(2));
  CAF_CHECK_EQUAL(told(1), "200 {}");
}

CAF_TEST(an answer without a length ends with the connection) {
  server.will_answer({"HTTP/1.1 200 x\r\n\r\nto the end", true});
  send();
  CAF_REQUIRE(gets(1));
  CAF_CHECK_EQUAL(told(), "200 to the end");
}

CAF_TEST(chunks and interim answers are read) {
  server.will_answer(
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
       false});
  send();
  CAF_REQUIRE(gets(1));
  CAF_CHECK_EQUAL(told(), "200 abcde");
}

CAF_TEST(half an answer a hang up and rubbish are failures) {
  server.will_answer({"HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\nhalf", true});
  send();
  CAF_REQUIRE(gets(1));
  server.will_answer({"", true});
  send();
  CAF_REQUIRE(gets(2));
  server.will_answer({"SSH-2.0-OpenSSH\r\n\r\n", false});
  send();
  CAF_REQUIRE(gets(3));
  CAF_CHECK_EQUAL(told(0), "broken");
  CAF_CHECK_EQUAL(told(1), "broken");
  CAF_CHECK_EQUAL(told(2), "broken");
  send();
  CAF_REQUIRE(gets(4));
  CAF_CHECK_EQUAL(told(3), "200 {}");
}

CAF_TEST(an answer that is too large is cut off) {
  settings.answer_bytes_max = 100;
  server.will_answer(scripted_answer::of(200, std::string(101, 'x')));
  send();
  CAF_REQUIRE(gets(1));
  CAF_CHECK_EQUAL(told(), "too large");
}

CAF_TEST(a server that says nothing is given up in time) {
  settings.answer_timeout = 200ms;
  server.will_answer({"", false});
  send();
  CAF_REQUIRE(gets(1));
  CAF_CHECK_EQUAL(told(), "timed out");
}

CAF_TEST(an answer is taken before its request has left and the connection is given up) {
  test::unread_listener busy;
  settings.port = busy.port();
  settings.connections_max = 1;
  for (std::size_t i = 1; i <= 2; ++i) {
    send(std::string(64u << 20, 'x'));
    CAF_REQUIRE(busy.answer("HTTP/1.1 413 x\r\nContent-Length: 2\r\n\r\nno"));
    CAF_REQUIRE(gets(i));
    CAF_CHECK_EQUAL(told(i - 1), "413 no");
  }
}

CAF_TEST(requests that are sent from completions share one connection) {
  std::function<void()> ask = [&] {
    client->send({"GET", "/", {}, {}}, [&](net::request_result result) {
      results.push_back(std::move(result));
      if (results.size() < 100)
        ask();
    });
  };
  on.run([&] {
    client = std::make_unique<net::http_client>(on.loop, settings);
    ask();
  });
  CAF_REQUIRE(gets(100));
  CAF_CHECK_EQUAL(server.connections(), 1u);
}

CAF_TEST(nobody there is unreachable) {
  server.close();
  send();
  CAF_REQUIRE(gets(1));
  CAF_CHECK_EQUAL(told(), "unreachable");
}

CAF_TEST(the client may end inside a completion) {
  on.run([&] {
    client = std::make_unique<net::http_client>(on.loop, settings);
    client->send({"GET", "/", {}, {}}, [this](net::request_result result) {
      results.push_back(std::move(result));
      client = nullptr;
    });
    client->send({"GET", "/", {}, {}},
                 [this](net::request_result result) { results.push_back(std::move(result)); });
  });
  CAF_REQUIRE(gets(1));
  on.run([this] { CAF_CHECK_EQUAL(results.size(), 1u); });
}

CAF_TEST_FIXTURE_SCOPE_END()
