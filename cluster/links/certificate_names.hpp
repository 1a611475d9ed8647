#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// True if a certificate with these names vouches for the node: for its own name, or for one of
/// `allowed`, where a leading "*." stands for any first label.
bool certifies(const std::vector<std::string>& names, std::string_view node,
               const std::vector<std::string>& allowed);

}  // namespace grapevine::cluster
