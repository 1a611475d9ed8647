#pragma once

#include <grapevine/broadcast_result.hpp>
#include <grapevine/should_broadcast.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace grapevine {
inline namespace v1 {
namespace detail {

/// One event on its way: what is sent, and by which way.
struct broadcast_item {
  std::vector<std::string> channels;
  std::string event;
  std::string data;    ///< the text of a JSON value
  std::string except;  ///< socket id; empty: nobody is left out
  std::string driver;
  std::string queue;  ///< empty: none

  bool operator==(const broadcast_item&) const = default;
};

}  // namespace detail
}  // namespace v1
}  // namespace grapevine

namespace grapevine::broadcasting {

using detail::broadcast_item;

/// Reads an event class into an item; driver and queue are those the event names.
broadcast_item render(const should_broadcast&);
broadcast_item render(const channel_list&, std::string_view event, const json& data);

/// Says what no driver could send: no channel or a name that is none, an event without a name or
/// with one of the protocol's own, a socket id of another form.
broadcast_result check(const broadcast_item&);

/// An item as text for a store, and back: nothing when the text is no item of ours.
std::string to_text(const broadcast_item&, unsigned attempts);
bool from_text(std::string_view text, broadcast_item&, unsigned& attempts);

}  // namespace grapevine::broadcasting
