#define CAF_SUITE cluster.roster_replica

#include "cluster/rosters/roster_replica.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <random>

using namespace grapevine::cluster;
using outcome = roster_replica::outcome;

namespace {

constexpr epoch_t ann = 11, ben = 12;

roster_element user(std::string id, std::uint64_t hlc = 1, std::string info = "{}") {
  return {std::move(id), std::move(info), hlc};
}

roster_delta_frame delta(std::uint64_t from, std::uint64_t to, std::vector<roster_element> joins,
                         std::vector<roster_leave> leaves = {}) {
  roster_delta_frame frame;
  frame.from = from;
  frame.to = to;
  frame.joins = std::move(joins);
  frame.leaves = std::move(leaves);
  return frame;
}

roster_snapshot_frame whole(std::uint64_t version, std::uint64_t answers,
                            std::vector<roster_element> elements, bool last = true) {
  roster_snapshot_frame frame;
  frame.version = version;
  frame.answers = answers;
  frame.elements = std::move(elements);
  frame.last = last;
  return frame;
}

/// "+a -b": joined and left users.
std::string text(const roster_change& change) {
  std::string line;
  for (const auto& each : change.joins)
    line += "+" + each->user_id + " ";
  for (const auto& each : change.leaves)
    line += "-" + each.user_id + (each.moving ? "! " : " ");
  if (!line.empty())
    line.pop_back();
  return line;
}

/// "11: a b" for every part that has somebody.
std::string text(const roster_replica& replica) {
  std::string line;
  for (const auto& part : replica.others()) {
    line += std::to_string(part.node) + ":";
    for (const auto& each : part.joins)
      line += " " + each->user_id;
    line += "\n";
  }
  return line;
}

/// Wants the channel since version 5, and has ann's part {a, b} at version 20.
roster_replica live() {
  roster_replica replica;
  replica.await(5);
  replica.on_snapshot(ann, whole(20, 5, {user("a"), user("b")}));
  return replica;
}

}  // namespace

CAF_TEST(the own part counts from zero again when it became empty) {
  roster_replica replica;
  CAF_CHECK_EQUAL(replica.own_version(), 0u);
  CAF_CHECK(replica.join(user("a"), 7) == delta(0, 7, {user("a")}));
  CAF_CHECK(replica.join(user("b"), 9) == delta(7, 9, {user("b")}));
  CAF_CHECK(replica.leave("c", false, 10) == std::nullopt);
  CAF_CHECK(replica.leave("a", true, 10) == delta(9, 10, {}, {{"a", true}}));
  CAF_CHECK_EQUAL(replica.own_version(), 10u);
  CAF_CHECK(replica.leave("b", false, 12) == delta(10, 12, {}, {{"b", false}}));
  CAF_CHECK_EQUAL(replica.own_version(), 0u);
  CAF_CHECK(replica.empty());
  CAF_CHECK(replica.join(user("a"), 15) == delta(0, 15, {user("a")}));
}

CAF_TEST(a snapshot is split by its strings and only its last frame says so) {
  roster_replica replica;
  CAF_CHECK(replica.snapshot(3).empty());
  for (char each = 'a'; each < 'f'; ++each)
    replica.join(user({each}, 1, std::string(100, 'x')), static_cast<std::uint64_t>(each));
  auto frames = replica.snapshot(3, 300);
  CAF_REQUIRE_EQUAL(frames.size(), 3u);
  CAF_CHECK_EQUAL(frames[0].elements.size(), 2u);
  CAF_CHECK_EQUAL(frames[2].elements.size(), 1u);
  CAF_CHECK(!frames[0].last && !frames[1].last && frames[2].last);
  CAF_CHECK_EQUAL(frames[1].version, std::uint64_t{'e'});
  CAF_CHECK_EQUAL(frames[1].answers, 3u);
  CAF_CHECK_EQUAL(replica.snapshot(3).size(), 1u);
}

