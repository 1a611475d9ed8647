#pragma once

#include "cluster/rosters/roster_cause.hpp"
#include "cluster/rosters/roster_part.hpp"
#include "cluster/types.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace grapevine::channels {

struct roster_view_settings {
  cluster::epoch_t self = 0;      ///< the local node, where infos of one user compete
  std::size_t members_max = 100;  ///< distinct users; one who is present is never refused
  cluster::duration leave_debounce = std::chrono::milliseconds{250};
  cluster::duration moving_grace = std::chrono::seconds{3};
};

/// What subscribers of one presence channel on this node were told: the *announced* set, from
/// elements of all nodes' parts and the local sockets (cluster.md section 5, "The view").
///
/// For every subscriber, the members it was given plus the announcements since equal the announced
/// set; added and removed alternate per user. A user whose last element goes stays announced, and
/// counts as a member, for a while: a return in that time, to any node, is no event.
///
/// How an element goes, and what that means (a: others of the user remain, b: it was his last):
/// - normal leave.            a: nothing.
///                            b: he leaves at `now + leave_debounce`, or later if expected later.
/// - `moving`, node departed. a: expected until `now + moving_grace`, or later if he was.
///                            b: the same, and he leaves at that time.
/// - node died.               a: nothing.
///                            b: he leaves now, even if he is expected.
///
/// Expectations do not get shorter but by an arrival. An element that arrives - on a node that did
/// not have him, or in place of one there - ends the time away and the expectation: a user who has
/// moved and then leaves takes only the debounce. While somebody is away he has no element, so no
/// further loss can change the time he has left. Another socket on the same node is no element.
class roster_view {
public:
  explicit roster_view(const roster_view_settings&);

  struct announcement {
    enum class kind : std::uint8_t { added, removed };
    kind what = kind::added;
    std::string user_id;
    std::string user_info;  ///< with `added`; JSON text, empty when absent
    bool operator==(const announcement&) const = default;
  };
  using announcements = std::vector<announcement>;

  // -- local sockets, identified by the caller

  enum class outcome : std::uint8_t {
    added,    ///< a new user in the cluster's eyes: announced to the others, see `news`
    present,  ///< the user was announced already, or the socket was in: nothing to announce
    full,     ///< refused
  };
  struct join_result {
    outcome what = outcome::full;
    /// The user's first socket on this node: his element is to be told to the peers.
    bool first_here = false;
    announcements news;
  };
  /// `hlc`: the time of the join, for the user's first socket on this node, whose info is the
  /// user's here.
  join_result join(std::uint64_t socket, const std::string& user_id, const std::string& user_info,
                   std::uint64_t hlc, cluster::time_point now);
  struct leave_result {
    bool was_in = false;
    std::optional<std::string> last_here;  ///< the user whose last socket on this node that was
    announcements news;
  };
  leave_result leave(std::uint64_t socket, bool moving, cluster::time_point now);

  // -- the parts of other nodes

  /// `change.node` is never the local one. Leaves come before joins; a leave of a user whom that
  /// node did not have is nothing. Nobody is refused. Times away run from `when`, which may be
  /// past: the next `tick` announces those that are over.
  announcements change(const cluster::roster_change&, cluster::roster_cause,
                       cluster::time_point when);
  /// Announces those whose time away is over. Only here that time ends: late calls make longer
  /// absences silent.
  announcements tick(cluster::time_point now);
  /// When `tick` has something to do next.
  std::optional<cluster::time_point> deadline() const;

  /// The announced members in the order in which they were announced. Of several infos of one user
  /// the one with the smallest (hlc, node) is shown; the local node is `settings.self` there.
  std::vector<std::pair<std::string, std::string>> members() const;  ///< (user_id, user_info)
  std::vector<std::string> user_ids() const;                         ///< as in `members()`
  std::size_t users() const noexcept;
  bool contains(std::uint64_t socket) const noexcept;
  /// Rises whenever `members()` changes.
  std::uint64_t revision() const noexcept;
  /// Nobody is announced and no socket is here.
  bool empty() const noexcept;

private:
  struct holder {
    cluster::epoch_t node = 0;
    cluster::shared_element element;
  };
  struct user {
    std::vector<holder> holders;    ///< one per node that has him; mostly one
    cluster::shared_element shown;  ///< while away: the last
    std::size_t sockets = 0;        ///< here
    cluster::time_point expected = cluster::time_point::min();
    std::optional<cluster::time_point> leaves_at;
  };
  /// Users are known by the order of their announcement; orders are never reused.
  using order = std::uint64_t;

  void arrive(cluster::epoch_t node, cluster::shared_element, announcements& news);
  void lose(order, cluster::epoch_t node, bool moving, cluster::roster_cause,
            cluster::time_point now, announcements& news);
  void remove(order, announcements& news);
  void show(user&);

  roster_view_settings settings_;
  std::map<order, user> announced_;
  std::unordered_map<std::string, order> order_of_user_;
  std::unordered_map<std::uint64_t, order> order_of_socket_;
  std::set<std::pair<cluster::time_point, order>> leaving_;
  order next_order_ = 0;
  std::uint64_t revision_ = 0;
};

}  // namespace grapevine::channels
