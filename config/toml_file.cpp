// The only file that includes toml++, which costs two seconds of every compilation.
#include "config/toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <string>

namespace grapevine::config {

namespace {

value convert(const toml::node& node);

value convert_table(const toml::table& table) {
  value result;
  result.kind = value_kind::table;
  for (const auto& [key, node] : table) {
    auto converted = convert(node);
    converted.line = key.source().begin.line;
    result.entries.push_back({std::string{key.str()}, std::move(converted)});
  }
  std::stable_sort(
      result.entries.begin(), result.entries.end(),
      [](const auto& left, const auto& right) { return left.content.line < right.content.line; });
  return result;
}

value convert(const toml::node& node) {
  value result;
  if (const auto* table = node.as_table()) {
    result = convert_table(*table);
  } else if (const auto* array = node.as_array()) {
    result.kind = value_kind::array;
    for (const auto& item : *array)
      result.items.push_back(convert(item));
  } else if (const auto* string = node.as_string()) {
    result.kind = value_kind::string;
    result.string = string->get();
  } else if (const auto* integer = node.as_integer()) {
    result.kind = value_kind::integer;
    result.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    result.kind = value_kind::boolean;
    result.boolean = boolean->get();
  } else {
    result.kind = node.is_floating_point() ? value_kind::real : value_kind::date;
  }
  result.line = node.source().begin.line;
  return result;
}

/// Blanks what the parser quotes from the document when it may be part of a value: it could be a
/// secret.
std::string without_values(std::string_view description) {
  constexpr std::string_view names_a_key = "cannot redefine";
  if (description.find(names_a_key) != std::string_view::npos)
    return std::string{description};
  constexpr std::size_t harmless = 2;
  std::string result;
  while (true) {
    auto open = description.find('\'');
    auto close = open == std::string_view::npos ? open : description.find('\'', open + 1);
    if (close == std::string_view::npos)
      return result.append(description.substr(0, open));
    auto inside = description.substr(open + 1, close - open - 1);
    result.append(description.substr(0, open + 1));
    result.append(inside.size() <= harmless ? inside : "...").append("'");
    description.remove_prefix(close + 1);
  }
}

std::string in_lower_case(std::string text) {
  if (!text.empty() && text.front() == 'E')
    text.front() = 'e';
  return text;
}

}  // namespace

toml_file parse_toml(std::string_view text) {
  toml_file result;
  result.root.kind = value_kind::table;
  try {
    result.root = convert_table(toml::parse(text));
  } catch (const toml::parse_error& error) {
    result.syntax_error =
        fault{"this is not valid TOML: " + in_lower_case(without_values(error.description())),
              "see https://toml.io", error.source().begin.line};
  }
  return result;
}

}  // namespace grapevine::config
