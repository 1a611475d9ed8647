#define CAF_SUITE channels.roster_life

#include "channels/roster_view.hpp"

#include "caf/test/dsl.hpp"

#include "tests/channels/roster_changes.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

using namespace grapevine::channels;
using namespace grapevine::channels::test;
using namespace std::literals;
using outcome = roster_view::outcome;

namespace {

/// One node's view with random life around it: local tabs, two other nodes' parts, time. Keeps what
/// is true beside the view, and subscribers who came at different times.
class life {
public:
  life() : view_{settings(4)} {}

  void step() {
    switch (*rc::gen::inRange(0, 10)) {
    case 0:
    case 1:
      join();
      break;
    case 2:
      leave();
      break;
    case 3:
    case 4:
      remote(comes(node(), id(), *rc::gen::inRange<std::uint64_t>(1, 9), info()), normal);
      break;
    case 5:
    case 6:
      remote(goes(node(), id(), *rc::gen::arbitrary<bool>()), normal);
      break;
    case 7:
      drop();
      break;
    case 8:
      now_ += std::chrono::milliseconds{*rc::gen::inRange(1, 2000)};
      tell(view_.tick(now_), 0);
      break;
    default:
      // The fastest possible timer.
      if (auto due = view_.deadline())
        tell(view_.tick(now_ = std::max(now_, *due)), 0);
    }
    check();
  }

  void end() {
    tell(view_.tick(now_ + 1h), 0);
    check();
    RC_ASSERT(view_.deadline() == std::nullopt);
    RC_ASSERT(announced() == present());
  }

private:
  using names = std::set<std::string>;

  std::string id() {
    return std::string(1, *rc::gen::inRange('a', 'h'));
  }
  std::string info() {
    return std::string(1, *rc::gen::inRange('1', '4'));
  }
  epoch_t node() {
    return *rc::gen::element(ben, cat);
  }
  names announced() const {
    names all;
    for (const auto& [user_id, info] : view_.members())
      all.insert(user_id);
    return all;
  }
  names present() const {
    names all;
    for (const auto& [socket, user] : sockets_)
      all.insert(user);
    for (const auto& [node, part] : parts_)
      all.insert(part.begin(), part.end());
    return all;
  }

  void join() {
    const auto socket = *rc::gen::inRange<std::uint64_t>(1, 9);
    const auto who = id();
    const bool was_in = sockets_.contains(socket);
    const bool first = !was_in && std::ranges::none_of(sockets_, [&](const auto& each) {
      return each.second == who;
    });
    const auto before = announced();
    const auto done = view_.join(socket, who, info(), *rc::gen::inRange<std::uint64_t>(1, 9), now_);
    if (!was_in && !before.contains(who) && before.size() >= 4) {
      RC_ASSERT(done.what == outcome::full);
      RC_ASSERT(done.news.empty() && !done.first_here && !view_.contains(socket));
      return;
    }
    const bool is_new = !was_in && !before.contains(who);
    RC_ASSERT(done.what == (is_new ? outcome::added : outcome::present));
    RC_ASSERT(done.first_here == first);
    sockets_.emplace(socket, who);
    if (!was_in)
      subscribers_[socket] = announced();  // its snapshot
    tell(done.news, socket);
  }
  void leave() {
    const auto socket = *rc::gen::inRange<std::uint64_t>(1, 9);
    const auto found = sockets_.find(socket);
    const auto done = view_.leave(socket, *rc::gen::arbitrary<bool>(), now_);
    RC_ASSERT(done.was_in == (found != sockets_.end()));
    if (found != sockets_.end()) {
      const auto who = found->second;
      sockets_.erase(found);
      subscribers_.erase(socket);
      const bool last =
          std::ranges::none_of(sockets_, [&](const auto& each) { return each.second == who; });
      RC_ASSERT(done.last_here.has_value() == last);
    }
    tell(done.news, 0);
  }
  void remote(const roster_change& change, roster_cause cause) {
    auto& part = parts_[change.node];
    for (const auto& each : change.leaves)
      part.erase(each.user_id);
    for (const auto& each : change.joins)
      part.insert(each->user_id);
    tell(view_.change(change, cause, now_), 0);
  }
  void drop() {
    roster_change lost;
    lost.node = node();
    for (const auto& each : parts_[lost.node])
      lost.leaves.push_back({each, false});
    remote(lost, *rc::gen::element(died, departed));
  }

