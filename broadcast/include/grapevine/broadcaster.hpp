#pragma once

#include <grapevine/broadcast_result.hpp>
#include <grapevine/broadcast_settings.hpp>
#include <grapevine/channel_list.hpp>
#include <grapevine/should_broadcast.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine {
inline namespace v1 {

class broadcaster;
class channel_registry;

namespace detail {
class broadcast_core;
struct broadcast_item;

/// What a call chose before it sent.
struct broadcast_options {
  std::string driver;      ///< empty: the event's, else the broadcaster's
  std::string queue;       ///< empty: the event's, else none
  std::string except;      ///< the socket that is left out; empty: none
  broadcast_result wrong;  ///< why the choice itself failed
};
}  // namespace detail

/// A queued event that will not be tried again.
struct failed_broadcast {
  std::string event;
  std::string data;  ///< as it would have been sent: the text of a JSON value
  std::vector<std::string> channels;
  std::string except;  ///< the socket id that was left out; empty: none
  std::string driver;
  std::string queue;
  unsigned attempts = 0;
  broadcast_result result;  ///< of the last attempt
};

/// How a queue stands. Counters are of this process.
struct queue_figures {
  std::size_t waiting = 0;  ///< those that wait for another attempt included
  std::size_t sending = 0;
  std::uint64_t delivered = 0;
  std::uint64_t retried = 0;
  std::uint64_t failed = 0;  ///< told to `on_failure`
};

/// `broadcast().channel(…)`: channels that wait for an event.
class channel_broadcast {
public:
  channel_broadcast(std::shared_ptr<detail::broadcast_core>, detail::broadcast_options,
                    channel_list);

  /// As `broadcaster::to_others`.
  channel_broadcast to_others() const;
  channel_broadcast to_others(std::string_view socket_id) const;
  /// Sends `event` with `data`, any JSON value, to the channels.
  broadcast_result broadcast(std::string_view event, const json& data = json::object()) const;

private:
  std::shared_ptr<detail::broadcast_core> core_;
  detail::broadcast_options options_;
  channel_list channels_;
};

/// `broadcast().batch()`: events that leave together, in as few requests as the driver allows.
class broadcast_batch {
public:
  broadcast_batch(std::shared_ptr<detail::broadcast_core>, detail::broadcast_options);
  broadcast_batch(broadcast_batch&&) noexcept;
  broadcast_batch& operator=(broadcast_batch&&) noexcept;
  ~broadcast_batch();

  /// Adds an event; one whose `broadcast_when` is false is passed over.
  broadcast_batch& event(const should_broadcast&);
  broadcast_batch& broadcast(const channel_list&, std::string_view event,
                             const json& data = json::object());
  std::size_t size() const noexcept;
  /// Sends all that were added, and empties the batch. Ok when all went; otherwise the code of the
  /// first that did not, and how many those were: events are independent, the others are sent.
  broadcast_result send();

private:
  std::shared_ptr<detail::broadcast_core> core_;
  detail::broadcast_options options_;
  std::vector<detail::broadcast_item> items_;
};

/// Sends events. A handle: copies share connections, queues and channel callbacks, and cost little;
/// `to_others`, `driver` and `on_queue` return a copy with that choice. Any thread may use any copy
/// at any time. With the last copy the queues end, as `broadcast_settings::closing` says.
class broadcaster {
public:
  explicit broadcaster(broadcast_settings);
  explicit broadcaster(std::shared_ptr<detail::broadcast_core>);

  // -- choices

  /// Leaves out the socket of the innermost `current_socket`; without one, what is sent fails with
  /// `no_socket`.
  broadcaster to_others() const;
  /// Leaves out the socket of that id, X-Socket-ID's value. An empty id leaves out nobody.
  broadcaster to_others(std::string_view socket_id) const;
  /// Sends by another driver, whatever the event says.
  broadcaster driver(std::string_view name) const;
  /// Queues, whatever the event says.
  broadcaster on_queue(std::string_view name) const;

  // -- sending

  /// Sends an event, or queues it when it names a queue.
  broadcast_result event(const should_broadcast&) const;
  channel_broadcast channel(channel_list full_names) const;
  /// "private-" and the name.
  channel_broadcast private_channel(std::string_view name) const;
  /// "presence-" and the name.
  channel_broadcast presence(std::string_view name) const;
  broadcast_batch batch() const;

  // -- queues

  /// Calls `f` for each queued event that is given up, in a thread of the queue; replaces the one
  /// before. Without one, a line on standard error says what was lost.
  void on_failure(std::function<void(const failed_broadcast&)> f) const;
  /// Waits until every queue of this process is empty, at most `deadline`. False: something was
  /// left. Events that wait for another attempt are tried at once.
  bool flush(std::chrono::milliseconds deadline) const;
  /// Of a queue that was not used yet, everything is 0.
  queue_figures figures(std::string_view queue) const;

  // -- channels

  /// The callbacks that say who may subscribe; signing with this broadcaster's key and secret.
  channel_registry& channels() const;

private:
  std::shared_ptr<detail::broadcast_core> core_;
  detail::broadcast_options options_;
};

/// The process-wide broadcaster, set up at first use from the environment and from `.env` in the
/// working directory, by the same variables as the server. Wrong settings make every broadcast
/// return `misconfigured`.
broadcaster broadcast();
/// The process-wide broadcaster's callbacks.
channel_registry& channels();
/// Makes `chosen` the process-wide broadcaster from now on.
void set_broadcaster(broadcaster chosen);

/// What `broadcast()` reads: the settings that environment and `.env` give, and every problem with
/// them, one sentence a line; empty when there is none.
struct environment_settings {
  broadcast_settings value;
  std::string problems;
};
environment_settings settings_from_environment();

}  // namespace v1
}  // namespace grapevine
