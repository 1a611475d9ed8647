#define CAF_SUITE cluster.tunnelled_turns

#include "cluster/tunnels/tunnelled_turns.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;

namespace {

struct fixture {
  tunnelled_turns turns;
  std::vector<std::pair<epoch_t, std::uint64_t>> reported;

  std::uint64_t end(unsigned parts) {
    return turns.end(parts, [](epoch_t peer) -> std::optional<std::uint64_t> {
      return peer == 9 ? std::nullopt : std::optional{peer * 10};
    });
  }
  void part_done(std::uint64_t turn) {
    turns.part_done(
        turn, [&](epoch_t peer, std::uint64_t number) { reported.emplace_back(peer, number); });
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(tunnelled_turns_tests, fixture)

CAF_TEST(each part is reported for everybody who said something) {
  turns.note(2);
  turns.note(3);
  turns.note(2);
  const auto turn = end(2);
  CAF_REQUIRE(turn != 0);
  const std::vector<std::pair<epoch_t, std::uint64_t>> once{{2, 20}, {3, 30}};
  part_done(turn);
  CAF_CHECK(reported == once);
  part_done(turn);
  part_done(turn);
  CAF_CHECK_EQUAL(reported.size(), 4u);
}

CAF_TEST(a turn in which nobody said anything is none) {
  CAF_CHECK_EQUAL(end(1), 0u);
  turns.note(2);
  CAF_CHECK_EQUAL(end(0), 0u);
  CAF_CHECK_EQUAL(end(1), 0u);
  turns.note(9);
  CAF_CHECK_EQUAL(end(1), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
