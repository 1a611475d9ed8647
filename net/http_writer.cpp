#include "net/http_writer.hpp"

#include "base/ascii.hpp"
#include "protocol/http_answer.hpp"

// Boost's string_view wants it complete.
#include <ostream>

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace grapevine::net {

namespace {

std::string_view reason_phrase(unsigned status) {
  if (status == 426)
    return "Upgrade Required";
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {text.data(), text.size()};
}

// RFC 9110, section 5.6.7, always in English.
std::string http_date() {
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto now = std::time(nullptr);
  std::tm t{};
  gmtime_r(&now, &t);
  std::array<char, 64> text{};
  const auto n = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                               days[static_cast<std::size_t>(t.tm_wday)], t.tm_mday,
                               months[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900,
                               t.tm_hour, t.tm_min, t.tm_sec);
  return {text.data(), static_cast<std::size_t>(n)};
}

bool is_clean(std::string_view s) noexcept {
  return std::none_of(s.begin(), s.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void add_header(std::string& out, std::string_view name, std::string_view value) {
  if (!is_clean(name) || !is_clean(value))
    return;
  out.append(name).append(": ").append(value).append("\r\n");
}

// 204 and 304 have no body and announce none (RFC 9110, section 8.6).
bool may_have_body(unsigned status) noexcept {
  return status != 204 && status != 304;
}

bool has_header(const http_response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(), [name](const auto& field) {
    return base::equal_ignoring_case(field.first, name);
  });
}

}  // namespace

std::string write_response(const http_response& response, const answer_options& options) {
  std::string out;
  const bool with_body = may_have_body(response.status);
  out.reserve(256 + (options.head ? 0 : response.body.size()));
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason_phrase(response.status)).append("\r\n");
  add_header(out, "Date", http_date());
  if (with_body) {
    if (!response.content_type.empty())
      add_header(out, "Content-Type", response.content_type);
    add_header(out, "Content-Length", std::to_string(response.body.size()));
  }
  // RFC 9110, section 7.8: a sender of Upgrade names it in Connection too.
  const bool upgrade = has_header(response, "Upgrade");
  if (!options.keep_alive)
    add_header(out, "Connection", upgrade ? "Upgrade, close" : "close");
  else if (upgrade || !options.is_http_1_1)
    add_header(out, "Connection", upgrade ? "Upgrade" : "keep-alive");
  if (options.cors && !has_header(response, "Access-Control-Allow-Origin"))
    add_header(out, "Access-Control-Allow-Origin", "*");
  for (const auto& [name, value] : response.headers)
    add_header(out, name, value);
  out.append("\r\n");
  if (with_body && !options.head)
    out.append(response.body);
  return out;
}

http_response json_error(unsigned status, std::string_view reason) {
  return {.status = status, .body = protocol::encode_error(status, reason)};
}

http_response preflight_answer(const http_request& request) {
  http_response response;
  response.status = 204;
  const auto origin = request.header("origin");
  const auto asked = request.header("access-control-request-headers");
  response.headers = {
      {"Access-Control-Allow-Origin", origin.empty() ? "*" : std::string{origin}},
      {"Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS"},
      {"Access-Control-Allow-Headers",
       asked.empty() ? "Authorization, Content-Type, X-Socket-ID" : std::string{asked}},
      {"Access-Control-Max-Age", "86400"},
      {"Vary", "Origin, Access-Control-Request-Headers"},
  };
  return response;
}

}  // namespace grapevine::net