CAF_TEST(nothing of others is taken before the channel is wanted) {
  roster_replica replica;
  CAF_CHECK(replica.on_delta(ann, delta(0, 3, {user("a")}), 9).what == outcome::ignored);
  CAF_CHECK(replica.on_snapshot(ann, whole(3, 9, {user("a")})).what == outcome::ignored);
  CAF_CHECK(replica.empty());
}

CAF_TEST(deltas from before the want are ignored until it is answered) {
  roster_replica replica;
  replica.await(5);
  CAF_CHECK(replica.on_delta(ann, delta(0, 3, {user("ghost")}), 4).what == outcome::ignored);
  CAF_CHECK(replica.on_snapshot(ann, whole(3, 4, {user("ghost")})).what == outcome::ignored);
  auto done = replica.on_snapshot(ann, whole(4, 5, {user("a")}));
  CAF_CHECK(done.what == outcome::applied);
  CAF_CHECK_EQUAL(done.change.node, ann);
  CAF_CHECK_EQUAL(text(done.change), "+a");
  CAF_CHECK_EQUAL(replica.version_of(ann), 4u);
}

CAF_TEST(an acknowledged want without a snapshot is an empty part) {
  roster_replica replica;
  replica.await(5);
  CAF_CHECK_EQUAL(text(replica.on_delta(ann, delta(0, 3, {user("a")}), 5).change), "+a");
  CAF_CHECK_EQUAL(replica.version_of(ann), 3u);
  // The same for one that was kept from an older want.
  replica.await(8);
  CAF_CHECK_EQUAL(text(replica), "11: a\n");
  CAF_CHECK_EQUAL(replica.version_of(ann), 0u);
  CAF_CHECK(replica.on_delta(ann, delta(3, 4, {user("b")}), 7).what == outcome::ignored);
  CAF_CHECK_EQUAL(text(replica.on_delta(ann, delta(0, 9, {user("b")}), 8).change), "+b -a");
  replica.await(10);
  CAF_CHECK_EQUAL(text(replica.acknowledge(ann, 9)), "");
  CAF_CHECK_EQUAL(text(replica.acknowledge(ann, 10)), "-b");
  CAF_CHECK(replica.empty());
}

CAF_TEST(
    a part that a snapshot made live stays so when it becomes empty before the acknowledgement) {
  auto replica = live();
  CAF_CHECK_EQUAL(
      text(replica.on_delta(ann, delta(20, 21, {}, {{"a", false}, {"b", true}}), 4).change),
      "-a -b!");
  CAF_CHECK_EQUAL(replica.version_of(ann), 0u);
  CAF_CHECK_EQUAL(text(replica.on_delta(ann, delta(0, 23, {user("c")}), 4).change), "+c");
  replica.on_delta(ann, delta(23, 24, {}, {{"c", false}}), 5);
  CAF_CHECK(replica.empty());
}

CAF_TEST(a delta that continues is applied and one that is contained is ignored) {
  auto replica = live();
  CAF_CHECK(replica.on_delta(ann, delta(18, 20, {user("b")}), 5).what == outcome::ignored);
  CAF_CHECK_EQUAL(text(replica.on_delta(ann, delta(20, 22, {user("c")}, {{"a", true}}), 5).change),
                  "+c -a!");
  CAF_CHECK_EQUAL(text(replica), "11: b c\n");
  CAF_CHECK_EQUAL(replica.version_of(ann), 22u);
}

CAF_TEST(only what really changes comes out) {
  auto replica = live();
  auto done = replica.on_delta(
      ann, delta(20, 21, {user("a"), user("b", 2)}, {{"nobody", false}, {"b", false}}), 5);
  CAF_CHECK_EQUAL(text(done.change), "+b");
  auto diffed =
      replica.on_snapshot(ann, whole(25, 6, {user("b", 2), user("c"), user("d", 2, "[]")}));
  CAF_CHECK_EQUAL(text(diffed.change), "+c +d -a");
  CAF_CHECK(replica.on_snapshot(ann, whole(25, 6, {user("b", 2), user("c"), user("d", 2, "[]")}))
                .change.empty());
  CAF_CHECK_EQUAL(
      text(replica.on_snapshot(ann, whole(26, 6, {user("b", 2), user("c"), user("d")})).change),
      "+d");
}

