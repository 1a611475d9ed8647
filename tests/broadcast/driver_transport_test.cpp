#define CAF_SUITE broadcast_socket.driver_transport

#include "broadcast/driver_transport.hpp"

#include "../drivers/redis_server.hpp"
#include "../net/scripted_http_server.hpp"
#include "../net/temporary_certificate.hpp"

#include "caf/test/dsl.hpp"

#include <future>

using namespace grapevine;
using namespace grapevine::broadcasting;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using test::scripted_answer;

namespace {

broadcast_item item(std::string name) {
  return {{"orders"}, std::move(name), R"({"n":1})", {}, {}, {}};
}

struct fixture {
  // An account at a server of ours, over TLS.
  void serve() {
    const auto files = authority.issue("a service", {"localhost"});
    std::string error;
    tls = net::tls_context::load(files.certificate, files.key, error);
    CAF_REQUIRE_EQUAL(error, "");
    server = std::make_unique<test::scripted_http_server>(tls.get());
    settings.ca_file = authority.certificate();
    settings.pusher_app_id = "7";
    settings.pusher_key = "key";
    settings.pusher_secret = "secret";
    settings.pusher_host = "localhost";
    settings.pusher_port = server->port;
    settings.ably_key = "app.key:secret";
    settings.ably_host = "localhost";
    settings.ably_port = server->port;
  }

  broadcast_result open(std::string_view driver) {
    broadcast_result error;
    through = make_driver_transport(std::make_shared<loop_thread>(), driver, settings, error);
    return error;
  }

  broadcast_result send(std::string name, std::chrono::milliseconds within = 20s) {
    return through->send({item(std::move(name))}, steady::now() + within).front();
  }

  // The same, and that nobody had to wait for it.
  broadcast_result send_at_once(std::string name) {
    const auto from = steady::now();
    auto result = send(std::move(name));
    CAF_CHECK_LESS(steady::now() - from, 10s);
    return result;
  }

  test::temporary_authority authority;
  std::unique_ptr<net::tls_context> tls;
  std::unique_ptr<test::scripted_http_server> server;
  broadcast_settings settings;
  std::unique_ptr<transport> through;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(driver_transport_tests, fixture)

CAF_TEST(what is missing is told by its name) {
  CAF_CHECK_EQUAL(open("pigeon"), broadcast_result(broadcast_errc::unknown_driver,
                                                   "There is no driver \"pigeon\""));
  for (auto [driver, setting] :
       {std::pair{"pusher", "pusher_app_id"}, std::pair{"ably", "ably_key"}})
    CAF_CHECK_EQUAL(open(driver), broadcast_result(broadcast_errc::misconfigured,
                                                   "The driver \"" + std::string{driver}
                                                       + "\" needs " + setting));
  settings.redis_url = "http://localhost";
  CAF_CHECK_EQUAL(open("redis").code(), broadcast_errc::misconfigured);
  settings = {.ca_file = "/nowhere.pem", .redis_url = "rediss://localhost"};
  CAF_CHECK_EQUAL(open("redis").code(), broadcast_errc::misconfigured);
}

CAF_TEST(drivers without another side deliver at once) {
  for (auto driver : {"null", "log"}) {
    CAF_REQUIRE(open(driver).ok());
    CAF_CHECK(send("a").ok());
  }
}

CAF_TEST(a service is asked over TLS and in order) {
  serve();
  for (auto driver : {"pusher", "ably"}) {
    CAF_REQUIRE(open(driver).ok());
    const auto before = server->requests().size();
    const auto results = through->send({item("a"), item("b"), item("c")}, steady::now() + 20s);
    for (const auto& one : results)
      CAF_CHECK(one.ok());
    const auto seen = server->requests();
    CAF_REQUIRE_EQUAL(seen.size(), before + 3);
    for (std::size_t i = 0; i < 3; ++i)
      CAF_CHECK(seen[before + i].find(std::string{R"("name":")"} + "abc"[i] + '"')
                != std::string::npos);
  }
}

CAF_TEST(a service that cannot prove who it is gets nothing and is told as unreachable) {
  serve();
  const test::temporary_authority other{"another authority"};
  settings.ca_file = other.certificate();
  for (auto driver : {"pusher", "ably"}) {
    CAF_REQUIRE(open(driver).ok());
    CAF_CHECK_EQUAL(send("a", 500ms),
                    broadcast_result(broadcast_errc::unreachable,
                                     std::string{driver}
                                         + ": cannot connect: the peer's certificate is refused: "
                                           "unable to get local issuer certificate"));
  }
  CAF_CHECK(server->requests().empty());
}

CAF_TEST(a refusal is quoted and the next event is sent) {
  serve();
  CAF_REQUIRE(open("pusher").ok());
  server->will_answer(scripted_answer::of(400, "bad data"));
  const auto refused = send("a");
  CAF_CHECK_EQUAL(refused.code(), broadcast_errc::refused);
  CAF_CHECK(refused.message().find("bad data") != std::string::npos);
  CAF_CHECK(send("b").ok());
}

CAF_TEST(after wrong credentials nobody waits to hear it again) {
  serve();
  CAF_REQUIRE(open("ably").ok());
  server->will_answer(scripted_answer::of(401, R"({"error":{"code":40101,"message":"no"}})"));
  CAF_CHECK_EQUAL(send("a").code(), broadcast_errc::refused);
  const auto next = send_at_once("b");
  CAF_CHECK_EQUAL(next.code(), broadcast_errc::unreachable);
  CAF_CHECK(next.message().find("40101 no") != std::string::npos);
  CAF_CHECK_EQUAL(server->requests().size(), 1u);
}

CAF_TEST(a service that does not answer in time is told as that) {
  serve();
  CAF_REQUIRE(open("ably").ok());
  server->will_answer({"", false});
  CAF_CHECK_EQUAL(send("a", 300ms),
                  broadcast_result(broadcast_errc::timed_out, "ably: no answer in time"));
}

CAF_TEST(stopping ends what is under way) {
  serve();
  CAF_REQUIRE(open("pusher").ok());
  server->will_answer({"", false});
  auto result = std::async(std::launch::async, [&] { return send("a"); });
  CAF_REQUIRE(server->is_asked(1));
  through->stop();
  CAF_CHECK_EQUAL(result.get().code(), broadcast_errc::stopped);
  CAF_CHECK_EQUAL(send("b").code(), broadcast_errc::stopped);
}

CAF_TEST(Redis that is away is waited for and then told) {
  test::redis_server redis;
  settings.redis_url = redis.url();
  CAF_REQUIRE(open("redis").ok());
  CAF_CHECK(send("a").ok());
  redis.go_away();
  CAF_CHECK_EQUAL(send("b", 300ms).code(), broadcast_errc::unreachable);
  auto waiting = std::async(std::launch::async, [&] { return send("c"); });
  redis.come_back();
  CAF_CHECK(waiting.get().ok());
}

CAF_TEST(Redis that refuses the password is told at once) {
  test::redis_server redis{{"--requirepass", "right"}};
  settings.redis_url = "redis://:wrong@" + redis.url().substr(std::string{"redis://"}.size());
  CAF_REQUIRE(open("redis").ok());
  // The first may be given to the driver before it knows.
  send("a", 300ms);
  const auto refused = send_at_once("b");
  CAF_CHECK_EQUAL(refused.code(), broadcast_errc::unreachable);
  CAF_CHECK(refused.message().find("WRONGPASS") != std::string::npos);
  CAF_CHECK(refused.message().find("wrong@") == std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
