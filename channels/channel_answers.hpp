#pragma once

#include "protocol/http_api.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What nodes tell each other about their channels when one is asked for all of them: JSON texts,
/// made by the node that is asked and merged by the one that asks. A text that cannot be read
/// counts for nothing.
namespace grapevine::channels {

/// What a node may ask another; the numbers are on the wire.
enum class question_kind : std::uint8_t {
  channel = 1,      ///< one channel's counts
  channels = 2,     ///< all channels with a prefix
  users = 3,        ///< of one presence channel
  connections = 4,  ///< number of the app's connections
};

/// Bits of a question's attributes.
std::uint8_t to_attributes(const protocol::info_request&) noexcept;
protocol::info_request from_attributes(std::uint8_t) noexcept;

/// {"occupied":true,"subscriptions":3,"users":2}
std::string encode_local_channel(const protocol::channel_info&);
/// {"news":{"subscriptions":3}, …}
std::string encode_local_channels(const protocol::named_info&);
/// ["42","7"]
std::string encode_local_users(const std::vector<std::string>&);
std::string encode_local_connections(std::size_t);

/// Subscriptions are summed. Users are not: every node that has a channel's subscribers knows all
/// of its users, so the largest number is the one; `roster_here` says that the local one already
/// is.
void merge_channel(protocol::channel_info& local, const std::vector<std::string>& answers,
                   bool roster_here);
void merge_channels(protocol::named_info& local, const std::vector<std::string>& answers);
/// Sorted, each once.
void merge_users(std::vector<std::string>& local, const std::vector<std::string>& answers);
std::size_t sum_connections(std::size_t local, const std::vector<std::string>& answers);

}  // namespace grapevine::channels
