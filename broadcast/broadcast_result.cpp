#include <grapevine/broadcast_result.hpp>

namespace grapevine {
inline namespace v1 {

std::string_view to_string(broadcast_errc code) noexcept {
  switch (code) {
  case broadcast_errc::none:
    return "none";
  case broadcast_errc::no_socket:
    return "no_socket";
  case broadcast_errc::bad_socket:
    return "bad_socket";
  case broadcast_errc::bad_channel:
    return "bad_channel";
  case broadcast_errc::bad_event:
    return "bad_event";
  case broadcast_errc::too_large:
    return "too_large";
  case broadcast_errc::unknown_driver:
    return "unknown_driver";
  case broadcast_errc::misconfigured:
    return "misconfigured";
  case broadcast_errc::refused:
    return "refused";
  case broadcast_errc::unsupported:
    return "unsupported";
  case broadcast_errc::unreachable:
    return "unreachable";
  case broadcast_errc::timed_out:
    return "timed_out";
  case broadcast_errc::overloaded:
    return "overloaded";
  case broadcast_errc::queue_full:
    return "queue_full";
  case broadcast_errc::stopped:
    return "stopped";
  case broadcast_errc::failed:
    return "failed";
  }
  return "failed";
}

}  // namespace v1
}  // namespace grapevine
