#include "broadcast/broadcast_item.hpp"

#include "base/json_text.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/json.hpp"
#include "protocol/socket_id.hpp"

#include <algorithm>

namespace grapevine::broadcasting {

namespace {

constexpr std::size_t name_max = 200;  // of channels and events: protocol.md 4.1 and 9.2
constexpr std::size_t stored_depth_max = 4;

std::string shown(std::string_view name) {
  constexpr std::size_t shown_max = 60;
  return base::json_quoted(name.substr(0, shown_max));
}

}  // namespace

broadcast_item render(const channel_list& channels, std::string_view event, const json& data) {
  broadcast_item item;
  for (const auto& one : channels)
    if (std::find(item.channels.begin(), item.channels.end(), one.str()) == item.channels.end())
      item.channels.push_back(one.str());
  item.event = event;
  item.data = base::json_text(data);
  return item;
}

broadcast_item render(const should_broadcast& event) {
  auto item = render(event.broadcast_on(), event.broadcast_as(), event.broadcast_with());
  item.driver = event.broadcast_driver();
  item.queue = event.broadcast_queue();
  return item;
}

broadcast_result check(const broadcast_item& item) {
  if (item.channels.empty())
    return {broadcast_errc::bad_event, "The event has no channel"};
  for (const auto& name : item.channels)
    if (const auto fault = protocol::check_channel_name(name, name_max, true);
        fault != protocol::name_fault::none)
      return {broadcast_errc::bad_channel, "The channel " + shown(name) + " cannot be: "
                                               + std::string{protocol::explain(fault)}};
  if (item.event.empty())
    return {broadcast_errc::bad_event, "The event has no name"};
  if (item.event.size() > name_max)
    return {broadcast_errc::bad_event, "The event's name is longer than 200 bytes"};
  if (item.event.starts_with("pusher:") || item.event.starts_with("pusher_internal:"))
    return {broadcast_errc::bad_event, "Names that begin with \"pusher:\" are the protocol's own"};
  if (!item.except.empty() && !protocol::is_socket_id(item.except))
    return {broadcast_errc::bad_socket,
            "The socket id " + shown(item.except) + " is not of the form 123.456"};
  return {};
}

std::string to_text(const broadcast_item& item, unsigned attempts) {
  json stored{{"channels", item.channels},
              {"event", item.event},
              {"data", item.data},
              {"driver", item.driver},
              {"attempts", attempts}};
  if (!item.except.empty())
    stored["except"] = item.except;
  return base::json_text(stored);
}

bool from_text(std::string_view text, broadcast_item& item, unsigned& attempts) {
  const auto stored = protocol::parse_json(text, stored_depth_max);
  if (!stored || !stored->is_object())
    return false;
  broadcast_item read;
  unsigned count = 0;
  try {
    stored->at("channels").get_to(read.channels);
    stored->at("event").get_to(read.event);
    stored->at("data").get_to(read.data);
    stored->at("driver").get_to(read.driver);
    stored->at("attempts").get_to(count);
    read.except = stored->value("except", std::string{});
  } catch (const json::exception&) {
    return false;
  }
  if (!check(read))
    return false;
  item = std::move(read);
  attempts = count;
  return true;
}

}  // namespace grapevine::broadcasting
