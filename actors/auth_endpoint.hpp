#pragma once

#include "net/loop.hpp"
#include "net/service.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::actors {

/// What Echo asks of the auth endpoint, and who asks, as far as the request says so.
struct auth_question {
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string socket_id;
  std::string channel;
};

/// Takes the status and the JSON body of the answer, once, on any thread while the node runs.
using auth_answered = std::function<void(unsigned status, std::string body)>;

/// Decides over subscriptions: called on a shard's thread, and must not keep it waiting.
using authorizer = std::function<void(auth_question, auth_answered)>;

/// Where Echo asks, as the guide has it.
constexpr std::string_view auth_path = "/api/v1/broadcasting/auth";

/// Reads a request to `auth_path`, a form or a JSON object with socket_id and channel_name, and
/// answers what `decide` says.
void serve_auth(const authorizer& decide, const net::http_request&, std::unique_ptr<net::responder>,
                net::loop&);

}  // namespace grapevine::actors
