#include "drivers/pusher_target.hpp"

#include "base/json_text.hpp"
#include "base/percent.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/signature.hpp"
#include "protocol/utf8.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace grapevine::drivers {

namespace {

// What hosted Pusher takes.
constexpr std::size_t data_bytes_max = 10u << 10;
constexpr std::size_t name_characters_max = 200;
constexpr std::size_t channels_max = 100;

bool is_encrypted(const std::string& channel) {
  return protocol::classify(channel).encrypted;
}

/// The channels of each request.
std::vector<std::vector<std::string_view>> groups_of(const outgoing_event& event) {
  std::vector<std::vector<std::string_view>> groups;
  std::vector<std::string_view> open;
  for (const auto& channel : event.channels) {
    if (is_encrypted(channel)) {
      groups.push_back({channel});
      continue;
    }
    open.push_back(channel);
    if (open.size() == channels_max)
      groups.push_back(std::exchange(open, {}));
  }
  if (!open.empty())
    groups.push_back(std::move(open));
  return groups;
}

std::string body_of(const outgoing_event& event, const std::vector<std::string_view>& channels) {
  std::string body = R"({"name":)" + base::json_quoted(event.event) + R"(,"data":)"
                     + base::json_quoted(event.data) + R"(,"channels":[)";
  for (const auto& channel : channels)
    body += (body.back() == '[' ? "" : ",") + base::json_quoted(channel);
  return body + "]}";
}

}  // namespace

std::optional<outcome> pusher_target::check(const outgoing_event& event) const {
  if (event.data.size() > data_bytes_max)
    return outcome{outcome::kind::refused, "its data is larger than Pusher's 10 KB"};
  if (protocol::count_characters(event.event) > name_characters_max)
    return outcome{outcome::kind::refused, "its name is longer than Pusher's 200 characters"};
  return std::nullopt;
}

std::size_t pusher_target::steps(const outgoing_event& event) const {
  return groups_of(event).size();
}

net::outgoing_request pusher_target::request(const outgoing_event& event, std::size_t step,
                                             std::string_view,
                                             std::chrono::seconds unix_now) const {
  net::outgoing_request request;
  request.body = body_of(event, groups_of(event)[step]);
  const auto path = "/apps/" + base::percent_encode(account_.app_id) + "/events";
  // Signed are the decoded values.
  const auto rest = "&auth_timestamp=" + std::to_string(unix_now.count())
                    + "&auth_version=1.0&body_md5=" + protocol::md5_hex(request.body);
  const auto signature = protocol::hmac_sha256_hex(
      account_.secret, {"POST\n", path, "\nauth_key=", account_.key, rest});
  request.target = path + "?auth_key=" + base::percent_encode(account_.key) + rest
                   + "&auth_signature=" + signature;
  request.headers = {{"Content-Type", "application/json"}, {"X-Pusher-Library", "grapevine"}};
  return request;
}

judgement pusher_target::judge(const net::request_result& result) const {
  if (const auto* failure = std::get_if<net::request_failure>(&result))
    return judge_failure(*failure);
  const auto& answer = std::get<net::incoming_answer>(result);
  return judge_status(answer.status, answer.header("retry-after"), answer.body);
}

}  // namespace grapevine::drivers
