#include "drivers/ably_target.hpp"

#include "base/json_text.hpp"
#include "base/percent.hpp"
#include "protocol/json.hpp"
#include "protocol/signature.hpp"

#include <nlohmann/json.hpp>

#include <utility>
#include <variant>

namespace grapevine::drivers {

namespace {

constexpr std::size_t depth_max = 512;

/// "40160 Channel denied access" out of an answer's error, or empty.
std::string error_of(const std::string& body) {
  constexpr std::size_t error_depth_max = 16;
  const auto value = protocol::parse_json(body, error_depth_max);
  if (!value || !value->is_object())
    return {};
  const auto error = value->find("error");
  if (error == value->end() || !error->is_object())
    return {};
  const auto code = error->find("code");
  const auto message = error->find("message");
  std::string text;
  if (code != error->end() && code->is_number_integer())
    text = std::to_string(code->get<std::int64_t>());
  if (message != error->end() && message->is_string())
    text += (text.empty() ? "" : " ") + message->get<std::string>();
  return text;
}

}  // namespace

std::string ably_channel(std::string_view channel) {
  for (const std::string_view kind : {"private", "presence"})
    if (channel.size() > kind.size() && channel.starts_with(kind) && channel[kind.size()] == '-')
      return std::string{kind} + ":" + std::string{channel.substr(kind.size() + 1)};
  return "public:" + std::string{channel};
}

ably_target::ably_target(const std::string& key)
    : authorization_{"Basic " + protocol::base64(key)} {}

std::optional<outcome> ably_target::check(const outgoing_event&) const {
  return std::nullopt;
}

std::size_t ably_target::steps(const outgoing_event& event) const {
  return event.channels.size();
}

net::outgoing_request ably_target::request(const outgoing_event& event, std::size_t step,
                                           std::string_view id, std::chrono::seconds) const {
  net::outgoing_request request;
  request.target =
      "/channels/" + base::percent_encode(ably_channel(event.channels[step])) + "/messages";
  request.headers = {{"Authorization", authorization_},
                     {"Content-Type", "application/json"},
                     {"X-Ably-Version", "1.2"}};
  request.body = R"({"name":)" + base::json_quoted(event.event) + R"(,"data":)"
                 + base::json_quoted(event.data);
  if (protocol::parse_json(event.data, depth_max))
    request.body += R"(,"encoding":"json")";
  request.body += R"(,"id":)" + base::json_quoted(id) + "}";
  return request;
}

judgement ably_target::judge(const net::request_result& result) const {
  if (const auto* failure = std::get_if<net::request_failure>(&result))
    return judge_failure(*failure);
  const auto& answer = std::get<net::incoming_answer>(result);
  return judge_status(answer.status, answer.header("retry-after"), error_of(answer.body));
}

}  // namespace grapevine::drivers
