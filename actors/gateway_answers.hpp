#pragma once

#include "net/service.hpp"
#include "protocol/http_api.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How the gateway answers: its own business.
namespace grapevine::actors {

inline net::http_response refuse_http(unsigned status, std::string_view why) {
  return {.status = status, .body = protocol::encode_error(status, why)};
}

/// RFC 9110, section 15.5.6: a 405 names what the path has.
inline net::http_response refuse_method(std::string_view why, std::string allowed) {
  auto refusal = refuse_http(405, why);
  refusal.headers = {{"Allow", std::move(allowed)}};
  return refusal;
}

inline net::http_response ok(std::string body) {
  return {.status = 200, .body = std::move(body)};
}

/// 200 for what could be found out. Nodes that should have answered and did not are named in a
/// header, and the body says that it is not everything.
inline net::http_response ok(std::string body, const std::vector<std::string>& missing) {
  auto answer = ok(std::move(body));
  if (missing.empty())
    return answer;
  std::string names;
  for (const auto& name : missing)
    names += (names.empty() ? "" : ",") + name;
  answer.headers.emplace_back("X-Grapevine-Partial", std::move(names));
  const bool empty_object = answer.body == "{}";
  answer.body.pop_back();
  answer.body += empty_object ? R"("partial":true})" : R"(,"partial":true})";
  return answer;
}

/// Collects the answers to one HTTP request's questions; the last one writes the response.
template <class Result>
struct gathering {
  std::unique_ptr<net::responder> reply;
  Result result;
  std::size_t missing;
  bool failed = false;

  /// Counts one answer; true when it was the last and the caller has to respond. A failure is
  /// answered here.
  bool complete() {
    if (--missing > 0)
      return false;
    if (failed)
      reply->answer(refuse_http(503, "The server is going away"));
    return !failed;
  }
};

}  // namespace grapevine::actors
