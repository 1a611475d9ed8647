#pragma once

#include "cluster/queries/open_queries.hpp"
#include "cluster/queries/question.hpp"
#include "cluster/wire/frame_sink.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// Carries questions to other nodes, and theirs to this one (cluster.md section 6). Every question
/// is answered: by those who could, and by the names of those who could not.
class query_exchange {
public:
  /// Questions of one peer that this node works on at a time, so that no peer fills the shards with
  /// its questions; more are answered with nothing, which counts as no answer.
  static constexpr std::uint32_t questions_max = 32;

  explicit query_exchange(frame_sink& to_peers);

  // -- of this node

  struct target {
    epoch_t peer = 0;
    std::string name;
    bool suspect = false;
  };
  /// Puts `asked` (its id is left to this class) to the targets. `unreachable`: names of those who
  /// should answer and cannot be asked. Nobody is asked when too many questions are open.
  void ask(std::uint64_t id, query_frame asked, const std::vector<target>&,
           std::vector<std::string> unreachable, duration deadline, time_point now);
  void on_answer(epoch_t from, const answer_frame&);
  /// Questions that all have answered or whose time is over, in the order in which they were put.
  std::vector<gathered_answers> take_gathered(time_point now);

  // -- of others

  /// Nothing if it was answered already: its app is not known here (`app` is empty), or the peer
  /// has put too many.
  std::optional<question> on_query(epoch_t from, const query_frame&,
                                   std::optional<std::uint32_t> app);
  /// Ignored when that peer waits for no answer.
  void answer(epoch_t to, std::uint64_t id, std::string_view payload);

  /// The peer is gone, with its questions and what it was asked.
  void drop_peer(epoch_t);

private:
  struct asked_question {
    std::uint64_t id = 0;                  ///< the caller's
    std::vector<std::string> unreachable;  ///< nodes that could not be asked
    std::map<epoch_t, std::string> asked;  ///< with the names they had then
  };

  frame_sink& to_peers_;
  open_queries open_;
  std::map<std::uint64_t, asked_question> questions_;  ///< by the number in `open_`
  std::vector<gathered_answers> refused_;              ///< as too many were open
  std::map<epoch_t, std::uint32_t> unanswered_;        ///< questions of a peer; absent: none
};

}  // namespace grapevine::cluster
