#define CAF_SUITE cluster.query_exchange

#include "cluster/queries/query_exchange.hpp"

#include "tests/cluster/fake_sink.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

using names = std::vector<std::string>;

struct fixture {
  time_point now{1000s};
  fake_sink peers;
  query_exchange queries{peers};

  void ask(std::uint64_t id, names unreachable = {}) {
    queries.ask(id, {0, 2, 0, 0, "orders"}, {{2, "n2", false}, {3, "n3", true}},
                std::move(unreachable), 1s, now);
  }
  std::vector<answer_frame> answers() {
    std::vector<answer_frame> all;
    for (auto& [to, each] : peers.take<answer_frame>())
      all.push_back(each);
    return all;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(query_exchange_tests, fixture)

CAF_TEST(answers come together with the names of those who gave none) {
  ask(70, {"n4"});
  const auto asked = peers.take<query_frame>();
  CAF_REQUIRE_EQUAL(asked.size(), 2u);
  CAF_CHECK_EQUAL(asked[0].second.text, "orders");
  queries.on_answer(2, {asked[0].second.id, true, "two"});
  CAF_CHECK(queries.take_gathered(now).empty());
  queries.on_answer(3, {asked[0].second.id, true, ""});
  const auto all = queries.take_gathered(now);
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].id, 70u);
  CAF_CHECK_EQUAL(all[0].payloads, names{"two"});
  CAF_CHECK_EQUAL(all[0].missing, (names{"n4", "n3"}));
}

CAF_TEST(a node that is suspected is not waited for as long as others) {
  ask(70);
  const auto id = peers.take<query_frame>().at(0).second.id;
  queries.on_answer(2, {id, true, "two"});
  CAF_CHECK(queries.take_gathered(now + 249ms).empty());
  CAF_CHECK_EQUAL(queries.take_gathered(now + 250ms).size(), 1u);
}

CAF_TEST(nobody is asked when too many questions are open) {
  for (std::size_t i = 0; i < open_queries::open_max; ++i)
    ask(i);
  CAF_CHECK(queries.take_gathered(now).empty());
  peers.pushed.clear();
  ask(5000);
  CAF_CHECK(peers.pushed.empty());
  const auto all = queries.take_gathered(now);
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].missing, (names{"n2", "n3"}));
}

CAF_TEST(a question about an app that is not here is answered with nothing) {
  CAF_CHECK(!queries.on_query(2, {9, 2, 0, 0, "orders"}, std::nullopt));
  const auto said = answers();
  CAF_REQUIRE_EQUAL(said.size(), 1u);
  CAF_CHECK_EQUAL(said[0].id, 9u);
  CAF_CHECK(said[0].payload.empty());
}

CAF_TEST(of one peer a bounded number of questions is worked on) {
  for (std::uint32_t i = 0; i < query_exchange::questions_max; ++i)
    CAF_CHECK(queries.on_query(2, {i, 2, 0, 0, "orders"}, 0));
  CAF_CHECK(!queries.on_query(2, {99, 2, 0, 0, "orders"}, 0));
  CAF_CHECK_EQUAL(answers().size(), 1u);
  CAF_CHECK(queries.on_query(3, {1, 2, 0, 0, "orders"}, 0));
  queries.answer(2, 0, "said");
  CAF_CHECK(queries.on_query(2, {100, 2, 0, 0, "orders"}, 0));
}

CAF_TEST(an answer that nobody waits for is not sent) {
  queries.answer(2, 0, "said");
  CAF_CHECK(peers.pushed.empty());
  CAF_CHECK(queries.on_query(2, {1, 2, 0, 0, "orders"}, 0));
  queries.drop_peer(2);
  queries.answer(2, 1, "said");
  CAF_CHECK(peers.pushed.empty());
}

CAF_TEST(an answer that does not fit the queue becomes none) {
  CAF_CHECK(queries.on_query(2, {1, 2, 0, 0, "orders"}, 0));
  CAF_CHECK(queries.on_query(2, {2, 2, 0, 0, "orders"}, 0));
  peers.room = 300;
  queries.answer(2, 1, std::string(200, 'x'));
  queries.answer(2, 2, std::string(300, 'x'));
  const auto said = answers();
  CAF_REQUIRE_EQUAL(said.size(), 2u);
  CAF_CHECK_EQUAL(said[0].payload.size(), 200u);
  CAF_CHECK(said[1].payload.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
