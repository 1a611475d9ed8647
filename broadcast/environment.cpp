#include "broadcast/environment.hpp"

#include "config/load.hpp"
#include "drivers/ably_driver.hpp"
#include "drivers/pusher_driver.hpp"
#include "drivers/redis_driver.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>
#include <unistd.h>

namespace grapevine {

namespace broadcasting {

namespace {

broadcast_settings to_settings(const config::settings& from) {
  broadcast_settings to;
  if (!from.broadcast.driver.empty())
    to.driver = from.broadcast.driver;
  to.url = from.broadcast.url;
  if (to.url.empty())
    to.url = "http://127.0.0.1:" + std::to_string(from.node.listen.port);
  to.encryption_master_key = from.broadcast.encryption_master_key;
  if (!from.apps.empty()) {
    to.app_id = from.apps.front().id;
    to.key = from.apps.front().key;
    to.secret = from.apps.front().secret;
  }
  const auto& redis = from.sections.get<drivers::redis_settings>();
  to.redis_url = redis.url;
  to.redis_prefix = redis.prefix;
  const auto& pusher = from.sections.get<drivers::pusher_settings>();
  to.pusher_app_id = pusher.app_id;
  to.pusher_key = pusher.key;
  to.pusher_secret = pusher.secret;
  to.pusher_cluster = pusher.cluster;
  to.pusher_host = pusher.host;
  to.pusher_port = pusher.port;
  to.pusher_scheme = pusher.scheme;
  const auto& ably = from.sections.get<drivers::ably_settings>();
  to.ably_key = ably.key;
  to.ably_host = ably.host;
  to.ably_port = ably.port;
  to.ably_scheme = ably.scheme;
  return to;
}

}  // namespace

environment_settings read_environment(const std::map<std::string, std::string>& environment,
                                      const std::optional<std::string>& dotenv) {
  config::sources sources;
  sources.environment = environment;
  sources.dotenv = dotenv;
  auto loaded = config::load(sources, drivers::sections());
  if (loaded.value.apps.empty()) {
    // A node needs an app; a program that publishes to Redis, or that only has a log, does not.
    sources.apps = {"none:none:none"};
    loaded = config::load(sources, drivers::sections());
    loaded.value.apps.clear();
  }
  environment_settings result{to_settings(loaded.value), {}};
  for (const auto& problem : loaded.problems) {
    if (!result.problems.empty())
      result.problems += '\n';
    result.problems += problem.where + ": " + problem.message;
    if (!problem.fix.empty())
      result.problems += "; " + problem.fix;
  }
  return result;
}

}  // namespace broadcasting

inline namespace v1 {

environment_settings settings_from_environment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    if (const auto equals = text.find('='); equals != std::string_view::npos)
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  errno = 0;
  std::ifstream file{".env", std::ios::binary};
  if (!file && errno != ENOENT)
    return {{}, std::string{".env: cannot be read: "} + std::strerror(errno)};
  std::optional<std::string> dotenv;
  if (file)
    dotenv.emplace(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
  return broadcasting::read_environment(environment, dotenv);
}

}  // namespace v1
}  // namespace grapevine
