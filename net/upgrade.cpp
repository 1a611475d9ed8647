#include "net/upgrade.hpp"

#include "base/ascii.hpp"
#include "net/header_list.hpp"
#include "net/http_writer.hpp"
#include "protocol/signature.hpp"

#include <vector>

namespace grapevine::net {

namespace {

bool has_token(const http_request& request, std::string_view name, std::string_view token) {
  for (const auto& [field, value] : request.headers) {
    if (field != name)
      continue;
    for (std::string_view list = value; !list.empty();)
      if (base::equal_ignoring_case(next_list_item(list), token))
        return true;
  }
  return false;
}

std::vector<std::string_view> all_values(const http_request& request, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [field, value] : request.headers)
    if (field == name)
      values.push_back(value);
  return values;
}

}  // namespace

upgrade_check check_upgrade(const http_request& request, bool is_http_1_1) {
  if (!has_token(request, "upgrade", "websocket"))
    return no_upgrade{};
  // RFC 9110, section 7.8: Upgrade in an HTTP/1.0 request is ignored.
  if (!is_http_1_1)
    return no_upgrade{};
  if (!has_token(request, "connection", "upgrade"))
    return json_error(400, "a WebSocket upgrade needs Connection: Upgrade");
  if (request.method != "GET" || !request.body.empty())
    return json_error(400, "a WebSocket upgrade is a GET without a body");
  const auto versions = all_values(request, "sec-websocket-version");
  if (versions.size() != 1 || versions.front() != "13") {
    auto answer =
        json_error(versions.size() > 1 ? 400 : 426, "only WebSocket version 13 is supported");
    answer.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
    return answer;
  }
  const auto keys = all_values(request, "sec-websocket-key");
  if (keys.size() != 1 || !protocol::is_websocket_key(keys.front()))
    return json_error(400, "one valid Sec-WebSocket-Key is required");
  return websocket_upgrade{std::string{keys.front()}};
}

std::string switching_protocols(std::string_view key) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: "
         + protocol::websocket_accept(key) + "\r\n\r\n";
}

}  // namespace grapevine::net
