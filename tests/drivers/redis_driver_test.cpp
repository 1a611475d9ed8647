#define CAF_SUITE drivers_socket.redis_driver

#include "../net/running_loop.hpp"
#include "drivers/redis_driver.hpp"
#include "recording_listener.hpp"
#include "redis_server.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace std::chrono_literals;
using drivers::driver_state;
using drivers::outcome;

namespace {

/// A driver in both directions.
struct end {
  explicit end(config::section_values sections, std::string origin = "one") {
    drivers::driver_settings how;
    how.inward = true;
    how.origin = std::move(origin);
    std::string error;
    driver = drivers::make_redis_driver(on.loop, sections, how, error);
    CAF_REQUIRE_EQUAL(error, "");
    on.start();
    on.run([this] { driver->start(listener); });
  }
  ~end() {
    on.run([this] { driver = nullptr; });
  }

  bool gets(driver_state state) {
    return on.eventually([&] { return listener.is(state); });
  }
  void publish(std::string channel, std::string event, std::string data) {
    on.run([&] {
      driver->publish({{std::move(channel)}, std::move(event), std::move(data), ""},
                      [this](const outcome& result) { answers.push_back(result); });
    });
  }
  bool hears(std::size_t events) {
    return on.eventually([&] { return listener.events.size() >= events; });
  }
  bool ignores(std::size_t messages) {
    return on.eventually([&] { return driver->stats().ignored >= messages; });
  }

  test::running_loop on;
  test::recording_listener listener;
  std::vector<outcome> answers;
  std::unique_ptr<drivers::driver> driver;
};

config::section_values at(const test::redis_server& server, std::string prefix = {}) {
  config::section_values sections;
  server.describe(sections);
  sections.edit<drivers::redis_settings>().prefix = std::move(prefix);
  return sections;
}

}  // namespace

CAF_TEST(what Laravel publishes comes in without the prefix and in order) {
  test::redis_server server;
  end one{at(server, "laravel[db]*")};
  CAF_REQUIRE(one.gets(driver_state::up));
  server.command({"PUBLISH", "laravel[db]*private-a",
                  R"({"event":"e1","data":{"z":1,"a":2},"socket":"1.2"})"});
  server.command({"PUBLISH", "laravelXdb-private-a", R"({"event":"other","data":1})"});
  server.command({"EVAL", "for i=1,#ARGV-1 do redis.call('publish', ARGV[i], ARGV[#ARGV]) end", "0",
                  "laravel[db]*b", "laravel[db]*c",
                  R"({"event":"e2","data":"text","socket":null})"});
  CAF_REQUIRE(one.hears(3));
  CAF_CHECK_EQUAL(one.listener.events[0].channel, "private-a");
  CAF_CHECK_EQUAL(one.listener.events[0].data, R"({"z":1,"a":2})");
  CAF_CHECK_EQUAL(one.listener.events[0].except, "1.2");
  CAF_CHECK_EQUAL(one.listener.events[1].channel, "b");
  CAF_CHECK_EQUAL(one.listener.events[2].channel, "c");
  CAF_CHECK_EQUAL(one.listener.events[2].data, "text");
}

CAF_TEST(two drivers hear each other and none hears itself) {
  test::redis_server server;
  end one{at(server, "p:"), "one"};
  end two{at(server, "p:"), "two"};
  CAF_REQUIRE(one.gets(driver_state::up));
  CAF_REQUIRE(two.gets(driver_state::up));
  one.publish("a", "from-one", "1");
  two.publish("a", "from-two", "2");
  CAF_REQUIRE(one.hears(1));
  CAF_REQUIRE(two.hears(1));
  // What comes after both has nothing between.
  server.command({"PUBLISH", "p:a", R"({"event":"last"})"});
  CAF_REQUIRE(one.hears(2));
  CAF_REQUIRE(two.hears(2));
  CAF_CHECK_EQUAL(one.listener.events[0].event, "from-two");
  CAF_CHECK_EQUAL(one.listener.events[1].event, "last");
  CAF_CHECK_EQUAL(two.listener.events[0].event, "from-one");
}

