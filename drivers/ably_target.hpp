#pragma once

#include "drivers/http_target.hpp"

#include <string>
#include <string_view>

namespace grapevine::drivers {

/// The name that Laravel's AblyBroadcaster gives a channel: "orders" is "public:orders",
/// "private-a" is "private:a", "presence-a" is "presence:a".
std::string ably_channel(std::string_view channel);

/// Ably's REST API (protocol.md 14): one request per channel, each with an id by which Ably
/// recognises a repetition, so that nothing arrives twice.
class ably_target final : public http_target {
public:
  /// `key` is "appId.keyId:secret".
  explicit ably_target(const std::string& key);

  std::optional<outcome> check(const outgoing_event&) const override;
  std::size_t steps(const outgoing_event&) const override;
  net::outgoing_request request(const outgoing_event&, std::size_t step, std::string_view id,
                                std::chrono::seconds unix_now) const override;
  judgement judge(const net::request_result&) const override;

private:
  std::string authorization_;
};

}  // namespace grapevine::drivers
