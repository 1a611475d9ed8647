#pragma once

#include <grapevine/channel_list.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <typeinfo>

namespace grapevine {
inline namespace v1 {

using json = nlohmann::json;

namespace detail {
/// The name of a class without its namespaces and enclosing classes: "OrderShipped". Template
/// arguments stay.
std::string class_name(const std::type_info&);
}  // namespace detail

/// The base of event classes, Laravel's ShouldBroadcast. Its functions are called in the thread
/// that broadcasts, before anything is queued, and may throw: the exception reaches the caller.
class should_broadcast {
public:
  virtual ~should_broadcast() = default;

  virtual channel_list broadcast_on() const = 0;
  /// The payload; any JSON value.
  virtual json broadcast_with() const {
    return json::object();
  }
  /// The event's name; a namespaced one such as "App\\Events\\OrderShipped" goes through unchanged.
  /// The default is the name of the class without its namespace.
  virtual std::string broadcast_as() const {
    return detail::class_name(typeid(*this));
  }
  /// The queue that takes the event; empty: it is sent at once, and the caller waits for the
  /// outcome.
  virtual std::string broadcast_queue() const {
    return {};
  }
  /// False: nothing is sent, and the result is ok.
  virtual bool broadcast_when() const {
    return true;
  }
  /// The driver that takes the event; empty: the broadcaster's. One named at the call comes first.
  virtual std::string broadcast_driver() const {
    return {};
  }

protected:
  should_broadcast() = default;
  should_broadcast(const should_broadcast&) = default;
  should_broadcast(should_broadcast&&) = default;
  should_broadcast& operator=(const should_broadcast&) = default;
  should_broadcast& operator=(should_broadcast&&) = default;
};

}  // namespace v1
}  // namespace grapevine
