#pragma once

#include "figures.hpp"
#include "nodes_oracle.hpp"

#include <set>

namespace grapevine::cluster::sim {

/// Measures how long it takes until every node with subscribers has announced that a user has come
/// or gone in the cluster (promises 3, 4, 6 and 7 of docs/guarantees.md), and sees that it happens
/// once.
///
/// A change is followed on the nodes whose subscribers were let in before it, until it is announced
/// there, the user changes again, or the node has no subscribers left. The times are those of the
/// sockets: from the moment a user's first was let in, or his last has gone or its node has ended.
class presence_times final : public nodes_witness {
public:
  /// The most that may pass, and under which name it is measured.
  struct limit {
    const char* what;
    duration most;
    duration least{};
  };
  struct limits {
    limit joined;
    limit left;       ///< by himself
    limit sent_away;  ///< by a node that leaves, not to come back
    limit lost;       ///< with his node, which did not say so
  };
  presence_times(nodes_world&, nodes_oracle&, figures&, const limits&);

  const limits& now() const noexcept {
    return limits_;
  }
  /// From now on; what is being followed keeps its own.
  void set_limits(const limits& now) {
    limits_ = now;
  }
  /// Whether changes that begin are followed.
  void set_following(bool follows) {
    follows_ = follows;
    if (!follows)
      open_.clear();
  }
  /// Whether everybody hears everybody soon, so that nobody may announce what is not so.
  void set_strict(bool strict) {
    strict_ = strict;
  }
  /// What is being followed is not followed any more: a fault begins that may delay it.
  void forget() {
    open_.clear();
  }

  void let_in(node_run&, sim_channel&, socket_id) override;
  void goes(node_run&, sim_channel&, socket_id, bool moving) override;
  void announced(node_run&, sim_channel&, const roster_view::announcement&) override;
  void over(node_run&, bool left) override;
  void check() override;

  std::size_t measured() const noexcept {
    return measured_;
  }
  /// Who is there, and who was a moment ago.
  std::set<std::string> present(std::size_t place, duration for_at_least) const;
  std::set<std::string> not_gone(std::size_t place, duration for_at_most) const;

private:
  using who = std::pair<std::size_t, std::string>;  ///< place, user
  struct waiting {
    host_id at;        ///< where it is not announced yet
    time_point ready;  ///< since when its subscribers are let in
  };
  struct followed {
    bool came;
    time_point since;
    limit allowed;
    std::map<epoch_t, waiting> on;
  };
  void begin(const who&, bool came, const limit&, const node_run* but);
  bool lost_subscribers(epoch_t, const waiting&, const who&) const;
  void too_late(const node_run& at, const who&, bool came);
  void gone(const who&, const limit&, const node_run* at);

  nodes_world& world_;
  nodes_oracle& oracle_;
  figures& figures_;
  limits limits_;
  struct truth {
    std::size_t sockets = 0;  ///< in the whole cluster
    time_point since{};       ///< they are none, or some
  };
  std::map<who, truth> truth_;
  std::map<who, followed> open_;
  std::size_t measured_ = 0;
  bool strict_ = false;
  bool follows_ = true;
};

}  // namespace grapevine::cluster::sim
