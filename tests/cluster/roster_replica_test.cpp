#define CAF_SUITE cluster.roster_replica

#include "cluster/roster_replica.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <deque>
#include <optional>
#include <random>
#include <variant>

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

CAF_TEST(deltas from before the wish are ignored until it is answered) {
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

CAF_TEST(an acknowledged wish without a snapshot is an empty part) {
  roster_replica replica;
  replica.await(5);
  CAF_CHECK_EQUAL(text(replica.on_delta(ann, delta(0, 3, {user("a")}), 5).change), "+a");
  CAF_CHECK_EQUAL(replica.version_of(ann), 3u);
  // The same for one that was kept from an older wish.
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

CAF_TEST(what was sent again for an older wish does not settle a newer one) {
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

namespace {

/// What the model can be made to do wrong, to show that its checks can fail.
enum class flaw { none, reader_takes_everything, first_join_is_a_delta };

/// A writer and a reader of one channel, with an ordered stream each way. The writer's is lossy by
/// restart: everything under way is gone, and it sends all of its state again, at some later step.
class two_nodes {
public:
  explicit two_nodes(flaw broken) : broken_{broken} {}

  void step(std::uint8_t op) {
    const auto id = std::string(1, static_cast<char>('a' + op / 16 % 3));
    switch (op % 16) {
    case 0:
    case 1:
      ++version_;
      tell(writer_.join(user(id, version_), version_));
      break;
    case 2:
    case 3:
    case 4:
      if (auto left = writer_.leave(id, false, ++version_))
        tell(*left);
      break;
    case 5:
      toggle();
      break;
    case 7:
      restart();
      break;
    case 8:
      restate();
      break;
    case 6:
    case 9:
      acknowledge();
      break;
    case 10:
    case 11:
    case 12:
      hear_wish();
      break;
    default:
      hear_state();
    }
  }

  void quiet() {
    while (!wishes_.empty())
      hear_wish();
    restate();
    acknowledge();
    while (!states_.empty())
      hear_state();
  }

  bool equal() const {
    if (!wanted_)
      return reader_.empty();
    const auto parts = reader_.others();
    if (writer_.own().empty())
      return parts.empty() && reader_.empty();
    if (parts.size() != 1 || parts[0].joins.size() != writer_.own().size())
      return false;
    for (const auto& each : parts[0].joins) {
      const auto own = writer_.own().find(each->user_id);
      if (own == writer_.own().end() || *own->second != *each)
        return false;
    }
    return reader_.version_of(ann) == writer_.own_version();
  }

  unsigned gaps = 0;
  unsigned unreal = 0;  ///< changes that changed nothing, or were not told

private:
  struct wish {
    std::uint64_t version;
    bool plus;
  };
  struct began {};
  using state_frame = std::variant<roster_delta_frame, roster_snapshot_frame, interest_ack_frame,
                                   roster_done_frame, began>;

  void tell(roster_delta_frame delta) {
    if (!interested_)
      return;
    if (delta.from == 0 && ack_due_ && broken_ != flaw::first_join_is_a_delta)
      snapshot();
    else
      states_.emplace_back(std::move(delta));
  }
  void snapshot() {
    // Small, so that frames of one snapshot are cut by restarts.
    for (auto& frame : writer_.snapshot(known_, 40))
      states_.emplace_back(std::move(frame));
  }
  void acknowledge() {
    if (std::exchange(ack_due_, false))
      states_.emplace_back(interest_ack_frame{known_});
  }
  void restart() {
    states_.clear();
    states_.emplace_back(began{});
    restate_due_ = ack_due_ = true;
  }
  void restate() {
    if (!std::exchange(restate_due_, false))
      return;
    if (interested_)
      snapshot();
    states_.emplace_back(roster_done_frame{known_});
  }
  void hear_wish() {
    if (wishes_.empty())
      return;
    const auto heard = wishes_.front();
    wishes_.pop_front();
    known_ = heard.version;
    interested_ = heard.plus;
    if (interested_)
      snapshot();
    ack_due_ = true;
  }

  void toggle() {
    wanted_ = !wanted_;
    ++wish_;
    if (wanted_) {
      reader_.await(broken_ == flaw::reader_takes_everything ? 0 : wish_);
    } else {
      reader_.forget_others();
      seen_.clear();
    }
    wishes_.push_back({wish_, wanted_});
  }
  void hear_state() {
    if (states_.empty())
      return;
    const auto heard = std::move(states_.front());
    states_.pop_front();
    std::visit([this](const auto& frame) { take(frame); }, heard);
    check();
  }
  void take(const roster_delta_frame& frame) {
    if (wanted_)
      take(reader_.on_delta(ann, frame, acked_));
  }
  void take(const roster_snapshot_frame& frame) {
    if (wanted_)
      take(reader_.on_snapshot(ann, frame));
  }
  void take(const interest_ack_frame& frame) {
    acked_ = frame.version;
    if (wanted_)
      take({outcome::applied, reader_.acknowledge(ann, acked_)});
  }
  void take(const roster_done_frame& frame) {
    if (wanted_)
      take({outcome::applied, reader_.settle(ann, frame.answers)});
  }
  void take(const began&) {
    if (wanted_)
      reader_.restart(ann);
  }
  void take(const roster_replica::result& done) {
    gaps += done.what == outcome::gap;
    for (const auto& leave : done.change.leaves)
      unreal += seen_.erase(leave.user_id) == 0;
    for (const auto& join : done.change.joins)
      unreal += std::exchange(seen_[join->user_id], *join) == *join;
  }
  /// All changes together are what is visible.
  void check() {
    std::map<std::string, roster_element> visible;
    for (const auto& part : reader_.others())
      for (const auto& each : part.joins)
        visible.emplace(each->user_id, *each);
    unreal += visible != seen_;
  }

  const flaw broken_;
  // the writer
  roster_replica writer_;
  std::uint64_t version_ = 0;
  std::uint64_t known_ = 0;  ///< of the reader's interest log
  bool interested_ = false, restate_due_ = false, ack_due_ = false;
  std::deque<state_frame> states_;
  // the reader
  roster_replica reader_;
  std::uint64_t wish_ = 0, acked_ = 0;
  bool wanted_ = false;
  std::deque<wish> wishes_;
  std::map<std::string, roster_element> seen_;
};

struct verdict {
  unsigned wrong = 0, gaps = 0, unreal = 0;
};

verdict many_streams(flaw broken) {
  verdict all;
  for (std::uint32_t seed = 0; seed < 900; ++seed) {
    std::mt19937 random{seed};
    two_nodes nodes{broken};
    for (int i = 0; i < 200; ++i)
      nodes.step(static_cast<std::uint8_t>(random()));
    nodes.quiet();
    all.wrong += !nodes.equal();
    all.gaps += nodes.gaps;
    all.unreal += nodes.unreal;
  }
  return all;
}

}  // namespace

CAF_TEST(a reader that waits for answers has neither ghosts nor gaps whatever the stream loses) {
  CAF_CHECK(rc::check("joins, leaves, wishes, restarts", [] {
    two_nodes nodes{flaw::none};
    const auto length = *rc::gen::inRange<std::size_t>(0, 300);
    for (const auto op :
         *rc::gen::container<std::vector<std::uint8_t>>(length, rc::gen::arbitrary<std::uint8_t>()))
      nodes.step(op);
    nodes.quiet();
    RC_ASSERT(nodes.gaps == 0u);
    RC_ASSERT(nodes.unreal == 0u);
    RC_ASSERT(nodes.equal());
  }));
  const auto all = many_streams(flaw::none);
  CAF_CHECK_EQUAL(all.wrong, 0u);
  CAF_CHECK_EQUAL(all.gaps, 0u);
  CAF_CHECK_EQUAL(all.unreal, 0u);
}

CAF_TEST(a reader that takes whatever arrives gets ghosts and gaps from the same streams) {
  const auto all = many_streams(flaw::reader_takes_everything);
  CAF_MESSAGE("of 900 streams wrong: " << all.wrong << ", gaps: " << all.gaps);
  CAF_CHECK(all.wrong > 0);
  CAF_CHECK(all.gaps > 0);
}

CAF_TEST(a writer whose first join before its acknowledgement is a mere delta loses members) {
  const auto all = many_streams(flaw::first_join_is_a_delta);
  CAF_MESSAGE("of 900 streams wrong: " << all.wrong << ", gaps: " << all.gaps);
  CAF_CHECK(all.wrong + all.gaps > 0);
}
