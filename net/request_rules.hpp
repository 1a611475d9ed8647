#pragma once

#include "net/http_message.hpp"
#include "net/http_parser.hpp"

#include <string_view>

namespace grapevine::net {

/// Checks what RFC 9112 asks of a header beyond its grammar: one valid Host, at most one
/// Content-Length and never beside Transfer-Encoding, no coding but `chunked`, no unknown
/// expectation. A status of 0 means it is fine.
http_fault check_request_header(const http_request&, bool is_http_1_1);

/// Splits a request-target into `path` and `query`; absolute-form loses scheme and authority, `*`
/// is for OPTIONS alone. False: refuse with 400.
bool split_target(std::string_view target, http_request&);

/// True for uri-host [ ":" port ] of RFC 9110, section 7.2, not empty.
bool is_valid_host(std::string_view) noexcept;

}  // namespace grapevine::net
