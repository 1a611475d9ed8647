#pragma once

#include "cluster/wire/frames.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::cluster {

/// Questions this node has put to others: scatter and gather (cluster.md section 6). What is asked
/// and how answers are merged is the asker's business; here is who has answered.
class open_queries {
public:
  static constexpr std::size_t open_max = 1024;
  static constexpr std::size_t answer_bytes_max = 16u << 20;    ///< from one node to one query
  static constexpr std::size_t gathered_bytes_max = 64u << 20;  ///< of all open queries
  static constexpr duration suspect_deadline = std::chrono::milliseconds{250};

  struct gathered {
    std::uint64_t id = 0;
    std::vector<std::pair<epoch_t, std::string>> answers;  ///< complete ones, by epoch
    std::vector<epoch_t> missing;                          ///< asked, but did not answer in time
  };

  /// Opens a query to these nodes. Suspect ones are waited for at most `suspect_deadline`, the
  /// others for `deadline`. The ids ascend from 1; 0 if `open_max` are open.
  std::uint64_t ask(const std::vector<epoch_t>& healthy, const std::vector<epoch_t>& suspect,
                    duration deadline, time_point now);
  /// A piece of an answer. Too many bytes count as no answer; what was not asked, or has been
  /// answered, is ignored.
  void on_answer(epoch_t from, const answer_frame&);
  /// The node cannot answer any more.
  void on_peer_gone(epoch_t);
  /// Takes out those that are complete or overdue, ordered by id. A query to nobody is complete at
  /// once.
  std::vector<gathered> done(time_point now);
  std::size_t open() const noexcept;

private:
  enum class progress : std::uint8_t { waiting, answered, failed };
  struct asked {
    time_point deadline{};
    progress state = progress::waiting;
    std::string answer;
  };
  using query = std::map<epoch_t, asked>;

  void fail(asked&);
  gathered close(std::uint64_t id, query&&);

  std::map<std::uint64_t, query> open_;
  std::uint64_t last_id_ = 0;
  std::size_t bytes_ = 0;  ///< in all answers of `open_`
};

/// The most payload in one answer frame.
inline constexpr std::size_t answer_payload_max = 64u << 10;

/// Cuts an answer into frames of at most `answer_payload_max`; at least one, the last marked.
std::vector<answer_frame> cut_answer(std::uint64_t id, std::string_view payload);

}  // namespace grapevine::cluster
