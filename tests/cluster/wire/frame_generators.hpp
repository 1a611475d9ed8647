#pragma once

#include "cluster/wire/frame_codec.hpp"

#include <rapidcheck.h>

#include <deque>
#include <string>

namespace grapevine::cluster::testing {

template <class T>
T any() {
  return *rc::gen::arbitrary<T>();
}

inline rumour any_rumour() {
  return {any<std::string>(),   any<std::uint64_t>(),
          any<std::uint32_t>(), static_cast<member_state>(*rc::gen::inRange(0, 4)),
          any<std::uint64_t>(), {any<std::string>(), any<std::uint16_t>()},
          any<std::uint8_t>(),  any<std::uint16_t>(),
          any<std::uint16_t>(), any<std::uint64_t>()};
}

inline std::vector<rumour> any_rumours() {
  std::vector<rumour> rumours(*rc::gen::inRange<std::size_t>(0, 6));
  for (auto& one : rumours)
    one = any_rumour();
  return rumours;
}

inline std::array<std::uint8_t, 32> any_32_bytes() {
  std::array<std::uint8_t, 32> bytes;
  for (auto& byte : bytes)
    byte = any<std::uint8_t>();
  return bytes;
}

inline std::vector<roster_element> any_elements() {
  std::vector<roster_element> elements(*rc::gen::inRange<std::size_t>(0, 4));
  for (auto& one : elements)
    one = {any<std::string>(), any<std::string>(), any<std::uint64_t>()};
  return elements;
}

inline std::vector<roster_leave> any_leaves() {
  std::vector<roster_leave> leaves(*rc::gen::inRange<std::size_t>(0, 4));
  for (auto& one : leaves)
    one = {any<std::string>(), any<bool>()};
  return leaves;
}

/// Any frame of the alternative with that index; an event's strings live in `strings`.
inline frame any_frame(std::size_t index, std::deque<std::string>& strings) {
  const auto view = [&] { return std::string_view{strings.emplace_back(any<std::string>())}; };
  switch (index) {
  case 0:
    return hello_frame{any<std::uint16_t>(), any<std::uint16_t>(), any_32_bytes()};
  case 1:
    return proof_frame{any_32_bytes(),
                       {any<std::string>(),
                        any<std::uint64_t>(),
                        any<std::uint32_t>(),
                        {any<std::string>(), any<std::uint16_t>()},
                        any<std::uint16_t>(),
                        any<std::uint16_t>(),
                        any<std::uint64_t>(),
                        any<std::uint64_t>(),
                        any<std::uint8_t>()},
                       any<bool>()};
  case 2:
    return resume_frame{any<std::uint64_t>(), any<std::uint64_t>(), any<std::uint64_t>(),
                        any<bool>()};
  case 3:
    return bye_frame{static_cast<bye_reason>(*rc::gen::inRange(0, 8)), any<std::uint64_t>()};
  case 4:
    return probe_frame{any<std::uint64_t>(), any<std::uint64_t>(), any_rumours()};
  case 5:
    return probe_ack_frame{any<std::uint64_t>(), any<std::uint64_t>(), any_rumours()};
  case 6:
    return probe_req_frame{any<std::uint64_t>(), any<std::uint64_t>(), any_rumours()};
  case 7:
    return probe_nack_frame{any<std::uint64_t>()};
  case 8:
    return gossip_frame{any_rumours()};
  case 9:
    return members_frame{any<bool>(), any_rumours()};
  case 10:
    return ack_frame{any<std::uint64_t>(), any<std::uint64_t>()};
  case 11:
    return relay_frame{any<std::uint64_t>(), any<std::uint64_t>(), any<std::uint64_t>(), view()};
  case 12:
    return relay_end_frame{any<std::uint64_t>(), any<std::uint64_t>(), any<std::uint64_t>(),
                           static_cast<relay_end_reason>(*rc::gen::inRange(0, 3))};
  case 13:
    return app_def_frame{any<std::uint16_t>(), any<std::string>()};
  case 14: {
    event_frame e{any<std::uint16_t>(),
                  any<std::uint64_t>(),
                  {},
                  view(),
                  view(),
                  {},
                  {},
                  any<std::uint64_t>(),
                  view()};
    e.flags = static_cast<std::uint8_t>(any<std::uint8_t>() & event_flag::known);
    if (e.flags & event_flag::has_except)
      e.except = view();
    if (e.flags & event_flag::has_user_id)
      e.user_id = view();
    return e;
  }
  case 15:
    return gap_frame{any<std::uint64_t>(), any<bool>()};
  case 16:
    return interest_delta_frame{any<std::uint64_t>(), any<std::uint64_t>(),
                                any<std::vector<std::uint64_t>>(),
                                any<std::vector<std::uint64_t>>()};
  case 17:
    return interest_ack_frame{any<std::uint64_t>()};
  case 18:
    return digest_frame{any<std::uint64_t>(), any<std::uint64_t>(), any<std::uint64_t>(),
                        any<std::uint64_t>(), any<std::uint64_t>()};
  case 19:
    return interest_begin_frame{};
  case 20:
    return roster_delta_frame{any<std::uint64_t>(), any<std::uint16_t>(), any<std::string>(),
                              any<std::uint64_t>(), any<std::uint64_t>(), any_elements(),
                              any_leaves()};
  case 21:
    return roster_snapshot_frame{any<std::uint64_t>(), any<std::uint16_t>(), any<std::string>(),
                                 any<std::uint64_t>(), any<std::uint64_t>(), any_elements(),
                                 any<bool>()};
  case 22:
    return roster_done_frame{any<std::uint64_t>()};
  case 23:
    return cache_get_frame{any<std::uint64_t>(), any<std::uint16_t>(), any<std::string>()};
  case 24:
    return cache_item_frame{any<std::uint64_t>(), any<std::uint16_t>(), any<std::string>(),
                            any<bool>(),          any<std::string>(),   any<std::string>(),
                            any<std::uint64_t>(), any<std::uint64_t>(), any<std::uint64_t>()};
  case 25:
    return query_frame{any<std::uint64_t>(), any<std::uint8_t>(), any<std::uint16_t>(),
                       any<std::uint8_t>(), any<std::string>()};
  case 26:
    return interest_chunk_frame{any<std::uint64_t>(), any<std::vector<std::uint64_t>>()};
  case 27:
    return interest_done_frame{any<std::uint64_t>(), any<std::uint64_t>(), any<std::uint64_t>()};
  case 28:
    return interest_request_frame{};
  case 29:
    return roster_request_frame{};
  case 30: {
    bridges_frame f;
    for (auto& id : any<std::vector<std::uint64_t>>())
      f.bridges.push_back(
          {id, static_cast<std::uint8_t>(any<std::uint8_t>() & bridge_role::known)});
    return f;
  }
  default:
    return answer_frame{any<std::uint64_t>(), any<bool>(), any<std::string>()};
  }
}

inline frame any_frame(std::deque<std::string>& strings) {
  return any_frame(*rc::gen::inRange<std::size_t>(0, std::variant_size_v<frame>), strings);
}

}  // namespace grapevine::cluster::testing
