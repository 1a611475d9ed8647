#pragma once

#include "figures.hpp"
#include "node_answers.hpp"
#include "nodes_oracle.hpp"

#include <set>

namespace grapevine::cluster::sim {

/// Asks any node what the HTTP API asks, and compares what all of them say together with the truth
/// (cluster.md section 6). The merge is the program's own.
///
/// Always: every question is answered by its deadline; who has answered and who is said to be
/// missing are together exactly those who were asked; nobody works on more than 32 questions of one
/// node. When all has been whole for long: nobody is missing, and the answer is the truth.
class questions_load final : public nodes_witness {
public:
  questions_load(nodes_world&, nodes_oracle&, figures&, duration longest_rest);

  void run();

  void let_in(node_run&, sim_channel&, socket_id) override;
  void goes(node_run&, sim_channel&, socket_id, bool moving) override;
  void asked(node_run& by, const question&) override;
  void answers(node_run& by, const question&) override;
  void changed(node_run& by, const member_news&) override;
  void gathered(node_run& by, const gathered_answers&) override;
  void over(node_run&, bool left) override;
  void renewed(node_run&, epoch_t before) override;
  void check() override;

  struct tally {
    std::size_t asked = 0;
    std::size_t compared = 0;  ///< with the truth
    std::size_t partial = 0;
  };
  const tally& counts() const noexcept {
    return counts_;
  }

private:
  struct open_question {
    epoch_t by;
    std::size_t place;
    std::uint8_t kind;
    time_point since;
    duration deadline;
    std::set<std::string> audience;  ///< names of all who count as alive
    protocol::named_info local;      ///< what the node itself says
  };
  void ask(node_run& by, std::size_t place, std::uint8_t kind, duration deadline);
  void compare(node_run& by, const open_question&, const std::vector<std::string>& answers);
  void compare_channel(node_run& by, std::size_t place, const protocol::channel_info&);
  void compare_channels(node_run& by, const open_question&, const protocol::named_info&);
  void compare_users(node_run& by, std::size_t place, const std::vector<std::string>&);
  bool quiet_since(std::size_t place, time_point) const;
  std::size_t subscriptions(std::size_t place) const;
  /// Who must be shown now, and who may be.
  std::pair<std::set<std::string>, std::set<std::string>> users(std::size_t place) const;

  nodes_world& world_;
  nodes_oracle& oracle_;
  figures& figures_;
  duration longest_rest_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, open_question> open_;
  std::map<std::size_t, time_point> moved_;  ///< by place: somebody was let in or went
  std::map<std::pair<std::size_t, std::string>, time_point> user_moved_;
  std::map<std::pair<epoch_t, epoch_t>, std::size_t> working_;  ///< {by, for}
  time_point last_burst_{};
  tally counts_;
};

}  // namespace grapevine::cluster::sim
