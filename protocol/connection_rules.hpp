#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace grapevine::protocol {

/// What the connections of one app must keep to: shared by all of them, never changed.
struct connection_rules {
  std::string key;
  std::string secret;
  bool client_events = false;
  std::size_t event_data = 10u << 10;
  std::size_t event_name = 200;
  std::size_t channel_name = 200;
  std::size_t json_depth = 32;
  std::size_t subscriptions = 1000;
  std::size_t client_events_per_second = 10;
  std::size_t presence_user_id = 128;
  std::size_t presence_user_info = 1u << 10;
  std::chrono::milliseconds activity_timeout{120'000};
  std::chrono::milliseconds pong_timeout{30'000};
};

}  // namespace grapevine::protocol
