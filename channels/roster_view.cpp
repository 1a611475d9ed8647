#include "channels/roster_view.hpp"

#include <algorithm>
#include <tuple>

namespace grapevine::channels {

roster_view::roster_view(const roster_view_settings& settings) : settings_{settings} {}

roster_view::join_result roster_view::join(std::uint64_t socket, const std::string& user_id,
                                           const std::string& user_info, std::uint64_t hlc,
                                           cluster::time_point) {
  if (order_of_socket_.contains(socket))
    return {outcome::present, false, {}};
  const bool known = order_of_user_.contains(user_id);
  if (!known && announced_.size() >= settings_.members_max)
    return {outcome::full, false, {}};
  join_result done{known ? outcome::present : outcome::added, false, {}};
  done.first_here = !known || announced_.at(order_of_user_.at(user_id)).sockets == 0;
  if (done.first_here)
    arrive(settings_.self,
           std::make_shared<const cluster::roster_element>(
               cluster::roster_element{user_id, user_info, hlc}),
           done.news);
  const auto who = order_of_user_.at(user_id);
  ++announced_.at(who).sockets;
  order_of_socket_.emplace(socket, who);
  return done;
}

roster_view::leave_result roster_view::leave(std::uint64_t socket, bool moving,
                                             cluster::time_point now) {
  const auto of_socket = order_of_socket_.find(socket);
  if (of_socket == order_of_socket_.end())
    return {};
  const auto who = of_socket->second;
  order_of_socket_.erase(of_socket);
  leave_result done{true, std::nullopt, {}};
  auto& left = announced_.at(who);
  if (--left.sockets > 0)
    return done;
  done.last_here = left.shown->user_id;
  lose(who, settings_.self, moving, cluster::roster_cause::normal, now, done.news);
  return done;
}

roster_view::announcements roster_view::change(const cluster::roster_change& change,
                                               cluster::roster_cause cause,
                                               cluster::time_point now) {
  announcements news;
  for (const auto& leave : change.leaves) {
    const auto known = order_of_user_.find(leave.user_id);
    if (known != order_of_user_.end())
      lose(known->second, change.node, leave.moving, cause, now, news);
  }
  for (const auto& element : change.joins)
    arrive(change.node, element, news);
  return news;
}

roster_view::announcements roster_view::tick(cluster::time_point now) {
  announcements news;
  while (!leaving_.empty() && leaving_.begin()->first <= now)
    remove(leaving_.begin()->second, news);
  return news;
}

std::optional<cluster::time_point> roster_view::deadline() const {
  if (leaving_.empty())
    return std::nullopt;
  return leaving_.begin()->first;
}

std::vector<std::pair<std::string, std::string>> roster_view::members() const {
  std::vector<std::pair<std::string, std::string>> list;
  list.reserve(announced_.size());
  for (const auto& [place, each] : announced_)
    list.emplace_back(each.shown->user_id, each.shown->user_info);
  return list;
}

std::vector<std::string> roster_view::user_ids() const {
  std::vector<std::string> list;
  list.reserve(announced_.size());
  for (const auto& [place, each] : announced_)
    list.push_back(each.shown->user_id);
  return list;
}

std::size_t roster_view::users() const noexcept {
  return announced_.size();
}

bool roster_view::contains(std::uint64_t socket) const noexcept {
  return order_of_socket_.contains(socket);
}

std::uint64_t roster_view::revision() const noexcept {
  return revision_;
}

bool roster_view::empty() const noexcept {
  return announced_.empty();  // whose socket is here is announced
}

void roster_view::arrive(cluster::epoch_t node, cluster::shared_element element,
                         announcements& news) {
  const auto [known, is_new] = order_of_user_.try_emplace(element->user_id, next_order_);
  if (is_new)
    ++next_order_;
  auto& who = announced_[known->second];
  if (who.leaves_at)
    leaving_.erase({*who.leaves_at, known->second});
  who.leaves_at.reset();
  who.expected = cluster::time_point::min();
  const auto held = std::ranges::find(who.holders, node, &holder::node);
  if (held == who.holders.end())
    who.holders.push_back({node, std::move(element)});
  else
    held->element = std::move(element);
  show(who);
  if (is_new) {
    news.push_back({announcement::kind::added, who.shown->user_id, who.shown->user_info});
  }
}

void roster_view::lose(order which, cluster::epoch_t node, bool moving, cluster::roster_cause cause,
                       cluster::time_point now, announcements& news) {
  auto& who = announced_.at(which);
  const auto held = std::ranges::find(who.holders, node, &holder::node);
  if (held == who.holders.end())
    return;
  who.holders.erase(held);
  const bool died = cause == cluster::roster_cause::died;
  if (!died && (moving || cause == cluster::roster_cause::departed))
    who.expected = std::max(who.expected, now + settings_.moving_grace);
  if (!who.holders.empty()) {
    show(who);
    return;
  }
  const auto until = died ? now : std::max(now + settings_.leave_debounce, who.expected);
  if (until <= now) {
    remove(which, news);
    return;
  }
  who.leaves_at = until;
  leaving_.emplace(until, which);
}

void roster_view::remove(order which, announcements& news) {
  const auto found = announced_.find(which);
  const auto& who = found->second;
  if (who.leaves_at)
    leaving_.erase({*who.leaves_at, which});
  news.push_back({announcement::kind::removed, who.shown->user_id, {}});
  order_of_user_.erase(who.shown->user_id);
  announced_.erase(found);
  ++revision_;
}

/// Chooses alike on all nodes that hold the same elements.
void roster_view::show(user& who) {
  const auto& first = *std::ranges::min_element(who.holders, {}, [](const holder& each) {
    return std::tuple{each.element->hlc, each.node};
  });
  if (!who.shown || who.shown->user_info != first.element->user_info)
    ++revision_;
  who.shown = first.element;
}

}  // namespace grapevine::channels
