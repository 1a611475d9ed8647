#define CAF_SUITE cluster.node_questions

#include "tests/cluster/node/node_net.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

using names = std::vector<std::string>;

struct fixture {
  fixture() {
    net.form();
  }
  void ask(test_node& n, std::uint64_t id, audience who = audience::everybody,
           std::string text = "orders") {
    const auto key = key_of(text);
    n.call(calls::ask{id, who, key, 2, 0, 3, std::move(text), 1s});
    net.settle();
  }
  /// Answers everything that was put to the node.
  std::size_t answer_all(test_node& n, const std::string& payload) {
    const auto asked = n.take<question>();
    for (const auto& each : asked)
      n.call(calls::answer{each.from, each.id, payload});
    net.settle();
    return asked.size();
  }

  node_net net;
  test_node& n1 = net.start("n1");
  test_node& n2 = net.start("n2");
  test_node& n3 = net.start("n3");
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(node_questions_tests, fixture)

CAF_TEST(a question reaches everybody as it was put and the answers come back together) {
  ask(n1, 70);
  CAF_CHECK(n1.take<question>().empty());
  CAF_CHECK(n1.take<gathered_answers>().empty());
  const auto asked = n2.take<question>();
  CAF_REQUIRE_EQUAL(asked.size(), 1u);
  CAF_CHECK_EQUAL(asked[0].from, n1.epoch);
  CAF_CHECK_EQUAL(static_cast<int>(asked[0].kind), 2);
  CAF_CHECK_EQUAL(asked[0].app, 0u);
  CAF_CHECK_EQUAL(static_cast<int>(asked[0].attributes), 3);
  CAF_CHECK_EQUAL(asked[0].text, "orders");
  CAF_CHECK_EQUAL(answer_all(n3, "three"), 1u);
  CAF_CHECK(n1.take<gathered_answers>().empty());
  n2.call(calls::answer{asked[0].from, asked[0].id, "two"});
  net.settle();
  const auto all = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].id, 70u);
  CAF_CHECK_EQUAL(all[0].payloads, (names{"two", "three"}));
  CAF_CHECK(all[0].missing.empty());
}

CAF_TEST(questions are kept apart) {
  ask(n1, 70);
  ask(n1, 71);
  ask(n2, 70);
  answer_all(n3, "three");
  answer_all(n2, "two");
  const auto of_n1 = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(of_n1.size(), 2u);
  CAF_CHECK_EQUAL(of_n1[0].id + of_n1[1].id, 141u);
  CAF_CHECK(n2.take<gathered_answers>().empty());
  answer_all(n1, "one");
  const auto of_n2 = n2.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(of_n2.size(), 1u);
  CAF_CHECK_EQUAL(of_n2[0].payloads, (names{"one", "three"}));
}

CAF_TEST(a question about a channel goes to those that want it) {
  ask(n1, 70, audience::interested);
  const auto nobody = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(nobody.size(), 1u);
  CAF_CHECK(nobody[0].payloads.empty() && nobody[0].missing.empty());
  n3.want(1, "orders");
  net.settle();
  ask(n1, 71, audience::interested);
  CAF_CHECK(n2.take<question>().empty());
  CAF_CHECK_EQUAL(answer_all(n3, "three"), 1u);
  const auto one = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(one.size(), 1u);
  CAF_CHECK_EQUAL(one[0].payloads, names{"three"});
}

CAF_TEST(who does not answer in time is missing) {
  ask(n1, 70);
  answer_all(n2, "two");
  net.run(980ms);
  CAF_CHECK(n1.take<gathered_answers>().empty());
  net.run(40ms);
  const auto all = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].payloads, names{"two"});
  CAF_CHECK_EQUAL(all[0].missing, names{"n3"});
  answer_all(n3, "too late");
  net.run(2s);
  CAF_CHECK(n1.take<gathered_answers>().empty());
}

CAF_TEST(who cannot be reached is missing at once) {
  net.kill(n3);
  net.settle();
  ask(n1, 70);
  answer_all(n2, "two");
  const auto all = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].payloads, names{"two"});
  CAF_CHECK_EQUAL(all[0].missing, names{"n3"});
}

CAF_TEST(who dies is not waited for) {
  n1.call(calls::ask{70, audience::everybody, 0, 2, 0, 0, "", 60s});
  net.settle();
  answer_all(n2, "two");
  net.kill(n3);
  net.run(5s);
  const auto all = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].missing, names{"n3"});
}

CAF_TEST(who is started again meanwhile is missing under its name) {
  auto again = net.settings("n3");
  n1.call(calls::ask{70, audience::everybody, 0, 2, 0, 0, "", 60s});
  net.settle();
  answer_all(n2, "two");
  net.kill(n3);
  net.start(std::move(again));
  net.run(1s);
  const auto all = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].missing, names{"n3"});
}

CAF_TEST(an answer that is too long is none and leaves the state of the node alone) {
  n2.want(1, "news");
  net.settle();
  ask(n1, 70);
  const auto resent = n1.core.stats().interest_repairs;
  answer_all(n2, std::string(5u << 20, 'b'));
  answer_all(n3, "three");
  const auto all = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].payloads, names{"three"});
  CAF_CHECK_EQUAL(all[0].missing, names{"n2"});
  n1.publish("news", "still known");
  net.run(11s);
  CAF_CHECK_EQUAL(n2.take_data(), "still known");
  CAF_CHECK_EQUAL(n1.core.stats().interest_repairs, resent);
  CAF_CHECK(n1.core.settled());
}

CAF_TEST(a long answer arrives whole) {
  ask(n1, 70);
  const std::string book(300'000, 'b');
  answer_all(n2, book);
  answer_all(n3, "short");
  const auto all = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_REQUIRE_EQUAL(all[0].payloads.size(), 2u);
  CAF_CHECK(all[0].payloads[0] == book);
}

CAF_TEST(a node works on so many questions of a peer and answers no more) {
  for (std::uint64_t id = 1; id <= 33; ++id)
    ask(n1, id);
  CAF_CHECK_EQUAL(n3.take<question>().size(), 32u);
  CAF_CHECK_EQUAL(answer_all(n2, "two"), 32u);
  const auto refused = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(refused.size(), 1u);
  CAF_CHECK_EQUAL(refused[0].id, 33u);
  CAF_CHECK_EQUAL(refused[0].missing, (names{"n2", "n3"}));
  // Those that were answered make room.
  ask(n1, 34);
  CAF_CHECK_EQUAL(n2.take<question>().size(), 1u);
}

CAF_TEST(a question about an app that a node does not know is not answered by it) {
  auto other = net.settings("n4");
  other.apps = {"b"};
  auto& n4 = net.start(std::move(other));
  net.form();
  ask(n1, 70);
  answer_all(n2, "two");
  answer_all(n3, "three");
  CAF_CHECK(n4.take<question>().empty());
  const auto all = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].payloads, (names{"two", "three"}));
  CAF_CHECK_EQUAL(all[0].missing, names{"n4"});
}

CAF_TEST(an answer nobody asked for is nothing) {
  n2.call(calls::answer{n1.epoch, 5, "unasked"});
  net.settle();
  CAF_CHECK(n1.take<gathered_answers>().empty());
  CAF_CHECK(n1.linked_to(n2));
}

CAF_TEST(questions survive the loss of a link) {
  ask(n1, 70);
  net.cut(n1, n2);
  answer_all(n2, "two");
  answer_all(n3, "three");
  net.run(500ms);
  const auto all = n1.take<gathered_answers>();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].payloads, (names{"two", "three"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
