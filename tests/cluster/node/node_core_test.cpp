#define CAF_SUITE cluster.node_core

#include "cluster/node/node_core.hpp"

#include "caf/test/dsl.hpp"

#include <deque>

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const time_point start{1000s};
const channel_ref prices{0, "cache-prices"};
constexpr std::uint64_t key = 77;

node_settings settings_for(const std::string& name, epoch_t epoch) {
  node_settings s;
  s.self.name = name;
  s.self.epoch = epoch;
  s.self.address = {"10.0.0.1", static_cast<std::uint16_t>(7000 + epoch)};
  s.apps = {"a"};
  return s;
}

/// Two nodes and the connections between them, by number; bytes arrive only when `run` is called.
struct fixture {
  node_core one{settings_for("one", 1), 1, start};
  node_core two{settings_for("two", 2), 2, start};
  time_point now = start;
  node_effects of_one;
  node_effects of_two;

  static void add(node_effects& to, node_effects more) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  void connect(link_id id, bool one_dials) {
    link_facts by_one{.dialled = one_dials, .expected = 0};
    link_facts by_two{.dialled = !one_dials, .expected = 0};
    by_one.nonce.fill(static_cast<std::uint8_t>(2 * id));
    by_two.nonce.fill(static_cast<std::uint8_t>(2 * id + 1));
    add(of_one, one.on_open(id, by_one, now));
    add(of_two, two.on_open(id, by_two, now));
  }
  std::string write(node_core& from, link_id id) const {
    std::string bytes;
    for (const auto& part : from.next_write(id, 1u << 18, now))
      bytes += part.bytes;
    return bytes;
  }
  /// One turn in each direction.
  bool exchange(link_id id) {
    const auto a = write(one, id);
    const auto b = write(two, id);
    if (!a.empty()) {
      add(of_two, two.on_bytes(id, a, now));
      two.end_turn(id, 0);
    }
    if (!b.empty()) {
      add(of_one, one.on_bytes(id, b, now));
      one.end_turn(id, 0);
    }
    return !a.empty() || !b.empty();
  }
  void run(link_id id) {
    while (exchange(id)) {
    }
  }
  void cut(link_id id) {
    add(of_one, one.on_closed(id, now));
    add(of_two, two.on_closed(id, now));
  }
  template <class Effect>
  static std::vector<Effect> of(const node_effects& all) {
    std::vector<Effect> found;
    for (const auto& each : all)
      if (const auto* effect = std::get_if<Effect>(&each))
        found.push_back(*effect);
    return found;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(node_core_tests, fixture)

CAF_TEST(two nodes that are linked know what each other wants) {
  connect(1, true);
  run(1);
  two.on_call(calls::want{{0, "news"}, 5, 1}, now);
  two.flush(now);
  run(1);
  CAF_CHECK(one.settled());
  CAF_CHECK(two.settled());
  CAF_CHECK(one.wanted_by(2, 5));
}

CAF_TEST(state is sent when a connection was lost between the resumes of both ends) {
  connect(1, true);
  // Stop where one end has the other's resume and the other end has none.
  std::string lost;
  for (int turn = 0; turn < 2; ++turn)
    exchange(1);
  const auto from_two = write(two, 1);
  add(of_one, one.on_bytes(1, from_two, now));
  lost = write(one, 1);
  CAF_REQUIRE(!lost.empty());
  cut(1);
  connect(2, true);
  run(2);
  CAF_CHECK(one.settled());
  CAF_CHECK(two.settled());
}

CAF_TEST(the last event of a cache channel reaches those who were away when it was published) {
  connect(1, true);
  run(1);
  two.on_call(calls::want{prices, key, 1, false, true}, now);
  two.flush(now);
  run(1);
  // Both take the other for dead, which needs suspicion and its time.
  cut(1);
  event_frame event{.app = 0, .key = key, .flags = event_flag::cache};
  event.channel = prices.name;
  event.event = "e";
  event.data = "42";
  event.hlc = 9;
  for (; now < start + 20s; now += 20ms) {
    one.tick(now);
    two.tick(now);
  }
  CAF_REQUIRE_EQUAL(one.members().members().serving(), 0u);
  const auto bytes = encoded(frame{event});
  one.on_call(calls::forward{key, 0, bytes.size(), true}, now, bytes);
  one.flush(now);
  of_two.clear();
  connect(2, true);
  for (int n = 0; n < 100; ++n, now += 20ms) {
    run(2);
    add(of_one, one.tick(now));
    add(of_two, two.tick(now));
  }
  const auto events = of<remote_event>(of_two);
  CAF_REQUIRE_EQUAL(events.size(), 1u);
  CAF_CHECK_EQUAL(events[0].data, "42");
  CAF_CHECK((events[0].flags & event_flag::store_only) != 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
