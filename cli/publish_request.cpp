#include "cli/publish_request.hpp"

#include "base/percent.hpp"
#include "cli/printable.hpp"
#include "protocol/http_auth.hpp"

#include <nlohmann/json.hpp>

namespace grapevine::cli {

std::optional<server_request> publish_request(const app_credentials& app, const publication& event,
                                              std::chrono::seconds unix_now) {
  nlohmann::ordered_json body{
      {"name", event.event}, {"channels", event.channels}, {"data", event.data}};
  if (!event.socket_id.empty())
    body["socket_id"] = event.socket_id;
  server_request request;
  try {
    request.body = body.dump();
  } catch (const nlohmann::json::type_error&) {
    return std::nullopt;
  }
  const std::string path = "/apps/" + base::percent_encode(app.id) + "/events";
  request.target =
      path + "?"
      + protocol::signed_query("POST", path, {}, *request.body, app.key, app.secret, unix_now);
  return request;
}

std::string explain_refusal(const server_answer& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  std::string why;
  if (body.is_object()) {
    if (const auto error = body.find("error"); error != body.end() && error->is_string())
      why = error->get<std::string>();
  }
  return "the server answered " + std::to_string(answer.status)
         + (why.empty() ? "" : ": " + printable(why));
}

}  // namespace grapevine::cli
