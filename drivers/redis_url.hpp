#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::drivers {

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

/// Reads a host as Laravel's REDIS_HOST has it, with "tls://" or "tcp://" in front or neither; IPv6
/// with brackets or without. False, and nothing changes, when it is none.
bool set_redis_host(std::string_view text, redis_location& into);

}  // namespace grapevine::drivers
