#define CAF_SUITE channels.roster_view

#include "channels/roster_view.hpp"

#include "caf/test/dsl.hpp"

#include "tests/channels/roster_changes.hpp"

#include <utility>

using namespace grapevine::channels;
using namespace grapevine::channels::test;
using namespace std::literals;
using outcome = roster_view::outcome;

namespace {

roster_view_settings alone(std::size_t members_max = 100) {
  auto s = settings(members_max);
  s.leave_debounce = {};
  return s;
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
