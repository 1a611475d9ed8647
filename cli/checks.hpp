#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace grapevine::cli {

/// Makes an option take only URLs of `scheme` ("http" or "ws") or its TLS form: a wrong one is a
/// usage error.
CLI::Validator is_url(const std::string& scheme);
/// Makes an option take only ID:KEY:SECRET.
CLI::Validator is_app_credentials();
/// Makes an option take only what `parse_duration` reads.
CLI::Validator is_duration();

}  // namespace grapevine::cli
