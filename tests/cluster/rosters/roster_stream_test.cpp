#define CAF_SUITE cluster.roster_stream

#include "cluster/rosters/roster_replica.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <deque>
#include <map>
#include <random>
#include <variant>

using namespace grapevine::cluster;
using outcome = roster_replica::outcome;

namespace {

constexpr epoch_t ann = 11;

roster_element user(std::string id, std::uint64_t hlc) {
  return {std::move(id), "{}", hlc};
}

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
    while (!wants_.empty())
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
  struct want {
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
    if (wants_.empty())
      return;
    const auto heard = wants_.front();
    wants_.pop_front();
    known_ = heard.version;
    interested_ = heard.plus;
    if (interested_)
      snapshot();
    ack_due_ = true;
  }

  void toggle() {
    wanted_ = !wanted_;
    ++want_;
    if (wanted_) {
      reader_.await(broken_ == flaw::reader_takes_everything ? 0 : want_);
    } else {
      reader_.forget_others();
      seen_.clear();
    }
    wants_.push_back({want_, wanted_});
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
  std::uint64_t want_ = 0, acked_ = 0;
  bool wanted_ = false;
  std::deque<want> wants_;
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
  CAF_CHECK(rc::check("joins, leaves, wants, restarts", [] {
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
