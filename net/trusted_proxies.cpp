#include "net/trusted_proxies.hpp"

#include "net/header_list.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace grapevine::net {

namespace {

constexpr unsigned mapped_prefix = 96;

// "[::1]:80", "1.2.3.4:80" and bare addresses occur in the wild.
std::string_view without_port(std::string_view entry) {
  if (entry.starts_with('['))
    return entry.substr(1, std::min(entry.find(']'), entry.size()) - 1);
  const auto colon = entry.find(':');
  return colon != std::string_view::npos && entry.find(':', colon + 1) == std::string_view::npos
             ? entry.substr(0, colon)
             : entry;
}

}  // namespace

std::optional<trusted_proxies::bytes> trusted_proxies::parse(std::string_view text) {
  const std::string terminated{text};
  bytes v6{};
  if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1)
    return v6;
  std::array<unsigned char, 4> v4{};
  if (inet_pton(AF_INET, terminated.c_str(), v4.data()) != 1)
    return std::nullopt;
  v6[10] = v6[11] = 0xff;
  std::copy(v4.begin(), v4.end(), v6.begin() + 12);
  return v6;
}

trusted_proxies::trusted_proxies(const std::vector<std::string>& networks) {
  for (const auto& text : networks) {
    const auto slash = std::min(text.find('/'), text.size());
    const auto address = parse(std::string_view{text}.substr(0, slash));
    if (!address)
      continue;
    unsigned prefix = 128;
    if (slash < text.size()) {
      const auto* last = text.data() + text.size();
      const auto [end, error] = std::from_chars(text.data() + slash + 1, last, prefix);
      if (error != std::errc{} || end != last)
        continue;
      if (text.find(':') == std::string::npos)
        prefix += mapped_prefix;
    }
    if (prefix <= 128)
      networks_.push_back({*address, prefix});
  }
}

bool trusted_proxies::contains(std::string_view text) const {
  const auto address = parse(text);
  return address && std::any_of(networks_.begin(), networks_.end(), [&](const network& n) {
           const auto whole = n.prefix / 8;
           const auto bits = n.prefix % 8;
           const auto mask = static_cast<unsigned>(0xff00 >> bits) & 0xffu;
           return std::equal(address->begin(), address->begin() + whole, n.address.begin())
                  && (bits == 0 || (((*address)[whole] ^ n.address[whole]) & mask) == 0);
         });
}

std::string trusted_proxies::client_address(const std::string& peer,
                                            const http_request& request) const {
  if (networks_.empty() || !contains(peer))
    return peer;
  std::vector<std::string_view> hops;
  for (const auto& [name, value] : request.headers)
    if (name == "x-forwarded-for")
      for (std::string_view list = value; !list.empty();)
        hops.push_back(without_port(next_list_item(list)));
  std::string client = peer;
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    if (!parse(*hop))
      break;
    client = *hop;
    if (!contains(*hop))
      break;
  }
  return client;
}

}  // namespace grapevine::net
