#include "protocol/http_auth.hpp"

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "protocol/signature.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace grapevine::protocol {

namespace {

using namespace std::chrono_literals;

constexpr auto clock_skew_max = 600s;

/// As forms encode: a '+' is a space.
std::string decode_parameter(std::string_view text) {
  std::string spaced{text};
  std::ranges::replace(spaced, '+', ' ');
  return base::percent_decode_leniently(spaced);
}

/// "info" for "info[]" and "info[12]"; nothing for a plain key.
std::optional<std::string_view> array_name(std::string_view key) noexcept {
  const auto bracket = key.find('[');
  if (bracket == 0 || bracket == std::string_view::npos || !key.ends_with(']'))
    return std::nullopt;
  const auto index = key.substr(bracket + 1, key.size() - bracket - 2);
  if (!std::ranges::all_of(index, base::is_ascii_digit))
    return std::nullopt;
  return key.substr(0, bracket);
}

std::string lower_case(std::string_view text) {
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(), base::ascii_lower);
  return lower;
}

/// `parameters` are canonical.
std::string join_to_sign(std::string_view method, std::string_view path,
                         const query_parameters& parameters) {
  std::string text;
  text.append(method).append(1, '\n').append(path).append(1, '\n');
  bool first = true;
  for (const auto& [key, value] : parameters) {
    if (key == "auth_signature")
      continue;
    if (!first)
      text += '&';
    first = false;
    text.append(key).append(1, '=').append(value);
  }
  return text;
}

bool is_current(std::string_view timestamp, std::chrono::seconds unix_now) noexcept {
  std::int64_t seconds = 0;
  const auto* end = timestamp.data() + timestamp.size();
  auto [stop, fault] = std::from_chars(timestamp.data(), end, seconds);
  if (fault != std::errc{} || stop != end)
    return false;
  const std::chrono::seconds sent{seconds};
  return sent >= unix_now - clock_skew_max && sent <= unix_now + clock_skew_max;
}

bool has_parameter(const query_parameters& parameters, std::string_view key) noexcept {
  return std::ranges::find(parameters, key, &query_parameters::value_type::first)
         != parameters.end();
}

/// Clients may send the check sum of an empty body or leave it out; for any other body it must be
/// there.
bool md5_fits(const query_parameters& parameters, std::string_view body) {
  if (!has_parameter(parameters, "body_md5"))
    return body.empty();
  return constant_time_equal(find_parameter(parameters, "body_md5"), md5_hex(body));
}

}  // namespace

query_parameters parse_query(std::string_view query) {
  query_parameters parameters;
  while (!query.empty()) {
    const auto piece = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(piece.size() + 1, query.size()));
    if (piece.empty())
      continue;
    const auto key = piece.substr(0, piece.find('='));
    const auto value = piece.substr(std::min(key.size() + 1, piece.size()));
    parameters.emplace_back(decode_parameter(key), decode_parameter(value));
  }
  return parameters;
}

std::string_view find_parameter(const query_parameters& parameters, std::string_view key) noexcept {
  const auto found = std::find_if(parameters.rbegin(), parameters.rend(),
                                  [key](const auto& p) { return p.first == key; });
  return found == parameters.rend() ? std::string_view{} : found->second;
}

query_parameters canonical_parameters(const query_parameters& parameters) {
  struct entry {
    std::string key;
    std::string_view value;
    bool element;  ///< of an array
  };
  std::vector<entry> entries;
  entries.reserve(parameters.size());
  for (const auto& [key, value] : parameters) {
    const auto name = array_name(key);
    entries.push_back({lower_case(name.value_or(key)), value, name.has_value()});
  }
  std::ranges::stable_sort(entries, {}, &entry::key);

  query_parameters canonical;
  for (auto& [key, value, element] : entries) {
    if (canonical.empty() || canonical.back().first != key)
      canonical.emplace_back(std::move(key), value);
    else if (element)
      canonical.back().second.append(1, ',').append(value);
    else
      canonical.back().second = value;
  }
  return canonical;
}

std::string string_to_sign(std::string_view method, std::string_view path,
                           const query_parameters& parameters) {
  return join_to_sign(method, path, canonical_parameters(parameters));
}

std::string_view explain(http_auth_fault fault) noexcept {
  switch (fault) {
  case http_auth_fault::none:
    return "The request is authenticated";
  case http_auth_fault::missing_parameter:
    return "auth_key, auth_timestamp, auth_version and auth_signature are all required";
  case http_auth_fault::unknown_key:
    return "auth_key is not a key of this app";
  case http_auth_fault::bad_version:
    return "auth_version must be 1.0";
  case http_auth_fault::expired:
    return "auth_timestamp is more than 600 seconds from the server's time";
  case http_auth_fault::bad_md5:
    return "body_md5 is missing or does not fit the body";
  case http_auth_fault::bad_signature:
    return "auth_signature is wrong";
  }
  return {};
}

http_auth_fault verify_request(std::string_view method, std::string_view path,
                               const query_parameters& received, std::string_view body,
                               std::string_view key, std::string_view secret,
                               std::chrono::seconds unix_now) {
  const auto parameters = canonical_parameters(received);
  for (auto required : {"auth_key", "auth_timestamp", "auth_version", "auth_signature"}) {
    if (find_parameter(parameters, required).empty())
      return http_auth_fault::missing_parameter;
  }
  if (find_parameter(parameters, "auth_version") != "1.0")
    return http_auth_fault::bad_version;
  if (find_parameter(parameters, "auth_key") != key)
    return http_auth_fault::unknown_key;
  if (!is_current(find_parameter(parameters, "auth_timestamp"), unix_now))
    return http_auth_fault::expired;
  const auto expected = hmac_sha256_hex(secret, {join_to_sign(method, path, parameters)});
  if (!constant_time_equal(find_parameter(parameters, "auth_signature"), expected))
    return http_auth_fault::bad_signature;
  if (!md5_fits(parameters, body))
    return http_auth_fault::bad_md5;
  return http_auth_fault::none;
}

std::string signed_query(std::string_view method, std::string_view path, query_parameters extra,
                         std::string_view body, std::string_view key, std::string_view secret,
                         std::chrono::seconds unix_now) {
  extra.emplace_back("auth_key", key);
  extra.emplace_back("auth_timestamp", std::to_string(unix_now.count()));
  extra.emplace_back("auth_version", "1.0");
  if (!body.empty())
    extra.emplace_back("body_md5", md5_hex(body));
  auto parameters = canonical_parameters(extra);
  parameters.emplace_back("auth_signature",
                          hmac_sha256_hex(secret, {join_to_sign(method, path, parameters)}));
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (!query.empty())
      query += '&';
    query.append(base::percent_encode(name)).append(1, '=').append(base::percent_encode(value));
  }
  return query;
}

}  // namespace grapevine::protocol