CAF_TEST(what is no event is counted and hurts nothing) {
  test::redis_server server;
  end one{at(server)};
  CAF_REQUIRE(one.gets(driver_state::up));
  server.command({"PUBLISH", "a", "not json"});
  server.command({"PUBLISH", "a", R"({"event":{}})"});
  server.command(
      {"PUBLISH", "a", R"({"event":"large","data":")" + std::string(3u << 20, 'x') + "\"}"});
  server.command(
      {"PUBLISH", "a", R"({"event":"million","data":")" + std::string(1'000'000, 'x') + "\"}"});
  CAF_REQUIRE(one.hears(1));
  CAF_CHECK_EQUAL(one.listener.events[0].data.size(), 1'000'000u);
  CAF_CHECK(one.ignores(3));
}

CAF_TEST(a server that comes back is subscribed to again and nothing waiting is lost) {
  test::redis_server server;
  end one{at(server)};
  CAF_REQUIRE(one.gets(driver_state::up));
  server.go_away();
  CAF_REQUIRE(one.gets(driver_state::away));
  one.publish("a", "waits", "1");
  server.come_back();
  CAF_REQUIRE(one.gets(driver_state::up));
  CAF_CHECK(one.on.eventually([&] { return one.answers.size() == 1; }));
  server.command({"PUBLISH", "a", R"({"event":"again"})"});
  CAF_REQUIRE(one.hears(1));
  CAF_CHECK_EQUAL(one.driver->stats().connects, 2u);
}

CAF_TEST(a server that hangs is noticed within ten seconds) {
  test::redis_server server;
  end one{at(server)};
  CAF_REQUIRE(one.gets(driver_state::up));
  server.pause();
  CAF_CHECK(one.gets(driver_state::away));
  server.resume();
  CAF_CHECK(one.gets(driver_state::up));
}

/// A user that may do what a bridge needs, in the channels that begin with "orders.".
const std::vector<std::string> narrow_user{"--user",      "narrow",        "on",        ">narrow",
                                           "~*",          "resetchannels", "&orders.*", "+ping",
                                           "+psubscribe", "+publish"};

config::section_values as_user(const test::redis_server& server, const std::string& user,
                               std::string prefix = {}) {
  auto sections = at(server, std::move(prefix));
  sections.edit<drivers::redis_settings>().url.insert(std::string{"redis://"}.size(), user + "@");
  return sections;
}

CAF_TEST(a wrong password and a missing right are told in a sentence) {
  auto options = narrow_user;
  options.insert(options.end(), {"--requirepass", "right"});
  test::redis_server server{options};
  end wrong{as_user(server, ":wrong")};
  end right{as_user(server, ":right")};
  end too_much{as_user(server, "narrow:narrow")};
  end enough{as_user(server, "narrow:narrow", "orders.")};
  CAF_CHECK(right.gets(driver_state::up));
  CAF_CHECK(enough.gets(driver_state::up));
  CAF_REQUIRE(wrong.gets(driver_state::halted));
  CAF_CHECK_EQUAL(wrong.listener.reasons.back().substr(0, 33), "Redis refuses the login: WRONGPAS");
  CAF_REQUIRE(too_much.gets(driver_state::halted));
  CAF_CHECK_EQUAL(too_much.listener.reasons.back().substr(0, 36),
                  "Redis refuses to subscribe to *: NOP");
}

CAF_TEST(an event that may not be published is refused and the next one goes) {
  test::redis_server server{narrow_user};
  end one{as_user(server, "narrow:narrow", "orders.")};
  CAF_REQUIRE(one.gets(driver_state::up));
  server.command({"ACL", "SETUSER", "narrow", "-publish"});
  one.publish("a", "e", "1");
  CAF_CHECK(one.on.eventually([&] { return one.answers.size() == 1; }));
  server.command({"ACL", "SETUSER", "narrow", "+publish"});
  one.publish("a", "e", "2");
  CAF_REQUIRE(one.on.eventually([&] { return one.answers.size() == 2; }));
  CAF_CHECK(one.answers[0].what == outcome::kind::refused);
  CAF_CHECK(one.answers[0].why.starts_with("Redis refuses to publish: NOPERM"));
  CAF_CHECK(one.answers[1].what == outcome::kind::delivered);
}
