#include "config/guide_variables.hpp"

#include "base/endpoint.hpp"
#include "config/redis_url.hpp"
#include "config/rules.hpp"

#include <array>
#include <string_view>

namespace grapevine::config {

namespace {

struct alias {
  const char* variable;
  const char* key;
};

constexpr std::array aliases{
    alias{"PUSHER_APP_ID", "pusher.app_id"},
    alias{"PUSHER_APP_KEY", "pusher.key"},
    alias{"PUSHER_APP_SECRET", "pusher.secret"},
    alias{"PUSHER_APP_CLUSTER", "pusher.cluster"},
    alias{"PUSHER_HOST", "pusher.host"},
    alias{"PUSHER_PORT", "pusher.port"},
    alias{"PUSHER_SCHEME", "pusher.scheme"},
    alias{"ABLY_KEY", "ably.key"},
    alias{"ABLY_HOST", "ably.host"},
    alias{"ABLY_PORT", "ably.port"},
    alias{"ABLY_SCHEME", "ably.scheme"},
};

bool means_none(const std::string& text) {
  return text.empty() || text == "null" || text == "(null)";
}

/// One layer's variables, and the draft they go into.
class guide_reader {
public:
  guide_reader(const variables& layer, draft& into) : layer_(layer), into_(into) {}

  void read_broadcast() {
    // "null" is a driver here, as it is in Laravel.
    const auto* driver = find_driver("BROADCAST_DRIVER");
    const auto* connection = find_driver("BROADCAST_CONNECTION");
    if (driver != nullptr && connection != nullptr && driver->text != connection->text)
      into_.complain(connection->where,
                     "BROADCAST_CONNECTION and BROADCAST_DRIVER name different drivers",
                     "keep one of them");
    if (const auto* chosen = driver != nullptr ? driver : connection)
      into_.assign("broadcast.driver", text_value(chosen->text), chosen->where);
  }

  void read_aliases() {
    for (const auto& [name, key] : aliases)
      if (const auto* found = find(name); found != nullptr && !means_none(found->text))
        into_.assign(key, text_value(found->text), found->where);
  }

  /// The three PUSHER_APP_ variables also name the local app when no other is configured.
  void read_local_app() {
    auto& app = into_.pusher_app;
    read_part("PUSHER_APP_ID", app.id);
    read_part("PUSHER_APP_KEY", app.key);
    read_part("PUSHER_APP_SECRET", app.secret);
  }

  void read_redis() {
    if (const auto* prefix = find("REDIS_PREFIX"))
      into_.assign("redis.prefix", text_value(means_none(prefix->text) ? "" : prefix->text),
                   prefix->where);
    // The address of a lower layer holds until a part of it is replaced; it was checked when it was
    // stored.
    auto location = parse_redis_url(into_.merged.redis.url).value_or(redis_location{});
    auto before = location;
    read_redis_host(location);
    read_redis_number("REDIS_PORT", number_rule{1, 65535}, location.port);
    read_redis_number("REDIS_DB", number_rule{0, 1'000'000}, location.database);
    for (auto [name, part] : {std::pair{"REDIS_USERNAME", &location.username},
                              std::pair{"REDIS_PASSWORD", &location.password}})
      if (const auto* found = find(name))
        *part = means_none(found->text) ? "" : found->text;
    if (location != before)
      into_.merged.redis.url = to_string(location);
  }

private:
  /// Null too where it says nothing: "default", "grapevine", and "reverb", which is Laravel's name
  /// for a server such as this one.
  const variable* find_driver(const std::string& name) {
    const auto* found = find(name);
    if (found == nullptr || found->text.empty() || found->text == "default"
        || found->text == "reverb" || found->text == "grapevine")
      return nullptr;
    return found;
  }

  const variable* find(const std::string& name) {
    auto found = layer_.find(name);
    if (found == layer_.end())
      return nullptr;
    warn_of_reference(name, found->second, into_);
    return &found->second;
  }

  void read_part(const std::string& name, std::string& part) {
    auto found = layer_.find(name);
    if (found == layer_.end() || means_none(found->second.text))
      return;
    part = found->second.text;
    into_.pusher_app.where = found->second.where;
  }

  void read_redis_host(redis_location& location) {
    const auto* found = find("REDIS_HOST");
    if (found == nullptr || means_none(found->text))
      return;
    std::string_view host = found->text;
    if (host.starts_with("tls://")) {
      location.tls = true;
      host.remove_prefix(6);
    } else if (host.starts_with("tcp://")) {
      host.remove_prefix(6);
    }
    auto bare = std::string{host};
    auto text =
        bare.find(':') == std::string::npos || bare.starts_with('[') ? bare : "[" + bare + "]";
    auto parsed = base::parse_endpoint(text + ":0");
    if (!parsed) {
      into_.complain(found->where, "REDIS_HOST must be a host name or an IP address",
                     "write for example 127.0.0.1, and the port in REDIS_PORT");
      return;
    }
    location.host = std::move(parsed->host);
  }

  template <class Number>
  void read_redis_number(const std::string& name, const number_rule& rule, Number& part) {
    const auto* found = find(name);
    if (found != nullptr && !means_none(found->text))
      into_.complain(found->where, "", name, rule(text_value(found->text), part));
  }

  const variables& layer_;
  draft& into_;
};

}  // namespace

void apply_guide_variables(const variables& layer, draft& into) {
  guide_reader reader{layer, into};
  reader.read_broadcast();
  reader.read_aliases();
  reader.read_local_app();
  reader.read_redis();
}

void warn_of_reference(const std::string& name, const variable& one, draft& into) {
  if (one.text.find("${") != std::string::npos)
    into.warnings.push_back(one.where + ": ${...} in " + name
                            + " is not expanded, but taken as written");
}

}  // namespace grapevine::config
