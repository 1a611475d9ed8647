#pragma once

#include "actors/app_registry.hpp"
#include "actors/local_actors.hpp"
#include "actors/messages.hpp"
#include "cluster/node/node_calls.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace grapevine::actors {

/// Questions between nodes, as the shell sees them: those of this node's gateway wait here for
/// others, and those of others are put to this node's channels.
class cluster_questions {
public:
  /// `self` asks the directories, on its own thread. `perform` takes a call to the node's core.
  cluster_questions(caf::event_based_actor& self, const app_registry&, const local_actors&,
                    std::function<void(const cluster::node_call&)> perform);

  // -- of this node

  /// The calls that `asked` leads to; the promise is answered when what they bring has come.
  /// `wanted_elsewhere` goes into the answer. `deadline`: for a question without its own.
  std::vector<cluster::node_call> open(const ask_cluster& asked, std::uint64_t key,
                                       bool wanted_elsewhere, std::chrono::milliseconds deadline,
                                       caf::response_promise);
  void on_gathered(cluster::gathered_answers&);
  void on_found(cluster::cache_found&);
  /// Gives every promise up.
  void clear() {
    open_.clear();
  }

  /// Whether the question is about one channel, so that only those who want that are asked.
  static bool of_channel(cluster_question_kind) noexcept;

  // -- of others

  /// Answers it with what this node's channels say; with nothing if they fail.
  void on_question(const cluster::question&);

private:
  struct pending_answer {
    caf::response_promise promise;
    cluster_answer answer;
    bool gathering = true;
    bool looking_up = false;
  };
  using pending_answers = std::map<std::uint64_t, pending_answer>;
  void complete(pending_answers::iterator);
  void list_channels(const cluster::question&,
                     const std::function<void(const std::string&)>& reply);

  caf::event_based_actor& self_;
  const app_registry& apps_;
  const local_actors& local_;
  std::function<void(const cluster::node_call&)> perform_;
  pending_answers open_;  ///< by the id of the calls
  std::uint64_t last_id_ = 0;
};

}  // namespace grapevine::actors
