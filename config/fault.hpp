#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace grapevine::config {

/// What is wrong with one value. `message` continues a sentence that starts with the key: "must be
/// …".
struct fault {
  std::string message;
  std::string fix;
  unsigned line = 0;  ///< of the guilty item of a list; 0: the line of the key
  bool operator==(const fault&) const = default;
};

/// Everything wrong with one value; empty when it is fine.
using verdict = std::vector<fault>;

/// `text` in quotes for a message: shortened, control characters replaced. Never for secrets.
std::string quoted(std::string_view text);

/// "a, b or c".
std::string alternatives(const std::vector<std::string>& words);

}  // namespace grapevine::config
