#include "cluster/wire/rumour.hpp"

#include <utility>

namespace grapevine::cluster {

std::string_view to_string(member_state state) noexcept {
  switch (state) {
  case member_state::alive:
    return "alive";
  case member_state::suspect:
    return "suspect";
  case member_state::dead:
    return "dead";
  case member_state::left:
    return "left";
  }
  return "unknown";
}

bool overrides(const rumour& news, epoch_t epoch, std::uint32_t incarnation,
               member_state state) noexcept {
  if (news.epoch != epoch)
    return news.epoch > epoch;
  if (state == member_state::left)
    return false;
  if (news.state == member_state::left)
    return true;
  return std::pair{news.incarnation, news.state} > std::pair{incarnation, state};
}

}  // namespace grapevine::cluster
