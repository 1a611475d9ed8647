#include "protocol/http_api.hpp"

#include "base/percent.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/event_body.hpp"

#include <array>

namespace grapevine::protocol {

namespace {

/// What a handler may look at.
struct api_request {
  std::string_view argument;           ///< the variable part of the path, still encoded
  const query_parameters& parameters;  ///< as they came
  std::string_view body;
  const api_limits& limits;
};

api_refusal bad(std::string error) {
  return {400, std::move(error), {}};
}

/// Hands the attributes that the query asks for to `make_call`, or refuses.
template <class MakeCall>
api_call with_info(const query_parameters& canonical, MakeCall make_call) {
  auto parsed = parse_info(find_parameter(canonical, "info"));
  if (auto* refused = std::get_if<api_refusal>(&parsed))
    return std::move(*refused);
  return make_call(std::get<info_request>(parsed));
}

/// Hands the channel of the path to `make_call`, or refuses. Users' own channels can only be
/// published to.
template <class MakeCall>
api_call with_channel(const api_request& request, MakeCall make_call) {
  auto channel = base::percent_decode_leniently(request.argument);
  const auto wrong = check_channel_name(channel, request.limits.channel_name, false);
  if (wrong != name_fault::none)
    return bad(std::string{explain(wrong)});
  return make_call(std::move(channel));
}

api_call publish_event(const api_request& request) {
  return parse_event(request.body, request.limits);
}

api_call publish_events(const api_request& request) {
  return parse_batch(request.body, request.limits);
}

api_call query_channels(const api_request& request) {
  const auto canonical = canonical_parameters(request.parameters);
  return with_info(canonical, [&](const info_request& info) -> api_call {
    std::string prefix{find_parameter(canonical, "filter_by_prefix")};
    if (info.user_count && !prefix.starts_with("presence-"))
      return bad("user_count needs a filter_by_prefix that starts with presence-");
    if (info.cache)
      return bad("cache can only be asked of a single channel");
    return list_channels{std::move(prefix), info};
  });
}

api_call query_channel(const api_request& request) {
  return with_channel(request, [&](std::string channel) {
    const auto canonical = canonical_parameters(request.parameters);
    return with_info(canonical, [&](const info_request& info) -> api_call {
      if (applicable(info, channel) != info)
        return bad("info asks for what a channel of this kind does not have");
      return describe_channel{std::move(channel), info};
    });
  });
}

api_call query_users(const api_request& request) {
  return with_channel(request, [](std::string channel) -> api_call {
    if (!classify(channel).presence())
      return bad("only presence channels have users");
    return list_users{std::move(channel)};
  });
}

api_call query_connections(const api_request&) {
  return count_connections{};
}

/// Ids of signed-in users are made of channel-name characters, so no other can have a connection.
/// The body is not looked at: it carries nothing.
api_call terminate_connections(const api_request& request) {
  auto id = base::percent_decode_leniently(request.argument);
  if (check_channel_name(id, request.limits.channel_name, false) != name_fault::none)
    return bad("the user id is empty, too long or has a character that no id can have");
  return terminate_user{std::move(id)};
}

/// One path of the API: "{before}{argument}{after}".
struct route {
  std::string_view method;
  std::string_view before;
  bool has_argument;
  std::string_view after;
  api_call (*parse)(const api_request&);

  /// The argument, which has no slash; nothing when the path is another.
  std::optional<std::string_view> match(std::string_view path) const noexcept {
    if (!path.starts_with(before))
      return std::nullopt;
    path.remove_prefix(before.size());
    if (!path.ends_with(after))
      return std::nullopt;
    path.remove_suffix(after.size());
    const bool fits =
        has_argument ? !path.empty() && path.find('/') == std::string_view::npos : path.empty();
    return fits ? std::optional{path} : std::nullopt;
  }
};

constexpr std::array routes{
    route{"POST", "/events", false, "", publish_event},
    route{"POST", "/batch_events", false, "", publish_events},
    route{"GET", "/channels", false, "", query_channels},
    route{"GET", "/channels/", true, "", query_channel},
    route{"GET", "/channels/", true, "/users", query_users},
    route{"GET", "/connections", false, "", query_connections},
    route{"POST", "/users/", true, "/terminate_connections", terminate_connections},
};

}  // namespace

std::optional<api_path> split_api_path(std::string_view path) {
  constexpr std::string_view prefix = "/apps/";
  if (!path.starts_with(prefix))
    return std::nullopt;
  path.remove_prefix(prefix.size());
  const auto id = path.substr(0, path.find('/'));
  if (id.empty())
    return std::nullopt;
  return api_path{base::percent_decode_leniently(id), std::string{path.substr(id.size())}};
}

api_call parse_api_call(std::string_view method, std::string_view rest,
                        const query_parameters& parameters, std::string_view body,
                        const api_limits& limits) {
  for (const auto& candidate : routes) {
    const auto argument = candidate.match(rest);
    if (!argument)
      continue;
    // RFC 9110, section 9.3.2: HEAD is GET whose answer leaves its content out.
    if (candidate.method != (method == "HEAD" ? "GET" : method))
      return api_refusal{405, "this path only has " + std::string{candidate.method},
                         std::string{candidate.method}};
    return candidate.parse({*argument, parameters, body, limits});
  }
  return api_refusal{404, "there is no such path", {}};
}

info_request applicable(info_request info, std::string_view channel) noexcept {
  const auto type = classify(channel);
  info.user_count = info.user_count && type.presence();
  info.subscription_count = info.subscription_count && !type.presence();
  info.cache = info.cache && type.cache;
  return info;
}

}  // namespace grapevine::protocol
