#define CAF_SUITE cluster.roster_view

#include "cluster/roster_view.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

using namespace grapevine::cluster;
using namespace std::literals;
using outcome = roster_view::outcome;

namespace {

const time_point start{1000s};
constexpr epoch_t here = 10, ben = 20, cat = 30;
constexpr std::uint64_t tab1 = 1, tab2 = 2, other = 3;

roster_view_settings settings(std::size_t members_max = 100) {
  roster_view_settings s;
  s.self = here;
  s.members_max = members_max;
  return s;
}

roster_view_settings alone(std::size_t members_max = 100) {
  auto s = settings(members_max);
  s.leave_debounce = {};
  return s;
}

roster_change comes(epoch_t node, std::string id, std::uint64_t hlc = 1, std::string info = "{}") {
  roster_change change;
  change.node = node;
  change.joins.push_back(
      std::make_shared<const roster_element>(roster_element{std::move(id), std::move(info), hlc}));
  return change;
}

roster_change goes(epoch_t node, std::string id, bool moving = false) {
  roster_change change;
  change.node = node;
  change.leaves.push_back({std::move(id), moving});
  return change;
}

std::string text(const roster_view::announcements& news) {
  std::string line;
  for (const auto& each : news) {
    if (!line.empty())
      line += ' ';
    line += each.what == roster_view::announcement::kind::added ? "+" : "-";
    line += each.user_id;
  }
  return line;
}

std::string ids(const roster_view& view) {
  std::string line;
  for (const auto& [id, info] : view.members())
    line += id + " ";
  if (!line.empty())
    line.pop_back();
  return line;
}

std::string info_of(const roster_view& view, const std::string& id) {
  for (const auto& [user_id, info] : view.members())
    if (user_id == id)
      return info;
  return "nobody";
}

constexpr auto normal = roster_cause::normal;
constexpr auto departed = roster_cause::departed;
constexpr auto died = roster_cause::died;

}  // namespace

CAF_TEST(a user is added with the first socket and removed with the last) {
  roster_view view{alone()};
  auto joined = view.join(tab1, "42", "{}", 1, start);
  CAF_CHECK(joined.what == outcome::added);
  CAF_CHECK(joined.first_here);
  CAF_CHECK(joined.news
            == roster_view::announcements{{roster_view::announcement::kind::added, "42", "{}"}});
  auto second = view.join(tab2, "42", "{}", 2, start);
  CAF_CHECK(second.what == outcome::present);
  CAF_CHECK(!second.first_here);
  CAF_CHECK(second.news.empty());
  CAF_CHECK_EQUAL(view.users(), 1u);
  auto left = view.leave(tab1, false, start);
  CAF_CHECK(left.was_in);
  CAF_CHECK(left.last_here == std::nullopt);
  CAF_CHECK(left.news.empty());
  left = view.leave(tab2, false, start);
  CAF_CHECK(left.was_in);
  CAF_CHECK(left.last_here == std::optional<std::string>{"42"});
  CAF_CHECK(left.news
            == roster_view::announcements{{roster_view::announcement::kind::removed, "42", ""}});
  CAF_CHECK(view.empty());
  CAF_CHECK(view.deadline() == std::nullopt);
}

CAF_TEST(the same socket counts once however often it joins) {
  roster_view view{alone()};
  view.join(tab1, "42", "{}", 1, start);
  auto again = view.join(tab1, "42", "{}", 2, start);
  CAF_CHECK(again.what == outcome::present);
  CAF_CHECK(!again.first_here);
  CAF_CHECK_EQUAL(text(view.leave(tab1, false, start).news), "-42");
  CAF_CHECK(!view.leave(tab1, false, start).was_in);
}

CAF_TEST(the limit refuses new users but never another socket of a present one) {
  roster_view view{alone(1)};
  view.join(tab1, "42", "{}", 1, start);
  CAF_CHECK(view.join(other, "7", "{}", 1, start).what == outcome::full);
  CAF_CHECK(!view.contains(other));
  CAF_CHECK(!view.leave(other, false, start).was_in);
  CAF_CHECK_EQUAL(ids(view), "42");
  CAF_CHECK(view.join(tab2, "42", "{}", 1, start).what == outcome::present);
  view.leave(tab1, false, start);
  view.leave(tab2, false, start);
  CAF_CHECK(view.join(other, "7", "{}", 1, start).what == outcome::added);
}

