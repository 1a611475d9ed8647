#define CAF_SUITE net_socket.listener

#include "net/listener.hpp"

#include "server_fixture.hpp"
#include "test_client.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <string>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::test;

namespace {

struct second_listener {
  net::loop loop;
  fake_service service;
  net::socket_stats stats;
  net::listener listener{loop, service, {}, nullptr, stats};
};

const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

}  // namespace

CAF_TEST(a port that somebody listens on is refused although it is shared) {
  test_server server;
  const auto port = std::to_string(server.port());
  const auto result = net::probe_address("127.0.0.1", server.port());
  CAF_CHECK_EQUAL(result.error, "cannot listen on 127.0.0.1:" + port + ": Address already in use");
}

CAF_TEST(names are resolved to a numeric address and port 0 to a real one) {
  const auto result = net::probe_address("localhost", 0);
  CAF_CHECK_EQUAL(result.error, "");
  CAF_CHECK(result.address.host == "127.0.0.1" || result.address.host == "::1");
  CAF_CHECK(result.address.port != 0);
}

CAF_TEST(a name that does not exist is one sentence) {
  const auto result = net::probe_address("nowhere.invalid", 8000);
  CAF_CHECK(result.error.starts_with("cannot listen on nowhere.invalid:8000: "));
  const auto v6 = net::probe_address("2001:db8::1", 8000);
  CAF_CHECK(v6.error.starts_with("cannot listen on [2001:db8::1]:8000: "));
}

CAF_TEST(an address that is not ours cannot be listened on) {
  second_listener other;
  CAF_CHECK(
      other.listener.listen({"192.0.2.1", 4711}).starts_with("cannot listen on 192.0.2.1:4711: "));
}

CAF_TEST(two listeners share a port) {
  test_server server;
  second_listener other;
  CAF_CHECK_EQUAL(other.listener.listen({"127.0.0.1", server.port()}), "");
  other.listener.close();
}

CAF_TEST(IPv6 is served where the machine has it) {
  auto bound = net::probe_address("::1", 0);
  if (!bound.error.empty()) {
    CAF_CHECK(bound.error.starts_with("cannot listen on [::1]:0: "));
    return;
  }
  second_listener other;
  CAF_CHECK_EQUAL(other.listener.listen(bound.address), "");
}

CAF_TEST(a closed listener accepts nobody and keeps its sessions) {
  test_server server;
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade());
  server.run([&] { server.listener().close(); });
  bool refused = false;
  try {
    test_client late{server.port()};
  } catch (const std::runtime_error&) {
    refused = true;
  }
  CAF_CHECK(refused);
  client.send_text("still here");
  const auto echo = client.read_frame();
  CAF_REQUIRE(echo.has_value());
  CAF_CHECK_EQUAL(echo->payload, "still here");
}

CAF_TEST(many connections at once are all served) {
  test_server server;
  std::list<test_client> clients;
  for (int i = 0; i < 200; ++i)
    clients.emplace_back(server.port()).send(request);
  for (auto& client : clients) {
    const auto response = client.read_response();
    CAF_REQUIRE(response.has_value());
    CAF_REQUIRE(response->status == 200);
  }
  CAF_CHECK_EQUAL(server.stats.accepted.load(), 200u);
  CAF_CHECK_EQUAL(server.stats.connections.load(), 200u);
}

CAF_TEST(running out of descriptors delays connections and loses none) {
  test_server server;
  rlimit usual{};
  ::getrlimit(RLIMIT_NOFILE, &usual);
  // The client takes the last descriptor that is allowed.
  const int next = ::dup(0);
  ::close(next);
  const rlimit tight{static_cast<rlim_t>(next) + 1, usual.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &tight);
  test_client client{server.port()};
  client.send(request);
  const bool noticed = server.eventually([&] { return server.stats.accept_errors.load() > 0; });
  ::setrlimit(RLIMIT_NOFILE, &usual);
  CAF_CHECK(noticed);
  const auto response = client.read_response();
  CAF_REQUIRE(response.has_value());
  CAF_CHECK_EQUAL(response->status, 200u);
}
