#pragma once

#include "cli/url.hpp"

#include <optional>
#include <string>
#include <variant>

namespace grapevine::cli {

/// One request; `target` is path and query behind the URL's prefix. With a body it is a POST of
/// JSON, else a GET.
struct server_request {
  std::string target;
  std::optional<std::string> body;
};

struct server_answer {
  unsigned status = 0;
  std::string body;
};

/// No answer came: one sentence says why.
struct no_answer {
  std::string message;
};

/// Sends one request and waits for its answer, at most about half a minute in all. Certificates are
/// checked against the system's authorities. An answer above 64 MiB is a failure.
std::variant<server_answer, no_answer> exchange(const url& server, const server_request&);

}  // namespace grapevine::cli
