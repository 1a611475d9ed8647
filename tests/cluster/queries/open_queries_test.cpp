#define CAF_SUITE cluster.open_queries

#include "cluster/queries/open_queries.hpp"

#include "cluster/wire/frame_codec.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

using namespace grapevine::cluster;

namespace {

using namespace std::literals;
using answers = std::vector<std::pair<epoch_t, std::string>>;
using epochs = std::vector<epoch_t>;

constexpr time_point start{};

answer_frame whole(std::uint64_t id, std::string payload) {
  return {id, true, std::move(payload)};
}

answer_frame piece(std::uint64_t id, std::string payload) {
  return {id, false, std::move(payload)};
}

}  // namespace

CAF_TEST(a query is done when everybody has answered) {
  open_queries desk;
  const auto id = desk.ask({30, 10}, {20}, 1s, start);
  CAF_CHECK_EQUAL(id, 1u);
  desk.on_answer(20, whole(id, "b"));
  desk.on_answer(10, whole(id, "a"));
  CAF_CHECK(desk.done(start + 10ms).empty());
  desk.on_answer(30, whole(id, "c"));
  const auto done = desk.done(start + 10ms);
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].id, id);
  CAF_CHECK(done[0].answers == (answers{{10, "a"}, {20, "b"}, {30, "c"}}));
  CAF_CHECK(done[0].missing.empty());
  CAF_CHECK_EQUAL(desk.open(), 0u);
  CAF_CHECK(desk.done(start + 10s).empty());
}

CAF_TEST(a query to nobody is done at once) {
  open_queries desk;
  CAF_CHECK_EQUAL(desk.ask({}, {}, 1s, start), 1u);
  CAF_CHECK_EQUAL(desk.done(start).size(), 1u);
}

CAF_TEST(who is late is missing) {
  open_queries desk;
  const auto id = desk.ask({1, 2}, {}, 1s, start);
  desk.on_answer(1, whole(id, "a"));
  desk.on_answer(2, piece(id, "half"));
  CAF_CHECK(desk.done(start + 999ms).empty());
  const auto done = desk.done(start + 1s);
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK(done[0].answers == (answers{{1, "a"}}));
  CAF_CHECK(done[0].missing == epochs{2});
  desk.on_answer(2, whole(id, "late"));
  CAF_CHECK(desk.done(start + 2s).empty());
}

CAF_TEST(a suspect node is asked but not waited for as long) {
  open_queries desk;
  const auto id = desk.ask({1}, {2}, 1s, start);
  desk.on_answer(1, whole(id, "a"));
  CAF_CHECK(desk.done(start + 249ms).empty());
  const auto done = desk.done(start + 250ms);
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK(done[0].missing == epochs{2});
  // While others are waited for, its answer still counts.
  const auto other = desk.ask({1}, {2}, 1s, start);
  CAF_CHECK(desk.done(start + 500ms).empty());
  desk.on_answer(2, whole(other, "b"));
  desk.on_answer(1, whole(other, "a"));
  CAF_CHECK_EQUAL(desk.done(start + 600ms).at(0).answers.size(), 2u);
  // A shorter deadline is theirs too.
  desk.ask({}, {2}, 100ms, start);
  CAF_CHECK(desk.done(start + 99ms).empty());
  CAF_CHECK_EQUAL(desk.done(start + 100ms).size(), 1u);
}

CAF_TEST(a node named as healthy and suspect is asked once and waited for) {
  open_queries desk;
  const auto id = desk.ask({1, 1}, {1}, 1s, start);
  CAF_CHECK(desk.done(start + 500ms).empty());
  desk.on_answer(1, whole(id, "a"));
  CAF_CHECK(desk.done(start + 500ms).at(0).answers == (answers{{1, "a"}}));
}

CAF_TEST(an answer comes in pieces) {
  open_queries desk;
  const auto id = desk.ask({1}, {}, 1s, start);
  desk.on_answer(1, piece(id, "ab"));
  desk.on_answer(1, piece(id, ""));
  CAF_CHECK(desk.done(start).empty());
  desk.on_answer(1, whole(id, "cd"));
  CAF_CHECK(desk.done(start).at(0).answers == (answers{{1, "abcd"}}));
}

CAF_TEST(answers nobody asked for are ignored) {
  open_queries desk;
  const auto id = desk.ask({1, 2}, {}, 1s, start);
  desk.on_answer(3, whole(id, "x"));
  desk.on_answer(1, whole(id + 1, "x"));
  desk.on_answer(1, whole(0, "x"));
  desk.on_answer(1, whole(id, "a"));
  desk.on_answer(1, whole(id, "again"));
  CAF_CHECK(desk.done(start).empty());
  desk.on_answer(2, whole(id, "b"));
  CAF_CHECK(desk.done(start).at(0).answers == (answers{{1, "a"}, {2, "b"}}));
}

