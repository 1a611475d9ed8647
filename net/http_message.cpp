#include "net/http_message.hpp"

#include <algorithm>

namespace grapevine::net {

std::string_view http_request::header(std::string_view name) const noexcept {
  auto found = std::find_if(headers.begin(), headers.end(),
                            [name](const auto& field) { return field.first == name; });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

}  // namespace grapevine::net
