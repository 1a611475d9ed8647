#include "cluster/tunnels/tunnelled_turns.hpp"

namespace grapevine::cluster {

std::uint64_t
tunnelled_turns::end(unsigned parts,
                     const std::function<std::optional<std::uint64_t>(epoch_t)>& end_turn) {
  turn fresh{{}, parts};
  for (const auto epoch : std::exchange(heard_, {}))
    if (const auto number = end_turn(epoch))
      fresh.of_peers.emplace_back(epoch, *number);
  if (fresh.of_peers.empty() || parts == 0)
    return 0;
  turns_.emplace(++last_, std::move(fresh));
  return last_;
}

void tunnelled_turns::part_done(std::uint64_t number,
                                const std::function<void(epoch_t, std::uint64_t)>& part_done) {
  const auto found = turns_.find(number);
  if (found == turns_.end())
    return;
  for (const auto& [epoch, turn_of_peer] : found->second.of_peers)
    part_done(epoch, turn_of_peer);
  if (--found->second.parts_left == 0)
    turns_.erase(found);
}

}  // namespace grapevine::cluster
