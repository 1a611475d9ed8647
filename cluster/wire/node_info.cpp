#include "cluster/wire/node_info.hpp"

#include <algorithm>

namespace grapevine::cluster {

bool valid_node_name(std::string_view name) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'
           || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, allowed);
}

}  // namespace grapevine::cluster
