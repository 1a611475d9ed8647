#include "config/value.hpp"

#include <utility>

namespace grapevine::config {

value text_value(std::string text) {
  value result;
  result.string = std::move(text);
  return result;
}

std::string_view describe(value_kind kind) {
  switch (kind) {
  case value_kind::text:
  case value_kind::string:
    return "text";
  case value_kind::integer:
    return "an integer";
  case value_kind::real:
    return "a number with a fraction";
  case value_kind::boolean:
    return "true or false";
  case value_kind::array:
    return "a list";
  case value_kind::table:
    return "a table";
  case value_kind::date:
    return "a date or time";
  }
  return "something else";
}

}  // namespace grapevine::config
