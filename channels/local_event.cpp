#include "channels/local_event.hpp"

namespace grapevine::channels {

cluster::event_frame to_event_frame(const cluster::channel_ref& channel, std::uint64_t key,
                                    const forward& what, std::string& room) {
  namespace flag = cluster::event_flag;
  const auto& event = what.event;
  cluster::event_frame frame{.app = static_cast<std::uint16_t>(channel.app),
                             .key = key,
                             .channel = channel.name,
                             .event = event.event,
                             .hlc = what.hlc,
                             .data = event.data};
  if (what.from_client)
    frame.flags |= flag::client_event;
  if (what.cache)
    frame.flags |= flag::cache;
  if (event.except) {
    room = to_string(event.except);
    frame.flags |= flag::has_except;
    frame.except = room;
  }
  if (event.user_id) {
    frame.flags |= flag::has_user_id;
    frame.user_id = *event.user_id;
  }
  return frame;
}

}  // namespace grapevine::channels