  /// Everybody but `except` hears the news.
  void tell(const roster_view::announcements& news, std::uint64_t except) {
    for (const auto& each : news) {
      const bool added = each.what == roster_view::announcement::kind::added;
      RC_ASSERT(told_.contains(each.user_id) != added);  // alternating
      if (added)
        told_.insert(each.user_id);
      else
        told_.erase(each.user_id);
      for (auto& [socket, seen] : subscribers_) {
        if (socket == except)
          continue;
        RC_ASSERT((added ? seen.insert(each.user_id).second : seen.erase(each.user_id) == 1));
      }
    }
  }
  void check() {
    const auto all = announced();
    RC_ASSERT(all == told_);
    RC_ASSERT(view_.users() == all.size());
    RC_ASSERT(view_.members().size() == all.size());
    for (const auto& [socket, seen] : subscribers_)
      RC_ASSERT(seen == all);
    RC_ASSERT(std::ranges::includes(all, present()));
    RC_ASSERT(view_.empty() == all.empty());
    RC_ASSERT(!view_.deadline() || all != present());
  }

  roster_view view_;
  time_point now_ = start;
  std::map<std::uint64_t, std::string> sockets_;
  std::map<epoch_t, names> parts_;
  names told_;
  std::map<std::uint64_t, names> subscribers_;
};

}  // namespace

CAF_TEST(snapshot and announcements are the announced set for every subscriber at all times) {
  CAF_CHECK(rc::check("random joins, leaves, moves, losses and time", [] {
    life all;
    const auto steps = *rc::gen::inRange(0, 120);
    for (int i = 0; i < steps; ++i)
      all.step();
    all.end();
  }));
}

CAF_TEST(a user who moves within the grace makes no announcement) {
  CAF_CHECK(rc::check("moves between three nodes", [] {
    roster_view view{settings()};
    auto now = start;
    const std::array<epoch_t, 3> nodes{here, ben, cat};
    std::size_t at = 0;
    const auto come = [&] {
      return nodes[at] == here ? view.join(tab1, "a", "{}", 1, now).news
                               : view.change(comes(nodes[at], "a"), normal, now);
    };
    RC_ASSERT(text(come()) == "+a");
    for (const auto to :
         *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 3))) {
      const bool moving = *rc::gen::arbitrary<bool>();
      RC_ASSERT((nodes[at] == here ? view.leave(tab1, moving, now).news
                                   : view.change(goes(nodes[at], "a", moving), normal, now))
                    .empty());
      now += std::chrono::milliseconds{*rc::gen::inRange(0, moving ? 3000 : 250)};
      RC_ASSERT(view.tick(now).empty());
      at = to;
      RC_ASSERT(come().empty());
      RC_ASSERT(view.deadline() == std::nullopt);
    }
  }));
}

CAF_TEST(views that are fed the same parts in different orders show the same) {
  CAF_CHECK(rc::check("three parts interleaved in two ways", [] {
    const std::array<epoch_t, 3> nodes{ben, cat, 40};
    std::array<std::vector<roster_change>, 3> parts;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto length = *rc::gen::inRange(0, 20);
      for (int k = 0; k < length; ++k) {
        const auto id = std::string(1, *rc::gen::inRange('a', 'd'));
        const auto hlc = *rc::gen::inRange<std::uint64_t>(1, 4);
        parts[i].push_back(*rc::gen::inRange(0, 3) > 0
                               ? comes(nodes[i], id, hlc, std::to_string(nodes[i] * 100 + hlc))
                               : goes(nodes[i], id));
      }
    }
    const auto shown = [&parts] {
      roster_view view{settings()};
      std::vector<std::size_t> turns;
      for (std::size_t i = 0; i < parts.size(); ++i)
        turns.insert(turns.end(), parts[i].size(), i);
      std::ranges::shuffle(turns, std::mt19937{*rc::gen::arbitrary<std::uint32_t>()});
      std::array<std::size_t, 3> at{};
      for (const auto i : turns)
        view.change(parts[i][at[i]++], normal, start);
      view.tick(start + 1h);
      auto members = view.members();
      std::ranges::sort(members);
      return members;
    };
    RC_ASSERT(shown() == shown());
  }));
}
