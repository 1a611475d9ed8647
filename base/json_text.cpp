#include "base/json_text.hpp"

#include <nlohmann/json.hpp>

namespace grapevine::base {

std::string json_text(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_quoted(std::string_view text) {
  return json_text(nlohmann::json(text));
}

}  // namespace grapevine::base
