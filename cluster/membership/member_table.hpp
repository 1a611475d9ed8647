#pragma once

#include "cluster/membership/redial.hpp"
#include "cluster/membership/suspicion.hpp"
#include "cluster/wire/rumour.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// A probe of one member that has not been answered yet.
struct open_probe {
  struct asked_relay {
    epoch_t relay;
    bool answered;
  };
  std::uint64_t nonce = 0;
  time_point started{};
  std::optional<time_point> asked_at;  ///< when the relays were asked
  std::vector<asked_relay> relays;
};

/// Another node, as this one sees it.
struct member {
  node_info info;
  member_state state = member_state::alive;
  time_point since{};  ///< when `state` was entered
  bool linked = false;
  time_point heard{};  ///< last bytes over the link; when the member became known, before the first
  time_point vouched{};  ///< last time a relay answered for it
  epoch_t voucher = 0;   ///< that relay
  std::optional<open_probe> probe;
  std::optional<suspicion> suspected;  ///< set exactly while `state` is suspect
  /// Of this incarnation, who were not believed because the member was heard.
  std::vector<epoch_t> accusers;
  time_point accused_at{};  ///< when it was last told so
  redial dialling;

  bool serving() const noexcept {
    return state == member_state::alive || state == member_state::suspect;
  }
  /// Last sign of life of any kind.
  time_point evidence() const noexcept {
    return std::max(heard, vouched);
  }
};

/// What is true of a member, as a rumour.
rumour describe(const member&);

/// The members by name, iterated in the order of their names. There is one epoch per name: the
/// highest ever seen.
class member_table {
public:
  using map = std::map<std::string, member, std::less<>>;

  member* find(std::string_view name);
  const member* find(std::string_view name) const;
  member* find(epoch_t);
  const member* find(epoch_t) const;
  /// Adds a member, or puts it in the place of the one with the same name.
  member& put(member);
  void erase(map::iterator);

  map& all() noexcept {
    return by_name_;
  }
  const map& all() const noexcept {
    return by_name_;
  }
  std::size_t size() const noexcept {
    return by_name_.size();
  }
  /// Members that are alive or suspect.
  std::size_t serving() const noexcept;

private:
  map by_name_;
  std::map<epoch_t, std::string> names_;
};

}  // namespace grapevine::cluster
