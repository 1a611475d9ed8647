#include "base/json_text.hpp"

#include <nlohmann/json.hpp>

namespace grapevine::base {

namespace {

template <class Json>
std::string text_of(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string json_text(const nlohmann::json& value) {
  return text_of(value);
}

std::string json_text(const nlohmann::ordered_json& value) {
  return text_of(value);
}

std::string json_quoted(std::string_view text) {
  return json_text(nlohmann::json(text));
}

}  // namespace grapevine::base
