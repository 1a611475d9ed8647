#pragma once

#include "drivers/http_target.hpp"

#include <string>
#include <utility>

namespace grapevine::drivers {

/// An app, as its owner there knows it.
struct pusher_account {
  std::string app_id;
  std::string key;
  std::string secret;
};

/// The HTTP API of Pusher, of which grapevine speaks the other side too (protocol.md 9 and 13). Up
/// to 100 channels a request, encrypted ones one by one. The socket id means nothing there and is
/// not sent. The API knows no repetition: an event whose answer is lost is published twice.
class pusher_target final : public http_target {
public:
  explicit pusher_target(pusher_account account) : account_{std::move(account)} {}

  std::optional<outcome> check(const outgoing_event&) const override;
  std::size_t steps(const outgoing_event&) const override;
  net::outgoing_request request(const outgoing_event&, std::size_t step, std::string_view id,
                                std::chrono::seconds unix_now) const override;
  judgement judge(const net::request_result&) const override;

private:
  pusher_account account_;
};

}  // namespace grapevine::drivers