CAF_TEST(an older snapshot does not win over a newer part) {
  auto replica = live();
  CAF_CHECK(replica.on_snapshot(ann, whole(19, 5, {user("z")})).what == outcome::ignored);
  CAF_CHECK_EQUAL(text(replica), "11: a b\n");
}

CAF_TEST(a gap is reported once and ends with the part sent again) {
  auto replica = live();
  CAF_CHECK(replica.on_delta(ann, delta(21, 22, {user("c")}), 5).what == outcome::gap);
  CAF_CHECK_EQUAL(text(replica), "11: a b\n");
  CAF_CHECK_EQUAL(replica.version_of(ann), 0u);
  CAF_CHECK(replica.on_delta(ann, delta(22, 23, {user("d")}), 5).what == outcome::ignored);
  CAF_CHECK_EQUAL(
      text(replica.on_snapshot(ann, whole(23, 5, {user("b"), user("c"), user("d")})).change),
      "+c +d -a");
  CAF_CHECK_EQUAL(replica.version_of(ann), 23u);

  roster_replica other;
  other.await(1);
  CAF_CHECK(other.on_delta(ann, delta(4, 5, {user("a")}), 1).what == outcome::gap);
}

CAF_TEST(a restarted part stays visible and is diffed against its snapshot) {
  auto replica = live();
  replica.restart(ann);
  CAF_CHECK(replica.on_delta(ann, delta(20, 21, {user("c")}), 5).what == outcome::ignored);
  CAF_CHECK(replica.acknowledge(ann, 5).empty());
  CAF_CHECK_EQUAL(text(replica), "11: a b\n");
  CAF_CHECK_EQUAL(text(replica.on_snapshot(ann, whole(21, 5, {user("b"), user("c")})).change),
                  "+c -a");
  CAF_CHECK(replica.settle(ann, 5).empty());
  CAF_CHECK_EQUAL(replica.version_of(ann), 21u);
}

CAF_TEST(a restarted part that is not sent again is gone when the node has sent everything) {
  auto replica = live();
  replica.restart(ann);
  CAF_CHECK_EQUAL(text(replica.settle(ann, 5)), "-a -b");
  CAF_CHECK(replica.empty());
}

CAF_TEST(what was sent again for an older want does not settle a newer one) {
  auto replica = live();
  replica.restart(ann);
  replica.await(9);
  CAF_CHECK(replica.settle(ann, 8).empty());
  CAF_CHECK_EQUAL(text(replica), "11: a b\n");
  CAF_CHECK_EQUAL(text(replica.acknowledge(ann, 9)), "-a -b");
}

CAF_TEST(a restarted part that starts from nothing had nothing to be sent) {
  auto replica = live();
  replica.restart(ann);
  CAF_CHECK_EQUAL(text(replica.on_delta(ann, delta(0, 30, {user("b"), user("c")}), 5).change),
                  "+c -a");
  CAF_CHECK_EQUAL(text(replica.on_delta(ann, delta(30, 31, {user("d")}), 5).change), "+d");
  CAF_CHECK(replica.settle(ann, 5).empty());
}

CAF_TEST(a part that was absent when its node restarted awaits as well) {
  roster_replica replica;
  replica.await(5);
  replica.restart(ann);
  CAF_CHECK(replica.on_delta(ann, delta(3, 4, {user("a")}), 5).what == outcome::ignored);
  CAF_CHECK(replica.settle(ann, 5).empty());
  CAF_CHECK(replica.empty());
  CAF_CHECK(replica.on_delta(ann, delta(0, 5, {user("a")}), 5).what == outcome::applied);
}

