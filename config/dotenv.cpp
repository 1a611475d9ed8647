#include "config/dotenv.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <optional>

namespace grapevine::config {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_name(std::string_view text) {
  return !text.empty() && !base::is_ascii_digit(text.front())
         && std::all_of(text.begin(), text.end(),
                        [](char c) { return base::is_ascii_alnum(c) || c == '_' || c == '.'; });
}

char unescaped(char c) {
  switch (c) {
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  default:
    return c;
  }
}

bool is_escape(char c) {
  return std::string_view{"nrt\"\\$"}.find(c) != std::string_view::npos;
}

/// Reads a value that starts with a quote into `out`.
std::optional<fault> read_quoted(std::string_view text, std::string& out) {
  auto quote = text.front();
  std::size_t i = 1;
  for (; i < text.size() && text[i] != quote; ++i) {
    if (quote == '"' && text[i] == '\\' && i + 1 < text.size() && is_escape(text[i + 1]))
      out += unescaped(text[++i]);
    else
      out += text[i];
  }
  if (i == text.size())
    return fault{"a quoted value does not end on its line",
                 "close the quote; write \\n for a line break"};
  auto rest = trim(text.substr(i + 1));
  if (!rest.empty() && !rest.starts_with('#'))
    return fault{"something follows the closing quote",
                 "put a comment after ' #', or quote the whole value"};
  return std::nullopt;
}

std::string_view unquoted(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t'))
      return trim(text.substr(0, i));
  return text;
}

std::optional<fault> read_line(std::string_view line, unsigned number, dotenv_file& out) {
  if (line.starts_with("export ") || line.starts_with("export\t"))
    line = trim(line.substr(7));
  auto equals = line.find('=');
  auto name = trim(line.substr(0, equals));
  if (equals == std::string_view::npos || !is_name(name))
    return fault{"the line is not of the form KEY=VALUE",
                 "write KEY=VALUE, or start a comment with #"};
  auto text = trim(line.substr(equals + 1));
  dotenv_entry entry{{}, number};
  if (text.starts_with('"') || text.starts_with('\'')) {
    if (auto failed = read_quoted(text, entry.text))
      return failed;
  } else {
    entry.text = unquoted(text);
  }
  out.variables.insert_or_assign(std::string{name}, std::move(entry));
  return std::nullopt;
}

}  // namespace

dotenv_file parse_dotenv(std::string_view text) {
  dotenv_file result;
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  for (unsigned number = 1; !text.empty(); ++number) {
    auto end = text.find('\n');
    auto line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#'))
      continue;
    if (auto failed = read_line(line, number, result)) {
      failed->line = number;
      result.faults.push_back(std::move(*failed));
    }
  }
  return result;
}

}  // namespace grapevine::config