CAF_TEST(a node that is gone is not waited for) {
  open_queries desk;
  const auto both = desk.ask({1, 2}, {}, 1s, start);
  const auto only = desk.ask({1}, {}, 1s, start);
  const auto other = desk.ask({2}, {}, 1s, start);
  desk.on_answer(1, whole(both, "a"));
  desk.on_answer(1, piece(only, "half"));
  desk.on_peer_gone(1);
  desk.on_answer(1, whole(only, "after all"));
  desk.on_answer(2, whole(both, "b"));
  const auto done = desk.done(start);
  CAF_REQUIRE_EQUAL(done.size(), 2u);
  CAF_CHECK(done[0].answers == (answers{{1, "a"}, {2, "b"}}));
  CAF_CHECK(done[1].id == only && done[1].answers.empty() && done[1].missing == epochs{1});
  CAF_CHECK_EQUAL(desk.open(), 1u);
  desk.on_peer_gone(2);
  const auto last = desk.done(start);
  CAF_REQUIRE_EQUAL(last.size(), 1u);
  CAF_CHECK_EQUAL(last[0].id, other);
}

CAF_TEST(too long an answer is none) {
  open_queries desk;
  const std::string half(open_queries::answer_bytes_max / 2, 'x');
  const auto id = desk.ask({1, 2}, {}, 1s, start);
  desk.on_answer(1, piece(id, half));
  desk.on_answer(1, whole(id, half));
  desk.on_answer(2, piece(id, half));
  desk.on_answer(2, piece(id, half));
  desk.on_answer(2, whole(id, "x"));
  const auto done = desk.done(start);
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].answers.at(0).second.size(), open_queries::answer_bytes_max);
  CAF_CHECK(done[0].missing == epochs{2});
}

CAF_TEST(all answers together are bounded and their room comes back) {
  open_queries desk;
  const std::string most(open_queries::answer_bytes_max, 'x');
  constexpr auto fit = open_queries::gathered_bytes_max / open_queries::answer_bytes_max;
  epochs asked;
  for (epoch_t epoch = 1; epoch <= fit + 1; ++epoch)
    asked.push_back(epoch);
  for (int round = 0; round < 2; ++round) {
    const auto id = desk.ask(asked, {}, 1s, start);
    for (const auto epoch : asked)
      desk.on_answer(epoch, piece(id, most));
    desk.on_peer_gone(1);
    desk.on_answer(2, whole(id, ""));
    const auto done = desk.done(start + 1s);
    CAF_REQUIRE_EQUAL(done.size(), 1u);
    CAF_CHECK_EQUAL(done[0].answers.size(), 1u);
    // The last did not fit, so it is missing although it said nothing wrong.
    CAF_CHECK_EQUAL(done[0].missing.size(), fit);
  }
  const auto id = desk.ask(asked, {}, 1s, start);
  for (const auto epoch : asked)
    desk.on_answer(epoch, whole(id, most));
  const auto done = desk.done(start);
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].answers.size(), fit);
  CAF_CHECK(done[0].missing == epochs{fit + 1});
}

CAF_TEST(no more than a bounded number of queries is open) {
  open_queries desk;
  for (std::uint64_t id = 1; id <= open_queries::open_max; ++id)
    CAF_REQUIRE_EQUAL(desk.ask({1}, {}, id == 1 ? 1s : 2s, start), id);
  CAF_CHECK_EQUAL(desk.ask({1}, {}, 1s, start), 0u);
  CAF_CHECK_EQUAL(desk.done(start + 1s).size(), 1u);
  CAF_CHECK_EQUAL(desk.ask({1}, {}, 1s, start), open_queries::open_max + 1);
  const auto done = desk.done(start + 2s);
  CAF_CHECK_EQUAL(done.size(), open_queries::open_max);
  CAF_CHECK(std::ranges::is_sorted(done, {}, &open_queries::gathered::id));
}

CAF_TEST(a cut answer is put together again) {
  CAF_CHECK_EQUAL(cut_answer(1, "").size(), 1u);
  CAF_CHECK_EQUAL(cut_answer(1, std::string(answer_payload_max, 'x')).size(), 1u);
  CAF_CHECK_EQUAL(cut_answer(1, std::string(answer_payload_max + 1, 'x')).size(), 2u);
  CAF_CHECK(rc::check("any size", [] {
    std::string payload(*rc::gen::inRange<std::size_t>(0, 300'000), 'x');
    for (std::size_t i = 0; i < payload.size(); i += 997)
      payload[i] = static_cast<char>(i);
    open_queries desk;
    const auto id = desk.ask({1}, {}, 1s, start);
    for (const auto& cut : cut_answer(id, payload)) {
      RC_ASSERT(cut.payload.size() <= answer_payload_max);
      RC_ASSERT(desk.done(start).empty());
      desk.on_answer(1, cut);
    }
    RC_ASSERT(desk.done(start).at(0).answers == (answers{{1, payload}}));
  }));
}
