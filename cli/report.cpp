#include "cli/report.hpp"

#include "base/json_text.hpp"
#include "cli/printable.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace grapevine::cli {

namespace {

using json = nlohmann::ordered_json;

std::string cell(const json& value) {
  if (value.is_string())
    return printable(value.get_ref<const std::string&>());
  if (value.is_boolean())
    return value.get<bool>() ? "yes" : "no";
  return printable(base::json_text(value));
}

std::string label(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return printable(key);
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::vector<std::string> columns_of(const json& rows,
                                    const std::vector<std::string>& first_columns) {
  std::vector<std::string> present;
  for (const json& row : rows) {
    if (!row.is_object())
      continue;
    for (const auto& item : row.items()) {
      if (std::find(present.begin(), present.end(), item.key()) == present.end())
        present.push_back(item.key());
    }
  }
  std::vector<std::string> columns;
  for (const std::string& column : first_columns) {
    if (std::erase(present, column) > 0)
      columns.push_back(column);
  }
  columns.insert(columns.end(), present.begin(), present.end());
  return columns;
}

/// Lines up the columns; the first line is the heading. The last column is not padded.
std::string align(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths(lines.front().size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i + 1 < line.size(); ++i)
      text += padded(line[i], widths[i] + 2);
    text += line.back() + "\n";
  }
  return text;
}

}  // namespace

std::string render_table(const json& rows, const std::vector<std::string>& first_columns,
                         std::string_view what) {
  const std::vector<std::string> columns =
      rows.is_array() ? columns_of(rows, first_columns) : std::vector<std::string>{};
  if (columns.empty())
    return "no " + std::string{what} + "\n";
  std::vector<std::vector<std::string>> lines(1);
  for (const std::string& column : columns)
    lines.front().push_back(label(column));
  for (const json& row : rows) {
    if (!row.is_object())
      continue;
    std::vector<std::string>& line = lines.emplace_back();
    for (const std::string& column : columns) {
      const auto value = row.find(column);
      line.push_back(value == row.end() || value->is_null() ? "-" : cell(*value));
    }
  }
  return align(lines);
}

std::string render_fields(const json& object) {
  std::vector<std::pair<std::string, std::string>> fields;
  std::string tables;
  std::size_t width = 0;
  for (const auto& item : object.items()) {
    const json& value = item.value();
    if (value.is_array() && !value.empty() && value.front().is_object()) {
      tables += "\n" + label(item.key()) + "\n" + render_table(value, {"id", "name"}, item.key());
    } else if (!value.is_array()) {
      fields.emplace_back(label(item.key()) + ":", cell(value));
      width = std::max(width, fields.back().first.size());
    }
  }
  std::string text;
  for (const auto& [name, value] : fields)
    text += padded(name, width + 1) + value + "\n";
  return text + tables;
}

}  // namespace grapevine::cli
