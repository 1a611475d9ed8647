#include "actors/auth_endpoint.hpp"

#include "actors/http_answers.hpp"
#include "protocol/http_auth.hpp"
#include "protocol/json.hpp"

#include <nlohmann/json.hpp>

namespace grapevine::actors {

namespace {

constexpr std::size_t body_depth_max = 2;

std::string text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// Without a channel's name where the body is neither a form nor a JSON object.
auth_question read_question(const net::http_request& request) {
  auth_question question;
  question.headers = request.headers;
  if (request.header("content-type").starts_with("application/json")) {
    if (const auto body = protocol::parse_json(request.body, body_depth_max);
        body && body->is_object()) {
      question.socket_id = text_of(*body, "socket_id");
      question.channel = text_of(*body, "channel_name");
    }
    return question;
  }
  const auto form = protocol::parse_query(request.body);
  question.socket_id = protocol::find_parameter(form, "socket_id");
  question.channel = protocol::find_parameter(form, "channel_name");
  return question;
}

}  // namespace

void serve_auth(const authorizer& decide, const net::http_request& request,
                std::unique_ptr<net::responder> reply, net::loop& loop) {
  if (request.method != "POST")
    return reply->answer(refuse_method("Method not allowed", "POST"));
  std::shared_ptr<net::responder> to = std::move(reply);
  decide(read_question(request), [to = std::move(to), &loop](unsigned status, std::string body) {
    loop.post([to, status, body = std::move(body)]() mutable {
      net::http_response response;
      response.status = status;
      response.body = std::move(body);
      to->answer(std::move(response));
    });
  });
}

}  // namespace grapevine::actors