CAF_TEST(the frames of a snapshot count together or not at all) {
  auto replica = live();
  replica.await(6);
  CAF_CHECK(replica.on_snapshot(ann, whole(30, 6, {user("b")}, false)).change.empty());
  CAF_CHECK_EQUAL(text(replica), "11: a b\n");
  // Its acknowledgement cannot overtake it.
  CAF_CHECK(replica.acknowledge(ann, 6).empty());
  CAF_CHECK_EQUAL(text(replica.on_snapshot(ann, whole(30, 6, {user("c")})).change), "+c -a");
  // The rest of one that a restart has cut never comes; the next is whole without it.
  replica.on_snapshot(ann, whole(31, 6, {user("x")}, false));
  replica.restart(ann);
  CAF_CHECK_EQUAL(text(replica.on_snapshot(ann, whole(31, 6, {user("c")})).change), "-b");
}

CAF_TEST(a snapshot beyond the bound is a gap and its rest is ignored) {
  auto replica = live();
  const std::string big(roster_part::snapshot_bytes_max / 2, 'x');
  CAF_CHECK(replica.on_snapshot(ann, whole(30, 5, {user("x", 1, big)}, false)).what
            == outcome::applied);
  CAF_CHECK(replica.on_snapshot(ann, whole(30, 5, {user("y", 1, big)}, false)).what
            == outcome::gap);
  CAF_CHECK(replica.on_snapshot(ann, whole(30, 5, {user("z")}, false)).what == outcome::ignored);
  CAF_CHECK(replica.on_snapshot(ann, whole(30, 5, {user("z")})).what == outcome::ignored);
  CAF_CHECK_EQUAL(text(replica), "11: a b\n");
  CAF_CHECK_EQUAL(text(replica.on_snapshot(ann, whole(31, 5, {user("c")})).change), "+c -a -b");
}

CAF_TEST(a dropped part names everybody it had and the others stay) {
  auto replica = live();
  replica.on_snapshot(ben, whole(3, 5, {user("a"), user("c")}));
  CAF_CHECK_EQUAL(text(replica), "11: a b\n12: a c\n");
  CAF_CHECK_EQUAL(text(replica.drop(ann)), "-a -b");
  CAF_CHECK(replica.drop(ann).empty());
  CAF_CHECK_EQUAL(text(replica), "12: a c\n");
  replica.forget_others();
  CAF_CHECK(replica.empty());
}

CAF_TEST(merging parts is commutative and associative and idempotent) {
  CAF_CHECK(rc::check("snapshots in any order and any number", [] {
    // Two writers' histories, each version's content being whatever it was.
    std::vector<std::pair<epoch_t, roster_snapshot_frame>> all;
    for (const auto node : {ann, ben}) {
      roster_replica writer;
      std::uint64_t version = 0;
      for (const auto op : *rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0u, 8u))) {
        const auto id = std::string(1, static_cast<char>('a' + op / 2));
        if (++version; op % 2 == 0)
          writer.join(user(id, version), version);
        else
          writer.leave(id, false, version);
        for (auto& frame : writer.snapshot(1))
          all.emplace_back(node, std::move(frame));
      }
    }
    RC_PRE(!all.empty());
    const auto merged = [](const auto& frames) {
      roster_replica replica;
      replica.await(1);
      for (const auto& [node, frame] : frames)
        replica.on_snapshot(node, frame);
      return text(replica) + std::to_string(replica.version_of(ann)) + " "
             + std::to_string(replica.version_of(ben));
    };
    const auto in_order = merged(all);
    auto shuffled = all;
    for (const auto at : *rc::gen::container<std::vector<std::size_t>>(
             rc::gen::inRange<std::size_t>(0, all.size())))
      shuffled.push_back(all[at]);
    std::ranges::shuffle(shuffled, std::mt19937{*rc::gen::arbitrary<std::uint32_t>()});
    RC_ASSERT(merged(shuffled) == in_order);
  }));
}
