#include "actors/app_registry.hpp"

#include <algorithm>

namespace grapevine::actors {

namespace {

protocol::connection_rules rules_of(const config::app_settings& app,
                                    const config::limit_settings& limits) {
  return {
      .key = app.key,
      .secret = app.secret,
      .client_events = app.client_events,
      .event_data = limits.event_data,
      .event_name = limits.event_name,
      .channel_name = limits.channel_name,
      .json_depth = limits.json_depth,
      .subscriptions = limits.subscriptions_per_connection,
      .client_events_per_second = limits.client_events_per_second,
      .presence_user_id = limits.presence_user_id,
      .presence_user_info = limits.presence_user_info,
      .activity_timeout = limits.activity_timeout,
      .pong_timeout = limits.pong_timeout,
  };
}

template <class Predicate>
app* find_app(const std::vector<std::unique_ptr<app>>& apps, Predicate predicate) noexcept {
  auto found = std::find_if(apps.begin(), apps.end(), predicate);
  return found == apps.end() ? nullptr : found->get();
}

}  // namespace

app_registry::app_registry(const std::vector<config::app_settings>& apps,
                           const config::limit_settings& limits)
    : limits_{limits}, api_{limits.event_data,         limits.event_name,   limits.channel_name,
                            limits.channels_per_event, limits.batch_events, limits.json_depth} {
  for (const auto& settings : apps) {
    auto added = std::make_unique<app>();
    added->index = static_cast<std::uint32_t>(apps_.size());
    added->settings = settings;
    added->rules = rules_of(settings, limits);
    apps_.push_back(std::move(added));
  }
}

app* app_registry::find_by_key(std::string_view key) const noexcept {
  return find_app(apps_, [&](const auto& x) { return x->settings.key == key; });
}

app* app_registry::find_by_id(std::string_view id) const noexcept {
  return find_app(apps_, [&](const auto& x) { return x->settings.id == id; });
}

std::size_t app_registry::connections() const noexcept {
  std::size_t total = 0;
  for (const auto& x : apps_)
    total += x->connections.load(std::memory_order_relaxed);
  return total;
}

}  // namespace grapevine::actors
