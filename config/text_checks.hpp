#pragma once

#include "config/fault.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::config {

/// What a text has to satisfy beyond being text; the fault if it does not.
using text_check = std::function<std::optional<fault>(const std::string&)>;

// The checks below never show the text in their fault unless they say so: it may be a secret.

/// Anything without control characters, empty too.
std::optional<fault> any_text(const std::string&);
/// `any_text`, not empty.
std::optional<fault> some_text(const std::string&);
/// What identifies an app, in URLs and signatures: letters, digits, '-', '_', '.' and '~'.
std::optional<fault> identifier(const std::string&);
/// What names a node: 1 to 128 visible characters. Shows the text.
std::optional<fault> node_name(const std::string&);
/// What names a cluster: 1 to 64 letters, digits, '.', '_' and '-'. Shows the text.
std::optional<fault> cluster_name(const std::string&);
/// Whether a node may be called so in a cluster: as `cluster_name`.
bool is_peer_name(const std::string&);
/// A host name in which '*' stands for any characters. Shows the text.
std::optional<fault> name_pattern(const std::string&);
/// What nodes share: at least 16 bytes without control characters.
std::optional<fault> shared_secret(const std::string&);
/// "" or "/something" without a slash at its end. Shows the text.
std::optional<fault> path_prefix(const std::string&);
/// An IP address or CIDR. Shows the text.
std::optional<fault> network(const std::string&);
/// HOST:PORT with a port other than 0. Shows the text.
std::optional<fault> dialled_address(const std::string&);
/// `dialled_address` or "".
std::optional<fault> optional_dialled_address(const std::string&);
/// A host without scheme, port or path; "" too. Shows the text.
std::optional<fault> host_name(const std::string&);
/// "http://host…" or "https://host…".
std::optional<fault> http_url(const std::string&);
/// A channel name with {placeholders}. Shows the text.
std::optional<fault> channel_pattern(const std::string&);
/// Exactly one of `words`. Shows the text.
text_check one_of(std::vector<std::string> words);
/// One of `words` or "". Shows the text.
text_check one_of_or_empty(std::vector<std::string> words);

/// The names between braces in a channel pattern or a claim, in their order; absent when a brace
/// has no partner or a name is not made of letters, digits and '_'.
std::optional<std::vector<std::string>> placeholders(const std::string& text);

}  // namespace grapevine::config
