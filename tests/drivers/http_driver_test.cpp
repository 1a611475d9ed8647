#define CAF_SUITE drivers_socket.http_driver

#include "drivers/http_driver.hpp"

#include "drivers/pusher_target.hpp"
#include "http_api.hpp"
#include "recording_listener.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace std::chrono_literals;
using drivers::driver_state;
using drivers::outcome;
using test::scripted_answer;

namespace {

struct fixture {
  fixture() {
    net::http_client_settings to;
    to.host = "127.0.0.1";
    to.port = api.port;
    to.answer_timeout = 300ms;
    driver = std::make_unique<drivers::http_driver>(
        on.loop, to,
        std::make_unique<drivers::pusher_target>(drivers::pusher_account{"7", "key", "secret"}),
        "side", 1u << 20, 1);
    on.start();
    on.run([this] { driver->start(listener); });
  }
  ~fixture() {
    on.run([this] { driver = nullptr; });
  }

  void publish(std::string event, std::string data = "1") {
    on.run([&] {
      driver->publish({{"a"}, event, std::move(data), ""}, [this, event](const outcome& result) {
        constexpr const char* kinds[] = {" delivered", " dropped", " refused"};
        ends.push_back(event + kinds[static_cast<int>(result.what)]);
        why = result.why;
      });
    });
  }
  bool ends_with(const std::vector<std::string>& expected) {
    return on.eventually([&] { return ends == expected; });
  }
  bool gets(driver_state state) {
    return on.eventually([&] { return listener.is(state); });
  }

  test::http_api api;
  test::running_loop on;
  test::recording_listener listener;
  std::vector<std::string> ends;
  std::string why;
  std::unique_ptr<drivers::http_driver> driver;
};

using words = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(http_driver_tests, fixture)

CAF_TEST(400 and 413 are refusals and the next event goes) {
  api.will_answer(scripted_answer::of(400, "bad\nname"));
  api.will_answer(scripted_answer::of(413));
  publish("one");
  publish("two");
  publish("three");
  CAF_CHECK(ends_with({"one refused", "two refused", "three delivered"}));
  CAF_CHECK_EQUAL(api.requests().size(), 3u);
}

CAF_TEST(401 refuses the event and halts the driver) {
  api.will_answer(scripted_answer::of(401, "Invalid signature"));
  publish("one");
  publish("two");
  CAF_CHECK(gets(driver_state::halted));
  CAF_CHECK(ends_with({"one refused"}));
  CAF_CHECK_EQUAL(why, "it answers 401: Invalid signature");
  CAF_CHECK_EQUAL(driver->stats().queue_events, 1u);
}

CAF_TEST(429 is tried again not before the time it names) {
  api.will_answer(scripted_answer::of(429, "{}", "Retry-After: 1\r\n"));
  const auto from = std::chrono::steady_clock::now();
  publish("one");
  publish("two");
  CAF_CHECK(ends_with({"one delivered", "two delivered"}));
  CAF_CHECK(std::chrono::steady_clock::now() - from >= 950ms);
  CAF_CHECK_EQUAL(api.requests().size(), 3u);
}

CAF_TEST(failures half answers hang ups and silence are tried again in order) {
  api.will_answer(scripted_answer::of(500));
  api.will_answer({"HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\nhalf", true});
  api.will_answer({"", true});
  api.will_answer({"", false});
  publish("one");
  publish("two");
  CAF_CHECK(gets(driver_state::away));
  CAF_CHECK(ends_with({"one delivered", "two delivered"}));
  CAF_CHECK(gets(driver_state::up));
  CAF_CHECK_EQUAL(api.requests().size(), 6u);
}

CAF_TEST(what can never be sent costs no request) {
  publish("large", std::string(10'241, 'x'));
  publish(std::string(201, 'n'));
  publish("fits", std::string(10'240, 'x'));
  CAF_CHECK(ends_with({"large refused", std::string(201, 'n') + " refused", "fits delivered"}));
  CAF_CHECK_EQUAL(api.requests().size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
