#pragma once

#include "cli/console.hpp"
#include "cli/listen_client.hpp"
#include "cli/url.hpp"

namespace grapevine::cli {

/// Gives a `listen_client` its socket, timer and signals, and runs it to its end. SIGINT and
/// SIGTERM stop it. Returns the exit status.
int listen(const url& server, const listen_options&, console);

}  // namespace grapevine::cli
