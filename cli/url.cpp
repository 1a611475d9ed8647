#include "cli/url.hpp"

#include "base/ascii.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace grapevine::cli {

namespace {

namespace urls = boost::urls;

/// The port that `found` names or its scheme implies; absent when it names one that is none.
std::optional<std::uint16_t> port_of(const urls::url_view& found, bool tls) {
  if (!found.has_port())
    return tls ? std::uint16_t{443} : std::uint16_t{80};
  const auto port = found.port_number();
  return port == 0 ? std::nullopt : std::optional{port};
}

/// Whether `found` says where a server is and nothing else.
bool is_place(const urls::url_view& found) {
  // Boost 1.81 takes what follows a port without a slash, as in "a:80x", for a path.
  const std::string_view path = found.encoded_path();
  return (path.empty() || path.starts_with('/')) && !found.encoded_host_address().empty()
         && !found.has_userinfo() && !found.has_query() && !found.has_fragment();
}

}  // namespace

std::optional<url> parse_url(std::string_view text, std::string_view scheme) {
  const auto found = urls::parse_uri(text);
  if (!found || !is_place(*found))
    return std::nullopt;
  const bool tls = base::equal_ignoring_case(found->scheme(), std::string{scheme} + 's');
  if (!tls && !base::equal_ignoring_case(found->scheme(), scheme))
    return std::nullopt;
  const auto port = port_of(*found, tls);
  if (!port)
    return std::nullopt;
  std::string_view prefix = found->encoded_path();
  while (prefix.ends_with('/'))
    prefix.remove_suffix(1);
  return url{tls,
             {std::string{std::string_view{found->encoded_host_address()}}, *port},
             std::string{prefix}};
}

}  // namespace grapevine::cli
