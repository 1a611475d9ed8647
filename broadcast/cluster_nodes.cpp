#include "broadcast/cluster_nodes.hpp"

#include "base/endpoint.hpp"

#include <algorithm>

namespace grapevine::broadcasting {

std::optional<node_url> parse_node_url(std::string_view text) {
  node_url url;
  if (text.starts_with("https://"))
    url.tls = true;
  else if (!text.starts_with("http://"))
    return std::nullopt;
  text.remove_prefix(url.tls ? 8 : 7);
  const auto slash = std::min(text.find('/'), text.size());
  auto authority = std::string{text.substr(0, slash)};
  url.prefix = text.substr(slash);
  while (url.prefix.ends_with('/'))
    url.prefix.pop_back();
  const auto plain = [](char c) { return c > ' ' && c < 0x7f && c != '?' && c != '#' && c != '@'; };
  if (!std::all_of(url.prefix.begin(), url.prefix.end(), plain))
    return std::nullopt;
  // An IPv6 literal has colons of its own, inside of brackets.
  const auto port_at = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  if (port_at == std::string::npos)
    authority += url.tls ? ":443" : ":80";
  const auto where = base::parse_endpoint(authority);
  if (!where || where->port == 0)
    return std::nullopt;
  url.host = where->host;
  url.port = where->port;
  return url;
}

std::string to_string(const node_url& url) {
  return (url.tls ? "https://" : "http://") + base::to_string(base::endpoint{url.host, url.port})
         + url.prefix;
}

cluster_nodes cluster_nodes::parse(std::string_view list, std::string& error) {
  cluster_nodes result;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    auto part = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
    part = part.substr(0, part.find_last_not_of(" \t") + 1);
    if (part.empty())
      continue;
    auto url = parse_node_url(part);
    if (!url) {
      error = "url: a node is http://HOST:PORT or https://HOST:PORT";
      return {};
    }
    result.urls_.push_back(std::move(*url));
  }
  if (result.urls_.empty())
    error = "url: no node is named";
  return result;
}

std::vector<std::size_t> cluster_nodes::order() const {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < urls_.size(); ++i)
    places.push_back((first_ + i) % urls_.size());
  return places;
}

}  // namespace grapevine::broadcasting
