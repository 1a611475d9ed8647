#include "cluster/links/connection.hpp"

#include "cluster/wire/shared_frame.hpp"

namespace grapevine::cluster {

void connection::say(const frame& f) {
  waiting.push_back(shared(f));
}

std::size_t connection::take_waiting(std::vector<slice>& slices) {
  std::size_t taken = 0;
  for (auto& bytes : std::exchange(waiting, {})) {
    const std::string_view view{*bytes};
    taken += view.size();
    slices.push_back({std::move(bytes), view});
  }
  return taken;
}

}  // namespace grapevine::cluster
