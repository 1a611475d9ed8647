#include "actors/http_answers.hpp"

#include "protocol/http_answer.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::actors {

namespace {

std::string joined(std::vector<std::string> names) {
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string list;
  for (const auto& name : names)
    list += (list.empty() ? "" : ",") + name;
  return list;
}

}  // namespace

net::http_response ok(std::string body) {
  return {.status = 200, .body = std::move(body)};
}

net::http_response ok(std::string body, std::vector<std::string> missing) {
  auto answer = ok(std::move(body));
  if (missing.empty())
    return answer;
  answer.headers.emplace_back("X-Grapevine-Partial", joined(std::move(missing)));
  const bool is_empty = answer.body == "{}";
  answer.body.pop_back();
  answer.body += is_empty ? R"("partial":true})" : R"(,"partial":true})";
  return answer;
}

net::http_response refuse(unsigned status, std::string_view why) {
  return {.status = status, .body = protocol::encode_error(status, why)};
}

net::http_response refuse_method(std::string_view why, std::string allowed) {
  auto refusal = refuse(405, why);
  refusal.headers = {{"Allow", std::move(allowed)}};
  return refusal;
}

net::http_response going_away() {
  return refuse(503, "The server is going away");
}

}  // namespace grapevine::actors
