#include "config/rules.hpp"

#include "base/ascii.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace grapevine::config {

namespace {

verdict wrong_type(std::string_view expected, const value& from, std::string fix) {
  return {{"must be " + std::string{expected} + ", not " + std::string{describe(from.kind)},
           std::move(fix)}};
}

verdict at_line(std::optional<fault> found, unsigned line) {
  if (!found)
    return {};
  found->line = line;
  return {std::move(*found)};
}

std::vector<value> split_list(const std::string& text) {
  std::vector<value> result;
  for (std::size_t start = 0; start <= text.size();) {
    auto comma = std::min(text.find(',', start), text.size());
    auto first = text.find_first_not_of(' ', start);
    if (first < comma) {
      auto last = text.find_last_not_of(' ', comma - 1);
      result.push_back(text_value(text.substr(first, last - first + 1)));
    }
    start = comma + 1;
  }
  return result;
}

/// The lines of a text that are not blank, without the blanks around them.
std::vector<value> split_lines(const std::string& text) {
  constexpr auto blanks = " \t\r";
  std::vector<value> result;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    const auto line = text.substr(start, end - start);
    const auto first = line.find_first_not_of(blanks);
    if (first != std::string::npos)
      result.push_back(text_value(line.substr(first, line.find_last_not_of(blanks) - first + 1)));
    start = end + 1;
  }
  return result;
}

bool is_field_name(const std::string& text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return base::is_ascii_alnum(c) || others.find(c) != others.npos;
  });
}

}  // namespace

verdict text_rule::operator()(const value& from, std::string& out) const {
  if (!from.is_text())
    return wrong_type("text", from, "put it in quotes");
  if (auto found = check(from.string))
    return {std::move(*found)};
  out = from.string;
  return {};
}

verdict text_list_rule::operator()(const value& from, std::vector<std::string>& out) const {
  if (from.kind != value_kind::array && from.kind != value_kind::text)
    return wrong_type("a list", from, R"(write ["...", "..."])");
  verdict result;
  std::vector<std::string> read;
  for (const auto& item : from.kind == value_kind::array ? from.items : split_list(from.string)) {
    if (item.is_text()) {
      auto found = at_line(check(item.string), item.line);
      result.insert(result.end(), found.begin(), found.end());
      read.push_back(item.string);
    } else {
      result.push_back({"must be a list of texts; one is " + std::string{describe(item.kind)},
                        "put it in quotes", item.line});
    }
  }
  if (result.empty())
    out = std::move(read);
  return result;
}

verdict secret_list_rule::operator()(const value& from, std::vector<std::string>& out) const {
  if (from.kind == value_kind::array)
    return text_list_rule{shared_secret}(from, out);
  if (!from.is_text())
    return wrong_type("text", from, "put it in quotes");
  value several;
  several.kind = value_kind::array;
  if (from.kind == value_kind::text)
    several.items = split_lines(from.string);
  else if (!from.string.empty())
    several.items = {text_value(from.string)};
  return text_list_rule{shared_secret}(several, out);
}

verdict boolean_rule::operator()(const value& from, bool& out) const {
  if (from.kind != value_kind::boolean)
    return wrong_type("true or false", from, "write true or false, without quotes");
  out = from.boolean;
  return {};
}

verdict number_rule::read(const value& from, std::uint64_t& out) const {
  auto range = "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  std::uint64_t found = 0;
  if (from.kind == value_kind::integer) {
    if (from.integer < 0)
      return {{range + ", not " + std::to_string(from.integer), ""}};
    found = static_cast<std::uint64_t>(from.integer);
  } else if (from.kind == value_kind::text) {
    const auto* last = from.string.data() + from.string.size();
    auto [end, error] = std::from_chars(from.string.data(), last, found);
    if (error != std::errc{} || end != last)
      return {{range + ", not " + quoted(from.string), ""}};
  } else {
    return wrong_type("a whole number", from,
                      from.kind == value_kind::string ? "remove the quotes" : "");
  }
  if (found < min || found > max)
    return {{range + ", not " + std::to_string(found), ""}};
  out = found;
  return {};
}

