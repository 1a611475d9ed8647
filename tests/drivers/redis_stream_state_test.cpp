#define CAF_SUITE drivers.redis_stream_state

#include "drivers/redis_stream_state.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine::drivers;
using namespace std::chrono_literals;
using kind = redis_reply::kind;

namespace {

redis_reply text(std::string bytes) {
  return {kind::text, std::move(bytes), 0, {}};
}
redis_reply list(std::vector<redis_reply> items) {
  return {kind::array, "", 0, std::move(items)};
}
redis_reply entry(const std::string& id) {
  return list({text(id), list({text("channel"), text("a"), text("event"), text("e")})});
}
redis_reply read_reply(std::vector<redis_reply> entries) {
  return list({list({text("events"), list(std::move(entries))})});
}

struct fixture {
  fixture() {
    state.on_ready(now);
  }
  std::string said(std::optional<std::vector<std::string>> command) {
    std::string result;
    for (const auto& word : command.value_or(std::vector<std::string>{}))
      result += (result.empty() ? "" : " ") + word;
    return result;
  }
  std::string ask() {
    return said(state.ask(now));
  }
  std::vector<std::string> reply(const redis_reply& r) {
    std::vector<redis_stream_entry> entries;
    accepted = state.on_reply(r, entries, why);
    std::vector<std::string> ids;
    for (const auto& each : entries)
      ids.emplace_back(each.id);
    return ids;
  }
  /// Through history and claims to where new entries are read.
  void catch_up() {
    ask();
    reply(read_reply({}));
    ask();
    reply(list({text("0-0"), list({}), list({})}));
  }

  redis_stream_state::time_point now{};
  redis_stream_state state{"events", "grapevine", "n1"};
  bool accepted = false;
  std::string why;
};

using ids = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_stream_state_tests, fixture)

CAF_TEST(it reads what it was given before then what others left then what is new) {
  CAF_CHECK_EQUAL(ask(), "XREADGROUP GROUP grapevine n1 COUNT 64 STREAMS events 0");
  CAF_CHECK_EQUAL(reply(read_reply({entry("1-0"), entry("2-0")})), (ids{"1-0", "2-0"}));
  CAF_CHECK_EQUAL(ask(), "");
  state.on_taken("1-0");
  state.on_taken("2-0");
  CAF_CHECK_EQUAL(said(state.acknowledge()), "XACK events grapevine 1-0 2-0");
  CAF_CHECK_EQUAL(ask(), "XREADGROUP GROUP grapevine n1 COUNT 64 STREAMS events 2-0");
  reply({kind::integer, "", 2, {}});
  reply(read_reply({}));
  CAF_CHECK_EQUAL(ask(), "XAUTOCLAIM events grapevine n1 30000 0-0 COUNT 64");
  CAF_CHECK_EQUAL(reply(list({text("5-0"), list({entry("4-0")}), list({})})), (ids{"4-0"}));
  state.on_taken("4-0");
  CAF_CHECK_EQUAL(ask(), "XAUTOCLAIM events grapevine n1 30000 5-0 COUNT 64");
  reply(list({text("0-0"), list({}), list({})}));
  CAF_CHECK_EQUAL(ask(), "XREADGROUP GROUP grapevine n1 COUNT 64 BLOCK 2000 STREAMS events >");
}

CAF_TEST(one question at a time and none while entries are worked on) {
  catch_up();
  ask();
  CAF_CHECK_EQUAL(ask(), "");
  CAF_CHECK_EQUAL(reply(read_reply({entry("1-0"), entry("2-0")})), (ids{"1-0", "2-0"}));
  state.on_taken("1-0");
  CAF_CHECK_EQUAL(ask(), "");
  state.on_taken("2-0");
  CAF_CHECK(ask() != "");
}

CAF_TEST(others are looked after every ten seconds) {
  catch_up();
  now += 9s;
  CAF_CHECK(ask().starts_with("XREADGROUP"));
  reply({});
  now += 2s;
  CAF_CHECK(ask().starts_with("XAUTOCLAIM"));
}

CAF_TEST(an acknowledgement whose reply is lost is sent again) {
  catch_up();
  ask();
  reply(read_reply({entry("1-0")}));
  state.on_taken("1-0");
  state.acknowledge();
  state.on_ready(now);
  CAF_CHECK_EQUAL(said(state.acknowledge()), "XACK events grapevine 1-0");
}

CAF_TEST(what is still worked on is not given twice after a new connection) {
  catch_up();
  ask();
  reply(read_reply({entry("1-0"), entry("2-0")}));
  state.on_ready(now);
  state.on_taken("1-0");
  CAF_CHECK_EQUAL(ask(), "");
  state.on_taken("2-0");
  CAF_CHECK(ask().ends_with("STREAMS events 0"));
}

CAF_TEST(an old server is not asked for claims again) {
  ask();
  reply(read_reply({}));
  ask();
  reply({kind::error, "ERR unknown command 'XAUTOCLAIM'", 0, {}});
  CAF_CHECK(accepted);
  now += 1min;
  CAF_CHECK(ask().starts_with("XREADGROUP"));
}

CAF_TEST(errors and nonsense are told) {
  ask();
  reply({kind::error, "NOGROUP No such key", 0, {}});
  CAF_CHECK(!accepted);
  CAF_CHECK_EQUAL(why, "Redis refuses to read the stream: NOGROUP No such key");
  state.on_ready(now);
  ask();
  reply(list({text("x")}));
  CAF_CHECK(!accepted);
  state.on_ready(now);
  reply(text("unasked"));
  CAF_CHECK(!accepted);
}

CAF_TEST_FIXTURE_SCOPE_END()
