#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::protocol {

/// A query string's parameters in the order they came, keys as they came, keys and values
/// percent-decoded ('+' is a space). Broken escapes stay as they are.
using query_parameters = std::vector<std::pair<std::string, std::string>>;
query_parameters parse_query(std::string_view query);
/// The last value of `key`, or empty.
std::string_view find_parameter(const query_parameters&, std::string_view key) noexcept;

/// The parameters as they are signed, which is also how they must be read after the check: keys
/// lower-cased, distinct and sorted by byte; `info[]=a&info[]=b` and `info[0]=a&info[1]=b` are
/// `info` with "a,b"; of a plain key that comes twice the last value counts.
query_parameters canonical_parameters(const query_parameters&);

/// `METHOD\nPATH\nk1=v1&k2=v2` over the canonical parameters but `auth_signature`, values decoded
/// (protocol.md 9.1).
std::string string_to_sign(std::string_view method, std::string_view path, const query_parameters&);

enum class http_auth_fault : std::uint8_t {
  none,
  missing_parameter,  ///< auth_key, auth_timestamp, auth_version or auth_signature absent
  unknown_key,        ///< not the app's key
  bad_version,        ///< auth_version is not 1.0
  expired,            ///< more than 600 s from `now`, or no number
  bad_md5,            ///< body_md5 wrong, or absent with a body
  bad_signature,
};
/// One sentence for the 401's `error`.
std::string_view explain(http_auth_fault) noexcept;

/// Checks a signed request of the HTTP API. `path` is as on the request line without the server's
/// own prefix, not decoded. Compares in constant time. The body is read only when the signature is
/// right.
http_auth_fault verify_request(std::string_view method, std::string_view path,
                               const query_parameters&, std::string_view body, std::string_view key,
                               std::string_view secret, std::chrono::seconds unix_now);

/// The signed query string that a client of the HTTP API sends (used by `grapevine publish` and the
/// outbound driver).
std::string signed_query(std::string_view method, std::string_view path, query_parameters extra,
                         std::string_view body, std::string_view key, std::string_view secret,
                         std::chrono::seconds unix_now);

}  // namespace grapevine::protocol
