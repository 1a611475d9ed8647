#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The response bodies of the HTTP API. Written by hand, because a list of all channels can be long
/// and a JSON tree of it would be many times its text.
namespace grapevine::protocol {

/// What a cache channel keeps, and for how long yet.
struct cached_data {
  std::string data;
  std::int64_t ttl_seconds = 0;
};

/// What is known about one channel; only what was asked for and applies is set.
struct channel_info {
  bool occupied = false;
  std::optional<std::size_t> user_count;
  std::optional<std::size_t> subscription_count;
  bool cache_asked = false;  ///< then an absent `cache` is written as null
  std::optional<cached_data> cache;
};

/// (channel, what was asked of it) in any order.
using named_info = std::vector<std::pair<std::string, channel_info>>;
std::string encode_channels(const named_info&);   ///< {"channels":{…}}: never an array
std::string encode_channel(const channel_info&);  ///< {"occupied":true,…}
std::string encode_users(const std::vector<std::string>& ids);  ///< {"users":[{"id":"42"}]}
/// {"batch":[{…},{}]}: one entry per (event, channel), in order; {} where an event asked nothing.
std::string encode_batch(const std::vector<channel_info>& entries);
std::string encode_error(unsigned status, std::string_view message);  ///< {"error":…,"code":…}

}  // namespace grapevine::protocol
