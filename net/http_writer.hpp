#pragma once

#include "net/http_message.hpp"

#include <string>
#include <string_view>

namespace grapevine::net {

/// What the connection, not the service, knows about an answer.
struct answer_options {
  bool keep_alive = true;
  bool is_http_1_1 = true;  ///< of the request; 1.0 needs keep-alive spelt out
  bool head = false;        ///< the request was HEAD: Content-Length of the body, but no body
  bool cors = false;        ///< let every page read it
};

/// The bytes of one answer. Headers whose name or value holds a control character are left out.
std::string write_response(const http_response&, const answer_options&);

/// {"error":"…","code":N}.
http_response json_error(unsigned status, std::string_view reason);

/// Answers a CORS preflight for every origin, method and header asked for.
http_response preflight_answer(const http_request&);

}  // namespace grapevine::net
