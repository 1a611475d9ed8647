#define CAF_SUITE drivers.redis_session

#include "drivers/redis_session.hpp"

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine::drivers;
using namespace std::chrono_literals;
using kind = redis_reply::kind;
using time_point = redis_session::time_point;

namespace {

const redis_reply ok{kind::status, "OK", 0, {}};
const redis_reply pong{kind::status, "PONG", 0, {}};

redis_reply error(std::string text) {
  return {kind::error, std::move(text), 0, {}};
}

/// Actions as words, so that a test reads as a list.
std::vector<std::string> words(const redis_session::actions& actions) {
  struct names {
    std::string operator()(const redis_session::dial&) const {
      return "dial";
    }
    std::string operator()(const redis_session::send& x) const {
      std::string shown = "send";
      for (const auto* word : {"AUTH", "PSUBSCRIBE", "PING"})
        if (x.bytes.find(word) != std::string::npos)
          shown += std::string{" "} + word;
      return shown;
    }
    std::string operator()(const redis_session::hang_up&) const {
      return "hang up";
    }
    std::string operator()(const redis_session::ready&) const {
      return "ready";
    }
    std::string operator()(const redis_session::lost&) const {
      return "lost";
    }
    std::string operator()(const redis_session::report& x) const {
      return std::string{to_string(x.state)} + ": " + x.why;
    }
  };
  std::vector<std::string> result;
  for (const auto& each : actions)
    result.push_back(std::visit(names{}, each));
  return result;
}

using steps = std::vector<std::string>;

struct fixture {
  explicit fixture() : session{settings()} {}

  static redis_session_settings settings() {
    redis_session_settings result;
    result.preparation = {{{"AUTH", "secret"}, "the login", {}},
                          {{"PSUBSCRIBE", "a*"}, "to subscribe to a*", "BUSYGROUP"}};
    return result;
  }
  steps reply(const redis_reply& reply) {
    return words(session.on_reply(reply, now, ours));
  }
  void get_ready() {
    session.start(now);
    session.on_open(now);
    reply(ok);
    reply({kind::array, "", 0, {}});
    CAF_REQUIRE_EQUAL(reply(pong), (steps{"ready", "up: connected"}));
  }
  steps wait_until_due() {
    CAF_REQUIRE(session.deadline() != time_point::max());
    now = session.deadline();
    return words(session.on_tick(now));
  }