verdict size_rule::operator()(const value& from, std::size_t& out) const {
  std::uint64_t found = 0;
  if (from.kind == value_kind::integer && from.integer >= 0)
    found = static_cast<std::uint64_t>(from.integer);
  else if (!from.is_text() && from.kind != value_kind::integer)
    return wrong_type("a size such as \"64KiB\"", from, "");
  else if (auto failed =
               parse_size(from.is_text() ? from.string : std::to_string(from.integer), found);
           !failed.empty())
    return failed;
  if (found < min || found > max)
    return {{"must be from " + format_size(min) + " to " + format_size(max) + ", not "
                 + format_size(found),
             ""}};
  out = found;
  return {};
}

verdict duration_rule::operator()(const value& from, std::chrono::milliseconds& out) const {
  if (!from.is_text() && from.kind != value_kind::integer)
    return wrong_type("a duration such as \"10s\"", from, "");
  std::chrono::milliseconds found{0};
  auto failed = parse_duration(from.is_text() ? from.string : std::to_string(from.integer), found);
  if (!failed.empty())
    return failed;
  if (found < min || found > max)
    return {{"must be from " + format_duration(min) + " to " + format_duration(max) + ", not "
                 + format_duration(found),
             ""}};
  out = found;
  return {};
}

verdict address_rule::operator()(const value& from, base::endpoint& out) const {
  constexpr auto example = R"(write for example "0.0.0.0:8000" or "[::1]:8000")";
  if (!from.is_text())
    return wrong_type("an address HOST:PORT", from, example);
  auto parsed = base::parse_endpoint(from.string);
  if (!parsed)
    return {{"must be an address HOST:PORT, not " + quoted(from.string), example}};
  out = std::move(*parsed);
  return {};
}

verdict header_fields_rule::operator()(const value& from,
                                       std::map<std::string, std::string>& out) const {
  if (from.kind != value_kind::table)
    return wrong_type("a table", from, "write { Name = \"value\" }");
  verdict result;
  std::map<std::string, std::string> read;
  for (const auto& [name, content] : from.entries) {
    if (!is_field_name(name))
      result.push_back({"has a name that HTTP does not allow: " + quoted(name), "", content.line});
    if (!content.is_text())
      result.push_back(
          {"must hold texts; " + quoted(name) + " is " + std::string{describe(content.kind)},
           "put it in quotes", content.line});
    else if (any_text(content.string))
      result.push_back({"must not hold control characters; " + quoted(name) + " does",
                        "write it on one line", content.line});
    read[name] = content.string;
  }
  if (result.empty())
    out = std::move(read);
  return result;
}

verdict claim_sets_rule::operator()(const value& from,
                                    std::vector<std::map<std::string, std::string>>& out) const {
  constexpr auto example = "write [{ sub = \"{id}\" }]";
  if (from.kind != value_kind::array)
    return wrong_type("a list of tables", from, example);
  verdict result;
  std::vector<std::map<std::string, std::string>> read;
  for (const auto& set : from.items) {
    if (set.kind != value_kind::table || set.entries.empty()) {
      result.push_back({"must be a list of tables that are not empty", example, set.line});
      continue;
    }
    auto& claims = read.emplace_back();
    for (const auto& [name, content] : set.entries) {
      if (!content.is_text())
        result.push_back({"must compare claims with texts; " + quoted(name) + " is "
                              + std::string{describe(content.kind)},
                          "put it in quotes", content.line});
      else if (!placeholders(content.string))
        result.push_back(
            {"must close each brace and name what is inside: " + quoted(content.string), example,
             content.line});
      claims[name] = content.string;
    }
  }
  if (result.empty())
    out = std::move(read);
  return result;
}

}  // namespace grapevine::config
