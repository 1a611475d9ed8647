#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace grapevine::cli {

/// What a publisher needs to act for an app.
struct app_credentials {
  std::string id;
  std::string key;
  std::string secret;
  bool operator==(const app_credentials&) const = default;
};

/// Reads ID:KEY:SECRET. All three must be there; the secret may hold further colons.
std::optional<app_credentials> parse_app_credentials(std::string_view text);

}  // namespace grapevine::cli
