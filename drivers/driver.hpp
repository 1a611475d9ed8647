#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What takes events to other systems, and from them: Redis, hosted Pusher, Ably, a log. The
/// server's bridges and the C++ API run the same drivers.
namespace grapevine::drivers {

/// An event on its way out.
struct outgoing_event {
  std::vector<std::string> channels;  ///< full names ("private-orders.7"), at least one
  std::string event;
  std::string data;    ///< as published: the text of a JSON value, or any text
  std::string except;  ///< the socket id that is not to get it; empty: everybody gets it
};

/// How an event that came in reached us.
enum class arrival : std::uint8_t {
  each,  ///< every program that is connected has a copy of its own: each delivers to its clients
  one    ///< this program alone has it: it passes the event on to its cluster
};

/// An event that came in, for one channel.
struct incoming_event {
  std::string channel;  ///< without the other side's prefix; not checked in any way
  std::string event;
  std::string data;    ///< as a publisher of the HTTP API would have given it
  std::string except;  ///< socket id or empty; checked to be of that form
  std::string origin;  ///< what the publisher calls itself (`driver_settings::origin`); or empty
  arrival by = arrival::each;
  /// To be called once, when the event has been given to all who are to get it: until then the
  /// other side may deliver it again. On the loop's thread; not after `driver::stop`. Null where
  /// nobody waits.
  std::function<void()> taken;
};

/// What became of an event that was given to `driver::publish`.
struct outcome {
  enum class kind : std::uint8_t {
    delivered,  ///< the other side has accepted it, for every channel
    dropped,    ///< given up: too much was waiting, it failed too often, or the driver was stopped
    refused     ///< never possible: too large, not allowed, wrong. The same event fails again.
  };
  kind what = kind::delivered;
  std::string why;  ///< a clause for a person, without secrets; empty when delivered

  bool operator==(const outcome&) const = default;
};

/// Called exactly once for each `publish`, on the loop's thread, possibly before `publish` returns.
using completion = std::function<void(const outcome&)>;

/// How a driver stands with its other side.
enum class driver_state : std::uint8_t {
  connecting,  ///< not there yet; nothing has failed so far
  up,          ///< working
  away,        ///< lost, or not reached; tried again with back-off
  halted       ///< the other side has said no (credentials, quota): tried again after a long pause
};

/// "connecting", "up", "away", "halted".
std::string_view to_string(driver_state) noexcept;

/// What a driver has done since it was made. Counters only grow; `queue_` figures are of now.
struct driver_stats {
  std::uint64_t published = 0;  ///< given to `publish`: the sum of the next three and of the queue
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t refused = 0;
  std::uint64_t received = 0;  ///< given to the listener
  std::uint64_t ignored = 0;   ///< came in but was no event: not JSON, wrong types, too large
  std::uint64_t connects = 0;  ///< how often the other side was reached anew
  std::size_t queue_events = 0;
  std::size_t queue_bytes = 0;
};

/// Who a driver reports to. Always called on the loop's thread and never after `stop` has returned.
class driver_listener {
public:
  virtual void on_event(incoming_event) = 0;
  /// Called when the state changes, and once more for each new reason of an unchanged one. `why` is
  /// a sentence for the operator, without secrets.
  virtual void on_state(driver_state, std::string_view why) = 0;
  /// Whether events with `arrival::each` reach this program: false at first. From when it is true
  /// none is left out that the other side promises.
  virtual void on_hearing(bool) {}

protected:
  ~driver_listener() = default;
};

/// One connection to another system. Lives on one `net::loop`, whose thread makes every call and
/// gets every answer; nothing blocks it, and nothing throws but for lack of memory.
///
/// Delivery. Outward at least once while the driver lives: an event is retried until the other side
/// has accepted it, refuses it, or the queue is full. Where the other side has no way to recognise
/// a repetition (Redis pub/sub, Pusher), one whose answer was lost may arrive twice. Inward
/// whatever the other side promises: Redis pub/sub at most once, a Redis stream at least once.
///
/// Order. Outward in the order of `publish`, per channel, unless a driver says otherwise in its own
/// header: one that retries single events may let later ones pass. Inward in the order of the other
/// side.
///
/// When the other side is away. `publish` goes on accepting events up to the bound of the queue;
/// beyond it the oldest are dropped, counted, and reported to their completions. The driver
/// reconnects by itself with back-off and jitter, for ever. What is published elsewhere meanwhile
/// is lost or kept as that system has it.
///
/// What may be left out: the way in (`on_event` is then never called, and the registry says so),
/// and states other than `up`.
class driver {
public:
  virtual ~driver() = default;  ///< as `stop`

  /// Connects; called once. The listener is told the first state in a later turn, and must live
  /// until `stop`.
  virtual void start(driver_listener&) = 0;
  /// Ends at once. What still waits is reported as dropped before this returns. Nothing is called
  /// afterwards. The second call has no effect.
  virtual void stop() noexcept = 0;
  /// Takes an event; allowed from `start` on, whatever the state. After `stop` it is dropped.
  virtual void publish(outgoing_event, completion) = 0;
  virtual driver_stats stats() const = 0;
  /// Names the other side as a whole: two drivers with equal names talk to the same system, and
  /// what came from it must not go back. For example "redis 127.0.0.1:6379". Empty: no such side.
  virtual std::string_view other_side() const noexcept = 0;
  /// The place in the other side that this driver's events go to and come from: drivers with equal
  /// `other_side` and `topic` hear the same events. For Redis the prefix. Empty: the other side is
  /// one place.
  virtual std::string_view topic() const noexcept {
    return {};
  }
};

}  // namespace grapevine::drivers
