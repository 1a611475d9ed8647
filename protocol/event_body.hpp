#pragma once

#include "protocol/http_api.hpp"

#include <string_view>
#include <variant>

/// The bodies of POST /events and POST /batch_events: private to `parse_api_call`.
namespace grapevine::protocol {

/// Reads one event; everything is checked before the call exists.
api_call parse_event(std::string_view body, const api_limits&);

/// Reads a batch; one bad event refuses the whole.
api_call parse_batch(std::string_view body, const api_limits&);

/// Reads a comma separated list of attributes. Empty elements are passed over, an unknown one is
/// refused.
std::variant<info_request, api_refusal> parse_info(std::string_view text);

}  // namespace grapevine::protocol
