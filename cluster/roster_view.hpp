#pragma once

#include "cluster/roster_replica.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// Why a node's part changed; decides how long a user may be away before he is announced as gone.
enum class roster_cause : std::uint8_t {
  normal,    ///< by a join or leave: `leave_debounce`, or `moving_grace` for a leave that says so
  departed,  ///< the node left the cluster in order, or was restarted: `moving_grace`
  died,      ///< the node was declared dead, which took its time already: at once
};

struct roster_view_settings {
  epoch_t self = 0;               ///< the local node, where infos of one user compete
  std::size_t members_max = 100;  ///< distinct users; one who is present is never refused
  duration leave_debounce = std::chrono::milliseconds{250};
  duration moving_grace = std::chrono::seconds{3};
};

/// What subscribers of one presence channel on this node were told: the *announced* set, from
/// elements of all nodes' parts and the local sockets (cluster.md section 5, "The view").
///
/// For every subscriber, the members it was given plus the announcements since equal the announced
/// set; added and removed alternate per user. A user whose last element goes stays announced for a
/// while: a return in that time, to any node, is no event.
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
    bool first_here =
        false;  ///< the user's first socket on this node: his element is to be told to the peers
    announcements news;
  };
  join_result join(std::uint64_t socket, const std::string& user_id, const std::string& user_info,
                   std::uint64_t hlc, time_point now);
  struct leave_result {
    bool was_in = false;
    std::optional<std::string> last_here;  ///< the user whose last socket on this node that was
    announcements news;
  };
  leave_result leave(std::uint64_t socket, bool moving, time_point now);

  // -- the parts of other nodes

  announcements change(const roster_change&, roster_cause, time_point now);
  /// Announces those whose time away is over.
  announcements tick(time_point now);
  /// When `tick` has something to do next.
  std::optional<time_point> deadline() const;

  /// The announced members in the order in which they were announced. Of several infos of one user
  /// the one with the smallest (hlc, node) is shown; the local node is `settings.self` there.
  std::vector<std::pair<std::string, std::string>> members() const;  ///< (user_id, user_info)
  std::size_t users() const noexcept;
  bool contains(std::uint64_t socket) const noexcept;
  /// Nobody is announced and no socket is here.
  bool empty() const noexcept;

private:
  // to be chosen by the implementation
};

}  // namespace grapevine::cluster
