#pragma once

#include "net/http_message.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What the node's HTTP services answer with.
namespace grapevine::actors {

net::http_response ok(std::string body);

/// 200 for what could be found out. Nodes that should have answered and did not are named in the
/// header X-Grapevine-Partial, each once, and the body, a JSON object, says that it is not
/// everything.
net::http_response ok(std::string body, std::vector<std::string> missing);

/// {"error":"…","code":N}
net::http_response refuse(unsigned status, std::string_view why);

/// RFC 9110, section 15.5.6: a 405 names what the path has.
net::http_response refuse_method(std::string_view why, std::string allowed);

/// 503: an actor that would know the answer has ended, or does not answer.
net::http_response going_away();

}  // namespace grapevine::actors
