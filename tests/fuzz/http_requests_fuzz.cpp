// What a stranger sends to the clients' listener before anything is known about it: requests, one
// behind the other. However the bytes are cut, the same requests come out, within the limits.

#include "expect.hpp"
#include "net/http_parser.hpp"
#include "net/request_rules.hpp"
#include "net/upgrade.hpp"
#include "protocol/signature.hpp"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

using namespace grapevine;
using fuzz::expect;

namespace {

constexpr std::size_t header_max = 512;
constexpr std::size_t body_max = 256;

/// One request as text, or the status of the refusal.
using outcome = std::variant<std::string, unsigned>;

void check(const net::http_request& request, bool is_http_1_1) {
  expect(!request.method.empty(), "a request has a method");
  expect(request.path.starts_with('/') || (request.path == "*" && request.method == "OPTIONS"),
         "a path is absolute");
  expect(request.path.find('?') == std::string::npos, "the query is not in the path");
  expect(request.body.size() <= body_max, "a body keeps to its limit");
  std::size_t bytes = request.path.size();
  std::size_t hosts = 0;
  for (const auto& [name, value] : request.headers) {
    bytes += name.size() + value.size();
    hosts += name == "host" ? 1 : 0;
    expect(std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; }),
           "header names are in lower case");
    expect(value.find_first_of("\r\n") == std::string::npos, "a header's value is one line");
  }
  expect(bytes <= header_max, "a header keeps to its limit");
  expect(!is_http_1_1 || hosts == 1, "HTTP/1.1 has one Host");
  if (hosts == 1 && !request.header("host").empty())
    expect(net::is_valid_host(request.header("host")), "Host is valid");

  const auto upgrade = net::check_upgrade(request, is_http_1_1);
  if (const auto* wanted = std::get_if<net::websocket_upgrade>(&upgrade)) {
    expect(is_http_1_1 && request.method == "GET" && request.body.empty(), "only GET upgrades");
    expect(protocol::is_websocket_key(wanted->key), "an upgrade has a key");
  } else if (const auto* refused = std::get_if<net::http_response>(&upgrade)) {
    expect(refused->status >= 400 && refused->status < 500,
           "a wrong upgrade is the client's fault");
  }
}

std::string describe(const net::http_request& request) {
  auto text = request.method + ' ' + request.path + '?' + request.query + '\n';
  for (const auto& [name, value] : request.headers)
    text += name + ": " + value + '\n';
  return text + '\n' + request.body;
}

/// Reads everything, in pieces of `piece` bytes.
std::vector<outcome> read(std::string_view bytes, std::size_t piece) {
  std::vector<outcome> all;
  net::http_parser parser{header_max, body_max};
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    auto state = parser.feed(part);
    while (state == net::http_parser::state::complete
           || state == net::http_parser::state::expects_continue) {
      if (state == net::http_parser::state::expects_continue) {
        state = parser.resume();
        continue;
      }
      const auto version = parser.is_http_1_1();
      const auto request = parser.take();
      check(request, version);
      all.emplace_back(describe(request));
      state = parser.next();
    }
    if (state == net::http_parser::state::fault) {
      expect(parser.fault().status >= 400 && parser.fault().status < 600, "a fault is an error");
      all.emplace_back(parser.fault().status);
      return all;
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::as_text(data, size);
  const auto whole = read(bytes, std::max<std::size_t>(size, 1));
  for (const std::size_t piece : {1u, 7u, 64u})
    expect(read(bytes, piece) == whole, "the cut of the bytes changes nothing");
  return 0;
}