CAF_TEST(the limit counts users of all nodes and those who are away but refuses no remote one) {
  roster_view view{settings(2)};
  view.change(comes(ben, "a"), normal, start);
  view.join(tab1, "b", "{}", 1, start);
  CAF_CHECK(view.join(other, "c", "{}", 1, start).what == outcome::full);
  CAF_CHECK(view.join(tab2, "a", "{}", 1, start).what == outcome::present);
  view.leave(tab1, false, start);
  CAF_CHECK(view.join(other, "c", "{}", 1, start).what == outcome::full);
  CAF_CHECK(view.join(tab1, "b", "{}", 1, start).what == outcome::present);
  CAF_CHECK_EQUAL(text(view.change(comes(cat, "d"), normal, start)), "+d");
  CAF_CHECK_EQUAL(view.users(), 3u);
}

CAF_TEST(members are listed in the order in which they were announced) {
  roster_view view{settings()};
  view.join(tab1, "z", "1", 9, start);
  view.change(comes(ben, "m", 1, "2"), normal, start);
  view.join(tab2, "a", "3", 5, start);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"z", "1"}, {"m", "2"}, {"a", "3"}};
  CAF_CHECK(view.members() == expected);
  CAF_CHECK(view.user_ids() == (std::vector<std::string>{"z", "m", "a"}));
  // A silent return keeps the place.
  view.leave(tab1, false, start);
  view.join(tab1, "z", "1", 9, start + 100ms);
  CAF_CHECK_EQUAL(ids(view), "z m a");
}

CAF_TEST(the user_info of the first socket is that of the user) {
  roster_view view{settings()};
  view.join(tab1, "42", "first", 1, start);
  view.join(tab2, "42", "second", 2, start);
  view.leave(tab1, false, start);
  CAF_CHECK_EQUAL(info_of(view, "42"), "first");
}

CAF_TEST(a leave is announced after the debounce and a snapshot before includes the user) {
  roster_view view{settings()};
  view.join(tab1, "a", "{}", 1, start);
  auto left = view.leave(tab1, false, start);
  CAF_CHECK(left.last_here == std::optional<std::string>{"a"});
  CAF_CHECK(left.news.empty());
  CAF_CHECK(!view.contains(tab1));
  CAF_CHECK(view.deadline() == start + 250ms);
  CAF_CHECK(view.tick(start + 249ms).empty());
  CAF_CHECK_EQUAL(ids(view), "a");
  CAF_CHECK_EQUAL(view.users(), 1u);
  CAF_CHECK(!view.empty());
  CAF_CHECK_EQUAL(text(view.tick(start + 250ms)), "-a");
  CAF_CHECK(view.empty());
  CAF_CHECK(view.tick(start + 1h).empty());
}

CAF_TEST(a return to any node in that time is silent) {
  roster_view view{settings()};
  view.join(tab1, "a", "{}", 1, start);
  view.leave(tab1, false, start);
  auto back = view.join(tab2, "a", "{}", 2, start + 200ms);
  CAF_CHECK(back.what == outcome::present);
  CAF_CHECK(back.first_here);
  CAF_CHECK(back.news.empty());
  CAF_CHECK(view.deadline() == std::nullopt);
  view.leave(tab2, false, start + 300ms);
  CAF_CHECK(view.change(comes(ben, "a"), normal, start + 400ms).empty());
  CAF_CHECK(view.tick(start + 1h).empty());
}

CAF_TEST(a user present on two nodes leaves with the last of them) {
  roster_view view{settings()};
  CAF_CHECK_EQUAL(text(view.change(comes(ben, "a"), normal, start)), "+a");
  auto joined = view.join(tab1, "a", "{}", 2, start);
  CAF_CHECK(joined.what == outcome::present);
  CAF_CHECK(joined.first_here);
  CAF_CHECK(view.change(goes(ben, "a"), normal, start).empty());
  CAF_CHECK(view.deadline() == std::nullopt);
  CAF_CHECK(view.leave(tab1, false, start).last_here == std::optional<std::string>{"a"});
  CAF_CHECK(view.deadline() == start + 250ms);
}

CAF_TEST(a moving user and those of a departed node are given the grace) {
  roster_view view{settings()};
  view.change(comes(ben, "a"), normal, start);
  view.change(comes(cat, "b"), normal, start);
  view.join(tab1, "c", "{}", 1, start);
  CAF_CHECK(view.change(goes(ben, "a", true), normal, start).empty());
  CAF_CHECK(view.change(goes(cat, "b"), departed, start + 1s).empty());
  CAF_CHECK(view.leave(tab1, true, start + 2s).news.empty());
  CAF_CHECK_EQUAL(text(view.tick(start + 3s)), "-a");
  CAF_CHECK_EQUAL(text(view.tick(start + 4s)), "-b");
  CAF_CHECK_EQUAL(text(view.tick(start + 5s)), "-c");
}