  redis_session session;
  time_point now{};
  bool ours = false;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_session_tests, fixture)

CAF_TEST(it dials prepares and is ready) {
  CAF_CHECK_EQUAL(words(session.start(now)), (steps{"dial"}));
  CAF_CHECK_EQUAL(words(session.on_open(now)), (steps{"send AUTH PSUBSCRIBE PING"}));
  CAF_CHECK_EQUAL(reply(ok), (steps{}));
  CAF_CHECK_EQUAL(reply({kind::array, "", 0, {}}), (steps{}));
  CAF_CHECK(!session.is_ready());
  CAF_CHECK_EQUAL(
      reply({kind::array, "", 0, {{kind::text, "pong", 0, {}}, {kind::text, "", 0, {}}}}),
      (steps{"ready", "up: connected"}));
  CAF_CHECK(session.is_ready());
}

CAF_TEST(a wrong password halts it with one sentence and it tries again) {
  session.start(now);
  session.on_open(now);
  CAF_CHECK_EQUAL(
      reply(error("WRONGPASS invalid username-password pair")),
      (steps{"hang up",
             "halted: Redis refuses the login: WRONGPASS invalid username-password pair"}));
  CAF_CHECK(session.deadline() >= now + 10s);
  CAF_CHECK_EQUAL(wait_until_due(), (steps{"dial"}));
  session.on_open(now);
  CAF_CHECK_EQUAL(reply(error("WRONGPASS invalid username-password pair")), (steps{"hang up"}));
}

CAF_TEST(a missing right is named) {
  session.start(now);
  session.on_open(now);
  reply(ok);
  CAF_CHECK_EQUAL(
      reply(error("NOPERM no permissions")),
      (steps{"hang up", "halted: Redis refuses to subscribe to a*: NOPERM no permissions"}));
}

CAF_TEST(a server that is starting is only away) {
  session.start(now);
  session.on_open(now);
  CAF_CHECK_EQUAL(
      reply(error("LOADING Redis is loading the dataset in memory")),
      (steps{"hang up",
             "away: Redis refuses the login: LOADING Redis is loading the dataset in memory"}));
  CAF_CHECK(session.deadline() <= now + 1s);
}

CAF_TEST(a tolerated error is as good as success) {
  session.start(now);
  session.on_open(now);
  reply(ok);
  CAF_CHECK_EQUAL(reply(error("BUSYGROUP Consumer Group name already exists")), (steps{}));
  CAF_CHECK_EQUAL(reply(pong), (steps{"ready", "up: connected"}));
}

CAF_TEST(a connection that says nothing is pinged and given up within ten seconds) {
  get_ready();
  const auto silent_since = now;
  CAF_CHECK_EQUAL(wait_until_due(), (steps{"send PING"}));
  CAF_CHECK_EQUAL(wait_until_due(),
                  (steps{"lost", "hang up", "away: the server has stopped answering"}));
  CAF_CHECK(now - silent_since < 10s);
  CAF_CHECK_EQUAL(wait_until_due(), (steps{"dial"}));
}

CAF_TEST(a pong or any byte keeps it) {
  get_ready();
  for (int i = 0; i < 3; ++i) {
    CAF_CHECK_EQUAL(wait_until_due(), (steps{"send PING"}));
    now += 1s;
    session.on_bytes(now);
    CAF_CHECK_EQUAL(reply(pong), (steps{}));
    CAF_CHECK(ours);
  }
}

CAF_TEST(what is no pong is the user s) {
  get_ready();
  CAF_CHECK_EQUAL(reply({kind::integer, "", 3, {}}), (steps{}));
  CAF_CHECK(!ours);
}

CAF_TEST(a server that never answers the preparation is given up) {
  session.start(now);
  session.on_open(now);
  CAF_CHECK_EQUAL(wait_until_due(), (steps{"hang up", "away: the server does not answer"}));
}

CAF_TEST(
    each failure makes the next pause longer up to the bound and success makes it short again) {
  session.start(now);
  auto last = 0ms;
  for (int i = 0; i < 12; ++i) {
    session.on_closed("Connection refused", now);
    last = std::chrono::duration_cast<std::chrono::milliseconds>(session.deadline() - now);
    CAF_CHECK(last <= 10s);
    wait_until_due();
  }
  CAF_CHECK(last >= 5s);
  session.on_open(now);
  reply(ok);
  reply(ok);
  reply(pong);
  CAF_CHECK_EQUAL(words(session.on_closed("closed by the peer", now)),
                  (steps{"lost", "away: lost the connection: closed by the peer"}));
  CAF_CHECK(session.deadline() - now <= 200ms);
}

CAF_TEST(one reason is told once while it lasts) {
  session.start(now);
  CAF_CHECK_EQUAL(words(session.on_closed("Connection refused", now)),
                  (steps{"away: cannot connect: Connection refused"}));
  wait_until_due();
  CAF_CHECK_EQUAL(words(session.on_closed("Connection refused", now)), (steps{}));
  wait_until_due();
  CAF_CHECK_EQUAL(words(session.on_closed("timed out", now)),
                  (steps{"away: cannot connect: timed out"}));
}

CAF_TEST(what a server says cannot forge a line of the log) {
  session.start(now);
  session.on_open(now);
  const auto told = reply(error("ERR a\x1b[31m" + std::string(500, 'x')));
  CAF_REQUIRE_EQUAL(told.size(), 2u);
  CAF_CHECK(told[1].size() < 300);
  CAF_CHECK(told[1].find('\x1b') == std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
