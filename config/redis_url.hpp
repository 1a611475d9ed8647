#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace grapevine::config {

/// The parts of a redis:// address, decoded; the text of the whole holds the password.
struct redis_location {
  bool tls = false;  ///< rediss://
  std::string username;
  std::string password;
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  unsigned database = 0;
  bool operator==(const redis_location&) const = default;
};

/// Reads "redis://[user[:password]@]host[:port][/db]" with percent-encoded user and password;
/// absent when malformed.
std::optional<redis_location> parse_redis_url(const std::string& text);
/// The inverse of `parse_redis_url`.
std::string to_string(const redis_location&);

}  // namespace grapevine::config
