#include "config/text_checks.hpp"

#include "base/ascii.hpp"
#include "config/address.hpp"

#include <algorithm>
#include <string_view>

namespace grapevine::config {

namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_visible(char c) {
  return c > ' ' && c < 0x7f;
}

bool is_word(char c) {
  return base::is_ascii_alnum(c) || c == '_';
}

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

}  // namespace

std::optional<fault> any_text(const std::string& text) {
  if (std::any_of(text.begin(), text.end(), is_control))
    return fault{"must not hold control characters", "write it on one line"};
  return std::nullopt;
}

std::optional<fault> some_text(const std::string& text) {
  if (text.empty())
    return fault{"must not be empty", "give it a value, or remove the line"};
  return any_text(text);
}

std::optional<fault> identifier(const std::string& text) {
  if (text.empty())
    return fault{"must not be empty", "give it a value"};
  if (text.size() > 200 || !all(text, base::is_unreserved))
    return fault{"stands in URLs and must be up to 200 letters, digits, '-', '_', '.' and '~'",
                 "choose another one"};
  return std::nullopt;
}

std::optional<fault> node_name(const std::string& text) {
  if (text.empty() || text.size() > 128 || !all(text, is_visible))
    return fault{"must be 1 to 128 visible ASCII characters, not " + quoted(text),
                 "write a name such as \"n1\", or remove the key"};
  return std::nullopt;
}

std::optional<fault> cluster_name(const std::string& text) {
  if (is_peer_name(text))
    return std::nullopt;
  return fault{"must be 1 to 64 letters, digits, '.', '_' and '-', not " + quoted(text),
               "write a name such as \"grapevine\", the same on all nodes"};
}

bool is_peer_name(const std::string& text) {
  return !text.empty() && text.size() <= 64
         && all(text, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

std::optional<fault> name_pattern(const std::string& text) {
  if (!text.empty() && text.size() <= 253
      && all(text, [](char c) { return is_word(c) || c == '.' || c == '-' || c == '*'; }))
    return std::nullopt;
  return fault{"must hold names as certificates have them, not " + quoted(text),
               R"(write for example "n1.example.com" or "*.nodes.example.com")"};
}

std::optional<fault> shared_secret(const std::string& text) {
  constexpr std::size_t bytes_min = 16;
  if (text.size() < bytes_min)
    return fault{"is shorter than 16 bytes",
                 "write a longer one, for example the output of: openssl rand -base64 32"};
  return any_text(text);
}

std::optional<fault> path_prefix(const std::string& text) {
  auto is_path = [](char c) { return base::is_unreserved(c) || c == '/'; };
  if (text.empty()
      || (text.starts_with('/') && !text.ends_with('/') && all(text, is_path)
          && text.find("//") == std::string::npos))
    return std::nullopt;
  return fault{"must be empty or a path such as \"/ws\", not " + quoted(text),
               "start it with a slash and end it without one"};
}

std::optional<fault> network(const std::string& text) {
  if (is_network(text))
    return std::nullopt;
  return fault{"must hold IP addresses or networks, not " + quoted(text),
               R"(write for example "10.0.0.1" or "10.0.0.0/8")"};
}

std::optional<fault> dialled_address(const std::string& text) {
  const auto parsed = base::parse_endpoint(text);
  if (parsed && parsed->port != 0)
    return std::nullopt;
  return fault{"must hold addresses HOST:PORT, not " + quoted(text),
               R"(write for example "10.0.0.1:7946" or "[::1]:7946")"};
}

std::optional<fault> optional_dialled_address(const std::string& text) {
  return text.empty() ? std::nullopt : dialled_address(text);
}

std::optional<fault> host_name(const std::string& text) {
  if (text.size() <= 253 && all(text, [](char c) { return base::is_unreserved(c) || c == ':'; }))
    return std::nullopt;
  return fault{"must be a host name without scheme or path, not " + quoted(text),
               "write for example \"example.com\""};
}

std::optional<fault> http_url(const std::string& text) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme) || !all(text, is_visible))
      continue;
    auto host = std::string_view{text}.substr(scheme.size());
    if (!host.empty() && host.front() != '/' && host.front() != ':' && host.front() != '?')
      return std::nullopt;
  }
  return fault{"must be an http:// or https:// address",
               "write for example \"https://example.com/hook\""};
}

std::optional<fault> channel_pattern(const std::string& text) {
  if (text.empty() || !all(text, is_visible))
    return fault{"must be a channel name with placeholders, not " + quoted(text),
                 "write for example \"private-user.{id}\""};
  if (!placeholders(text))
    return fault{"must close each brace and name what is inside: " + quoted(text),
                 "write for example \"private-user.{id}\""};
  return std::nullopt;
}

text_check one_of(std::vector<std::string> words) {
  return [words = std::move(words)](const std::string& text) -> std::optional<fault> {
    if (std::find(words.begin(), words.end(), text) != words.end())
      return std::nullopt;
    return fault{"must be " + alternatives(words) + ", not " + quoted(text), ""};
  };
}

text_check one_of_or_empty(std::vector<std::string> words) {
  return [words = one_of(std::move(words))](const std::string& text) {
    return text.empty() ? std::nullopt : words(text);
  };
}

std::optional<std::vector<std::string>> placeholders(const std::string& text) {
  std::vector<std::string> names;
  std::size_t at = 0;
  while ((at = text.find_first_of("{}", at)) != std::string::npos) {
    auto close = text.find_first_of("{}", at + 1);
    if (text[at] == '}' || close == std::string::npos || text[close] == '{')
      return std::nullopt;
    auto name = text.substr(at + 1, close - at - 1);
    if (name.empty() || !all(name, is_word))
      return std::nullopt;
    names.push_back(std::move(name));
    at = close + 1;
  }
  return names;
}

}  // namespace grapevine::config
