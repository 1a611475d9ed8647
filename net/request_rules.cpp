#include "net/request_rules.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <string>

namespace grapevine::net {

namespace {

std::size_t count_of(const http_request& request, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(request.headers.begin(), request.headers.end(),
                    [name](const auto& field) { return field.first == name; }));
}

bool all_digits(std::string_view s) noexcept {
  return std::all_of(s.begin(), s.end(), base::is_ascii_digit);
}

bool is_registered_name(std::string_view name) noexcept {
  constexpr std::string_view marks = "-._~!$&'()*+,;=";
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '%') {
      if (i + 2 >= name.size() || !base::is_ascii_hex(name[i + 1])
          || !base::is_ascii_hex(name[i + 2]))
        return false;
      i += 2;
    } else if (!base::is_ascii_alnum(name[i]) && marks.find(name[i]) == std::string_view::npos) {
      return false;
    }
  }
  return !name.empty();
}

bool is_bracketed_address(std::string_view address) noexcept {
  return address.size() > 2 && std::all_of(address.begin(), address.end(), [](char c) {
           return base::is_ascii_hex(c) || c == ':' || c == '.';
         });
}

http_fault check_framing(const http_request& request, bool is_http_1_1) {
  const auto lengths = count_of(request, "content-length");
  const auto codings = count_of(request, "transfer-encoding");
  if (codings > 0 && lengths > 0)
    return {400, "Content-Length beside Transfer-Encoding"};
  if (lengths > 1 || (lengths == 1 && !all_digits(request.header("content-length"))))
    return {400, "bad Content-Length"};
  const bool is_chunked =
      codings == 1 && base::equal_ignoring_case(request.header("transfer-encoding"), "chunked");
  if (codings > 0 && !(is_chunked && is_http_1_1))
    return {501, "only the transfer coding chunked is supported"};
  return {};
}

http_fault check_host(const http_request& request, bool is_http_1_1) {
  const auto hosts = count_of(request, "host");
  if (hosts == 0 && !is_http_1_1)
    return {};
  if (hosts != 1)
    return {400, "one Host header is required"};
  if (!is_valid_host(request.header("host")))
    return {400, "bad Host header"};
  return {};
}

}  // namespace

bool is_valid_host(std::string_view host) noexcept {
  if (!host.empty() && host.front() == '[') {
    const auto end = host.find(']');
    if (end == std::string_view::npos || !is_bracketed_address(host.substr(1, end - 1)))
      return false;
    const auto port = host.substr(end + 1);
    return port.empty() || (port.front() == ':' && all_digits(port.substr(1)));
  }
  const auto colon = host.find(':');
  const auto port = colon == std::string_view::npos ? std::string_view{} : host.substr(colon + 1);
  return is_registered_name(host.substr(0, colon)) && all_digits(port);
}

http_fault check_request_header(const http_request& request, bool is_http_1_1) {
  if (auto fault = check_framing(request, is_http_1_1); fault.status != 0)
    return fault;
  if (auto fault = check_host(request, is_http_1_1); fault.status != 0)
    return fault;
  const auto expect = request.header("expect");
  if (is_http_1_1 && !expect.empty() && !base::equal_ignoring_case(expect, "100-continue"))
    return {417, "only the expectation 100-continue is supported"};
  return {};
}

bool split_target(std::string_view target, http_request& request) {
  if (target == "*") {
    request.path = target;
    return request.method == "OPTIONS";
  }
  if (target.find('#') != std::string_view::npos)
    return false;
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!base::equal_ignoring_case(target.substr(0, scheme.size()), scheme))
      continue;
    target.remove_prefix(scheme.size());
    const auto end = std::min(target.find_first_of("/?"), target.size());
    if (!is_valid_host(target.substr(0, end)))
      return false;
    target.remove_prefix(end);
    const auto mark = std::min(target.find('?'), target.size());
    request.path = mark == 0 ? "/" : target.substr(0, mark);
    request.query = mark == target.size() ? "" : target.substr(mark + 1);
    return true;
  }
  if (target.empty() || target.front() != '/')
    return false;
  const auto mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  request.query = mark == target.size() ? "" : target.substr(mark + 1);
  return true;
}

}  // namespace grapevine::net
