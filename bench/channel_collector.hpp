#pragma once

#include "bench/frame_scanner.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace grapevine::bench {

/// One WebSocket client that subscribes to many channels, as many as an app lets it (1,000), and
/// looks at nothing but whether it was let in.
class channel_collector {
public:
  explicit channel_collector(std::uint16_t port);
  channel_collector(const channel_collector&) = delete;
  channel_collector& operator=(const channel_collector&) = delete;
  ~channel_collector();

  /// Upgrades; false when that fails.
  bool open();
  /// Subscribes to the channels `from` to before `to` of `count` (`channel_name`), at once, and
  /// waits until all of them stand; false when one does not in time.
  bool subscribe(std::size_t from, std::size_t to, std::size_t count,
                 std::chrono::milliseconds timeout);

private:
  bool read(std::chrono::steady_clock::time_point deadline);

  int fd_;
  frame_scanner scanner_;
  std::string input_;
};

}  // namespace grapevine::bench
