#define CAF_SUITE net_socket.http_session

#include "server_fixture.hpp"
#include "test_client.hpp"

#include <chrono>
#include <string>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::test;
using namespace std::chrono_literals;

namespace {

std::string get(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size())
         + "\r\n\r\n" + body;
}

unsigned status_of(test_client& client) {
  const auto response = client.read_response();
  return response ? response->status : 0;
}

std::string body_of(test_client& client) {
  const auto response = client.read_response();
  return response ? response->body : "no answer";
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

CAF_TEST(a connection serves one request after the other) {
  test_server server;
  test_client client{server.port()};
  for (int i = 0; i < 3; ++i) {
    client.send(post("/p?q=" + std::to_string(i), "body"));
    CAF_CHECK_EQUAL(body_of(client), "POST /p q=" + std::to_string(i) + " body");
  }
  client.send(get("/last", "Connection: close\r\n"));
  const auto last = client.read_response();
  CAF_REQUIRE(last.has_value());
  CAF_CHECK(has(last->head, "\r\nConnection: close\r\n"));
  CAF_CHECK(client.at_end());
  CAF_CHECK(server.wait_for_sessions(0));
  CAF_CHECK_EQUAL(server.stats.requests.load(), 4u);
  CAF_CHECK_EQUAL(server.stats.connections.load(), 0u);
}

CAF_TEST(requests in one piece are answered in order and one at a time) {
  test_server server;
  test_client client{server.port()};
  client.send(get("/later") + get("/b") + post("/c", "x"));
  CAF_REQUIRE(server.service.log.wait_for("GET /later"));
  test_client other{server.port()};
  other.send(get("/other"));
  CAF_CHECK_EQUAL(status_of(other), 200u);
  CAF_CHECK_EQUAL(server.service.log.count("GET /b"), 0u);
  server.run([&] {
    server.service.waiting.front()->answer({.status = 201, .body = "late", .headers = {}});
  });
  CAF_CHECK_EQUAL(status_of(client), 201u);
  CAF_CHECK_EQUAL(body_of(client), "GET /b  ");
  CAF_CHECK_EQUAL(body_of(client), "POST /c  x");
}

CAF_TEST(a request may come byte by byte) {
  test_server server;
  test_client client{server.port()};
  for (char c : post("/p", "body"))
    client.send({&c, 1});
  CAF_CHECK_EQUAL(body_of(client), "POST /p  body");
}

CAF_TEST(HEAD is answered without a body and the connection stays in step) {
  test_server server;
  test_client client{server.port()};
  client.send("HEAD /up HTTP/1.1\r\nHost: h\r\n\r\n" + get("/next"));
  const auto head = client.read_response(true);
  CAF_REQUIRE(head.has_value());
  CAF_CHECK(has(head->head, "\r\nContent-Length: 10\r\n"));
  CAF_CHECK_EQUAL(body_of(client), "GET /next  ");
}

CAF_TEST(HTTP 1.0 closes unless it asks to stay) {
  test_server server;
  test_client leaving{server.port()};
  leaving.send("GET / HTTP/1.0\r\n\r\n");
  CAF_CHECK_EQUAL(status_of(leaving), 200u);
  CAF_CHECK(leaving.at_end());
  test_client staying{server.port()};
  for (int i = 0; i < 2; ++i) {
    staying.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CAF_CHECK_EQUAL(status_of(staying), 200u);
  }
}

CAF_TEST(a client that waits for 100 gets it and one that expects too much is refused) {
  test_server server;
  test_client client{server.port()};
  client.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CAF_CHECK_EQUAL(status_of(client), 100u);
  client.send("ab");
  CAF_CHECK_EQUAL(body_of(client), "POST /p  ab");
  client.send(get("/", "Expect: tea\r\n"));
  CAF_CHECK_EQUAL(status_of(client), 417u);
  CAF_CHECK(client.at_end());
}

CAF_TEST(a malformed request is answered in JSON and costs its connection alone) {
  test_server server;
  test_client good{server.port()};
  test_client bad{server.port()};
  bad.send("no request\r\n\r\n");
  const auto response = bad.read_response();
  CAF_REQUIRE(response.has_value());
  CAF_CHECK_EQUAL(response->status, 400u);
  CAF_CHECK_EQUAL(response->body, R"({"error":"malformed request","code":400})");
  CAF_CHECK(has(response->head, "\r\nConnection: close\r\n"));
  CAF_CHECK(bad.at_end());
  CAF_CHECK_EQUAL(server.stats.protocol_errors.load(), 1u);
  good.send(get("/"));
  CAF_CHECK_EQUAL(status_of(good), 200u);
}

CAF_TEST(a request behind a malformed one is never served) {
  test_server server;
  test_client client{server.port()};
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n" + get("/evil"));
  CAF_CHECK_EQUAL(status_of(client), 501u);
  CAF_CHECK(client.at_end());
  CAF_CHECK_EQUAL(server.service.log.count("GET /evil"), 0u);
}

CAF_TEST(a client in the middle of a large upload sees why it is refused) {
  test_server server;
  test_client client{server.port()};
  client.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
  CAF_CHECK(client.send(std::string(2'000'000, 'x')));
  CAF_CHECK_EQUAL(status_of(client), 413u);
  CAF_CHECK(client.at_end());
}

CAF_TEST(a header over the limit is refused with 431) {
  test_server server;
  test_client client{server.port()};
  client.send(get("/", "X: " + std::string(20'000, 'x') + "\r\n"));
  CAF_CHECK_EQUAL(status_of(client), 431u);
  CAF_CHECK(client.at_end());
}

CAF_TEST(a request that is not complete in time is answered 408) {
  net::client_session_settings settings;
  settings.handshake_timeout = 150ms;
  test_server server{settings};
  test_client silent{server.port()};
  test_client slow{server.port()};
  slow.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  CAF_CHECK_EQUAL(status_of(slow), 408u);
  CAF_CHECK(slow.at_end());
  CAF_CHECK_EQUAL(status_of(silent), 408u);
  CAF_CHECK(silent.at_end());
}

CAF_TEST(the second request of a connection has its own deadline) {
  net::client_session_settings settings;
  settings.handshake_timeout = 150ms;
  test_server server{settings};
  test_client client{server.port()};
  client.send(get("/"));
  CAF_CHECK_EQUAL(status_of(client), 200u);
  client.send("GET / HT");
  CAF_CHECK_EQUAL(status_of(client), 408u);
}

CAF_TEST(a connection between two requests is closed without a word) {
  net::client_session_settings settings;
  settings.keep_alive_timeout = 150ms;
  test_server server{settings};
  test_client client{server.port()};
  client.send(get("/"));
  CAF_CHECK_EQUAL(status_of(client), 200u);
  CAF_CHECK_EQUAL(client.read(1), "");
  CAF_CHECK(server.wait_for_sessions(0));
}

CAF_TEST(a service that takes long is not cut off by the request deadline) {
  net::client_session_settings settings;
  settings.handshake_timeout = 100ms;
  test_server server{settings};
  test_client client{server.port()};
  client.send(get("/later"));
  CAF_REQUIRE(server.service.log.wait_for("GET /later"));
  // Outlives the deadline by watching another connection run into it.
  test_client other{server.port()};
  CAF_CHECK_EQUAL(status_of(other), 408u);
  server.run([&] { server.service.waiting.front()->answer({}); });
  CAF_CHECK_EQUAL(status_of(client), 200u);
}

CAF_TEST(a service that throws or drops its responder answers 500) {
  test_server server;
  for (auto path : {"/throw", "/drop"}) {
    test_client client{server.port()};
    client.send(get(path));
    CAF_CHECK_EQUAL(status_of(client), 500u);
    CAF_CHECK(client.at_end());
  }
  test_client upgrading{server.port()};
  upgrading.send(handshake("/throw"));
  CAF_CHECK_EQUAL(status_of(upgrading), 500u);
}

CAF_TEST(an answer for a client that is gone does nothing) {
  test_server server;
  test_client client{server.port()};
  client.send(get("/later"));
  CAF_REQUIRE(server.service.log.wait_for("GET /later"));
  server.run([&] { server.listener().abort_sessions(); });
  server.run([&] {
    server.service.waiting.front()->answer({});
    server.service.waiting.clear();
  });
  CAF_CHECK(server.wait_for_sessions(0));
  CAF_CHECK_EQUAL(server.stats.requests.load(), 0u);
}

CAF_TEST(a responder may outlive its server) {
  std::list<std::unique_ptr<net::responder>> waiting;
  {
    test_server server;
    test_client client{server.port()};
    client.send(get("/later"));
    CAF_REQUIRE(server.service.log.wait_for("GET /later"));
    server.run([&] { waiting.swap(server.service.waiting); });
  }
  CAF_CHECK_EQUAL(waiting.size(), 1u);
  waiting.front()->answer({});
}

CAF_TEST(an answer of a service that has thrown does nothing) {
  test_server server;
  test_client client{server.port()};
  client.send(get("/keep-and-throw"));
  CAF_CHECK_EQUAL(status_of(client), 500u);
  CAF_CHECK(client.at_end());
  client.half_close();
  CAF_REQUIRE(server.wait_for_sessions(0));
  server.run([&] {
    server.service.waiting.front()->answer({});
    server.service.waiting.clear();
  });
  CAF_CHECK_EQUAL(server.stats.requests.load(), 1u);
}

CAF_TEST(a client that stopped sending still gets its answer) {
  test_server server;
  test_client client{server.port()};
  client.send(get("/later"));
  client.half_close();
  CAF_REQUIRE(server.service.log.wait_for("GET /later"));
  server.run([&] { server.service.waiting.front()->answer({}); });
  CAF_CHECK_EQUAL(status_of(client), 200u);
  CAF_CHECK(client.at_end());
}

CAF_TEST(a large answer arrives whole at a client with a small window) {
  test_server server;
  test_client client{server.port(), false, 4096};
  client.send(get("/large?8000000") + get("/next"));
  CAF_CHECK_EQUAL(body_of(client).size(), 8'000'000u);
  CAF_CHECK_EQUAL(body_of(client), "GET /next  ");
}

CAF_TEST(a client that does not take its answer loses its connection) {
  net::client_session_settings settings;
  settings.keep_alive_timeout = 150ms;
  test_server server{settings};
  test_client client{server.port(), false, 4096};
  client.send(get("/large?30000000"));
  CAF_REQUIRE(server.service.log.wait_for("GET /large"));
  CAF_CHECK(server.wait_for_sessions(0));
  CAF_CHECK(client.was_reset());
}

CAF_TEST(the path prefix is taken off and other paths are not found) {
  net::client_session_settings settings;
  settings.path_prefix = "/live";
  test_server server{settings};
  test_client client{server.port()};
  const std::pair<const char*, const char*> cases[] = {
      {"/live/up", "GET /up  "},
      {"/live", "GET /  "},
      {"/up", R"({"error":"not found","code":404})"},
      {"/lively", R"({"error":"not found","code":404})"},
  };
  for (const auto& [path, expected] : cases) {
    client.send(get(path));
    CAF_CHECK_EQUAL(body_of(client), expected);
  }
  CAF_CHECK(client.upgrade("/live/app/key"));
  CAF_CHECK_EQUAL(server.service.log.count("upgrade /app/key"), 1u);
}

CAF_TEST(CORS answers preflights itself and marks every answer) {
  net::client_session_settings settings;
  settings.cors = true;
  test_server server{settings};
  test_client client{server.port()};
  client.send("OPTIONS /auth HTTP/1.1\r\nHost: h\r\nOrigin: https://page.test\r\n"
              "Access-Control-Request-Method: POST\r\n"
              "Access-Control-Request-Headers: authorization\r\n\r\n");
  const auto preflight = client.read_response();
  CAF_REQUIRE(preflight.has_value());
  CAF_CHECK_EQUAL(preflight->status, 204u);
  CAF_CHECK(has(preflight->head, "Access-Control-Allow-Origin: https://page.test\r\n"));
  CAF_CHECK(has(preflight->head, "Access-Control-Allow-Headers: authorization\r\n"));
  client.send(get("/"));
  const auto answer = client.read_response();
  CAF_REQUIRE(answer.has_value());
  CAF_CHECK(has(answer->head, "Access-Control-Allow-Origin: *\r\n"));
  CAF_CHECK_EQUAL(server.service.log.count("OPTIONS /auth"), 0u);
}

CAF_TEST(a trusted proxy names the client) {
  net::client_session_settings settings;
  settings.trusted_proxies = {"127.0.0.0/8"};
  test_server trusting{settings};
  test_client through_proxy{trusting.port()};
  through_proxy.send(get("/address", "X-Forwarded-For: 6.6.6.6, 9.9.9.9\r\n"));
  CAF_CHECK_EQUAL(body_of(through_proxy), "9.9.9.9");
  test_server wary;
  test_client direct{wary.port()};
  direct.send(get("/address", "X-Forwarded-For: 9.9.9.9\r\n"));
  CAF_CHECK_EQUAL(body_of(direct), "127.0.0.1");
}
