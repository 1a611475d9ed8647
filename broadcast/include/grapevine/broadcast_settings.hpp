#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace grapevine {
inline namespace v1 {

/// How often a queued event is tried, and how long it waits in between: `first_delay`, then twice
/// as long each time up to `delay_max`, each less up to half of it at random.
struct retry_settings {
  unsigned attempts_max = 8;  ///< the first included; 0: until it succeeds
  std::chrono::milliseconds first_delay{500};
  std::chrono::milliseconds delay_max{30'000};
};

/// One named queue, used by the events whose `broadcast_queue` names it.
struct queue_settings {
  std::size_t events_max = 10'000;  ///< waiting or being sent; then `broadcast_errc::queue_full`
  /// Events sent at a time; with more than one, events may overtake each other.
  unsigned workers = 1;
  retry_settings retry = {};
  /// True: kept in the Redis of `redis_url` (6.2 or newer), where they survive the end of the
  /// process; any process with this queue sends them. One that lists the queue in
  /// `broadcast_settings::queues` begins as soon as its broadcaster is made. An event may arrive
  /// twice: when a process ends between sending it and saying so.
  bool durable = false;
  /// Of a durable queue: an event that its process has not touched for so long is taken by another.
  std::chrono::milliseconds claim_after{60'000};
};

/// Where events go, and as whom. The members in the first block are enough for a cluster.
struct broadcast_settings {
  /// "grapevine" (a cluster, over HTTP), "redis", "pusher", "ably", "log" or "null".
  std::string driver = "grapevine";
  /// Of the cluster; several nodes separated by commas, of which the next is tried when one is
  /// away.
  std::string url = "http://127.0.0.1:8000";
  std::string app_id = {};
  std::string key = {};
  std::string secret = {};

  /// 32 bytes in base64: what goes to encrypted channels is encrypted with it, and `authorize`
  /// gives their shared secret. Empty: both refuse them.
  std::string encryption_master_key = {};
  std::string ca_file = {};  ///< extra certificate authorities for https, as a PEM file
  /// How long a broadcast without a queue may take; then `broadcast_errc::timed_out`.
  std::chrono::milliseconds timeout{30'000};

  std::string redis_url = "redis://127.0.0.1:6379/0";
  std::string redis_prefix = {};  ///< in front of every channel, as Laravel's REDIS_PREFIX

  std::string pusher_app_id = {};
  std::string pusher_key = {};
  std::string pusher_secret = {};
  std::string pusher_cluster = "mt1";
  std::string pusher_host = {};  ///< empty: the host of `pusher_cluster`
  std::uint16_t pusher_port = 443;
  std::string pusher_scheme = "https";

  std::string ably_key = {};  ///< "appId.keyId:secret"
  std::string ably_host = "main.realtime.ably.net";
  std::uint16_t ably_port = 443;
  std::string ably_scheme = "https";

  /// Queues that are not listed are made at first use, with the settings of `default_queue`.
  std::map<std::string, queue_settings> queues = {};
  queue_settings default_queue = {};
  std::size_t queues_max = 64;  ///< different queues; an event for one more fails
  /// How long the last handle's destructor waits for the queues; then what is left goes to
  /// `on_failure`. Durable queues keep theirs.
  std::chrono::milliseconds closing{2'000};
};

}  // namespace v1
}  // namespace grapevine