CAF_TEST(those whose last node died are removed at once and others stay) {
  roster_view view{settings()};
  view.change(comes(ben, "a"), normal, start);
  view.change(comes(ben, "b"), normal, start);
  view.change(comes(cat, "b"), normal, start);
  auto lost = goes(ben, "a");
  lost.leaves.push_back({"b", false});
  CAF_CHECK_EQUAL(text(view.change(lost, died, start)), "-a");
  CAF_CHECK_EQUAL(ids(view), "b");
  CAF_CHECK(view.deadline() == std::nullopt);
}

CAF_TEST(a death does not touch who is away from another node) {
  roster_view view{settings()};
  view.change(comes(ben, "a"), normal, start);
  view.change(goes(ben, "a"), normal, start);
  CAF_CHECK(view.change(goes(cat, "a"), died, start + 10ms).empty());
  CAF_CHECK(view.change(goes(ben, "a"), died, start + 10ms).empty());
  CAF_CHECK(view.deadline() == start + 250ms);
}

CAF_TEST(a user who is expected back is not given less time by a normal leave elsewhere) {
  roster_view view{settings()};
  view.change(comes(ben, "a"), normal, start);
  view.change(comes(cat, "a"), normal, start);
  view.change(goes(ben, "a", true), normal, start);
  CAF_CHECK(view.deadline() == std::nullopt);
  view.change(goes(cat, "a"), normal, start + 1s);
  CAF_CHECK(view.deadline() == start + 3s);
}

CAF_TEST(a normal leave after the expected time still has its debounce) {
  roster_view view{settings()};
  view.change(comes(ben, "a"), normal, start);
  view.change(comes(cat, "a"), normal, start);
  view.change(goes(ben, "a", true), normal, start);
  view.change(goes(cat, "a"), normal, start + 2900ms);
  CAF_CHECK(view.deadline() == start + 3150ms);
}

CAF_TEST(the death of the last node removes even who was expected back) {
  roster_view view{settings()};
  view.change(comes(ben, "a"), normal, start);
  view.change(comes(cat, "a"), normal, start);
  view.change(goes(ben, "a", true), normal, start);
  CAF_CHECK_EQUAL(text(view.change(goes(cat, "a"), died, start + 1s)), "-a");
}

CAF_TEST(who has arrived is expected no longer) {
  roster_view view{settings()};
  view.change(comes(ben, "a"), normal, start);
  view.change(goes(ben, "a", true), normal, start);
  view.change(comes(cat, "a"), normal, start + 1s);
  view.change(goes(cat, "a"), normal, start + 2s);
  CAF_CHECK(view.deadline() == start + 2250ms);
}

CAF_TEST(of several infos the earliest is shown and of equal times that of the smallest node) {
  roster_view view{settings()};
  view.join(tab1, "a", "here", 5, start);
  CAF_CHECK(view.change(comes(ben, "a", 7, "later"), normal, start).empty());
  CAF_CHECK_EQUAL(info_of(view, "a"), "here");
  CAF_CHECK(view.change(comes(cat, "a", 3, "earlier"), normal, start).empty());
  CAF_CHECK_EQUAL(info_of(view, "a"), "earlier");
  view.change(comes(cat, "a", 5, "same time"), normal, start);
  CAF_CHECK_EQUAL(info_of(view, "a"), "here");
  // The next one is shown when the shown one leaves, the last one as long as the user is away.
  view.leave(tab1, false, start);
  CAF_CHECK_EQUAL(info_of(view, "a"), "same time");
  view.change(goes(cat, "a"), normal, start);
  CAF_CHECK_EQUAL(info_of(view, "a"), "later");
  view.change(goes(ben, "a"), normal, start);
  CAF_CHECK_EQUAL(info_of(view, "a"), "later");
  view.join(tab1, "a", "back", 9, start + 1ms);
  CAF_CHECK_EQUAL(info_of(view, "a"), "back");
}

CAF_TEST(the revision follows what a snapshot would show) {
  roster_view view{settings()};
  auto last = view.revision();
  const auto moved = [&] { return view.revision() != std::exchange(last, view.revision()); };
  view.join(tab1, "a", "x", 5, start);
  CAF_CHECK(moved());
  view.join(tab2, "a", "y", 5, start);
  view.change(comes(ben, "a", 7, "y"), normal, start);
  CAF_CHECK(!moved());
  view.leave(tab1, false, start);
  CAF_CHECK(!moved());
  view.leave(tab2, false, start);
  CAF_CHECK(moved());
  view.change(goes(ben, "a"), normal, start);
  CAF_CHECK(!moved());
  view.tick(start + 1s);
  CAF_CHECK(moved());
}

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
