#pragma once

#include "cluster/frames.hpp"

#include <string>
#include <vector>

namespace grapevine::cluster {

/// Questions this node has put to others: scatter and gather (cluster.md section 6). What is asked
/// and how answers are merged is the asker's business; here is who has answered.
class query_desk {
public:
  struct gathered {
    std::uint64_t id = 0;
    std::vector<std::pair<epoch_t, std::string>> answers;  ///< complete ones, by epoch
    std::vector<epoch_t> missing;                          ///< asked, but did not answer in time
  };

  /// `deadline` is how long those may take who are not suspect, `suspect_patience` the others.
  std::uint64_t ask(const std::vector<epoch_t>& healthy, const std::vector<epoch_t>& suspect,
                    duration deadline, time_point now);
  /// A piece of an answer; too many bytes (16 MiB per answer) count as no answer.
  void on_answer(epoch_t from, const answer_frame&);
  /// The node cannot answer any more.
  void on_peer_gone(epoch_t);
  /// Those that are complete or overdue, ordered by id.
  std::vector<gathered> done(time_point now);
  std::size_t open() const noexcept;

private:
  // to be chosen by the implementation
};

/// Cuts an answer into frames of at most 64 KiB of payload.
std::vector<answer_frame> cut_answer(std::uint64_t id, std::string_view payload);

}  // namespace grapevine::cluster
