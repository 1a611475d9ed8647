#pragma once

#include "cli/app_credentials.hpp"
#include "cli/http_client.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::cli {

/// One event for the HTTP API. `data` is sent as it is, whether JSON or not.
struct publication {
  std::vector<std::string> channels;
  std::string event;
  std::string data;
  std::string socket_id;  ///< the connection that shall not get it; empty: none
};

/// The signed request that publishes the event (protocol.md 9); nothing when a text is not UTF-8.
std::optional<server_request> publish_request(const app_credentials&, const publication&,
                                              std::chrono::seconds unix_now);

/// What an answer other than 200 says, in one sentence.
std::string explain_refusal(const server_answer&);

}  // namespace grapevine::cli
