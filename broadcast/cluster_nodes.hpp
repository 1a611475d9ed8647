#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::broadcasting {

/// Where a node of the cluster serves its HTTP API.
struct node_url {
  bool tls = false;
  std::string host;  ///< a name or a literal, without brackets
  std::uint16_t port = 0;
  std::string prefix;  ///< "" or "/something" without a trailing slash
  bool operator==(const node_url&) const = default;
};

/// Reads `http://HOST[:PORT][/prefix]` or https. User names, queries and fragments are refused.
std::optional<node_url> parse_node_url(std::string_view text);
/// "http://host:port", for messages.
std::string to_string(const node_url&);

/// The nodes of a cluster, and which is asked first: the one that answered last. Not thread-safe.
class cluster_nodes {
public:
  /// Reads a list separated by commas. Empty, and a sentence in `error`, when a part is no URL.
  static cluster_nodes parse(std::string_view list, std::string& error);

  bool empty() const noexcept {
    return urls_.empty();
  }
  std::size_t size() const noexcept {
    return urls_.size();
  }
  const node_url& operator[](std::size_t place) const {
    return urls_[place];
  }
  /// The places in the order in which they are to be tried now.
  std::vector<std::size_t> order() const;
  /// Tells that a node answered: it comes first from now on.
  void answered(std::size_t place) noexcept {
    first_ = place;
  }

private:
  std::vector<node_url> urls_;
  std::size_t first_ = 0;
};

}  // namespace grapevine::broadcasting
