// The HTTP half of a session: performs what its http_connection comes to.
#include "net/client_session.hpp"
#include "net/http_writer.hpp"
#include "net/upgrade.hpp"

#include <utility>

namespace grapevine::net {

namespace {

bool strip_prefix(std::string_view prefix, std::string& path) {
  if (prefix.empty())
    return true;
  if (!path.starts_with(prefix) || (path.size() > prefix.size() && path[prefix.size()] != '/'))
    return false;
  path.erase(0, prefix.size());
  if (path.empty())
    path.assign(1, '/');  // GCC 12 sees an overlap in assigning a literal
  return true;
}

}  // namespace

client_session_responder::client_session_responder(client_session& s) : session_{&s} {
  s.http_->waiting = this;
}

client_session_responder::~client_session_responder() {
  if (session_)
    session_->answer(json_error(500, "internal error"), true);
}

void client_session_responder::answer(http_response response) {
  if (auto* s = std::exchange(session_, nullptr))
    s->answer(response);
}

void client_session::http_bytes(std::string_view bytes) {
  if (!http_) {
    http_ = std::make_unique<http_exchange>(context_->settings);
    if (std::exchange(idle_http_, false))
      arm(context_->settings.handshake_timeout);
  }
  perform(http_->connection.on_bytes(bytes));
}

void client_session::perform(http_step step) {
  using action = http_step::action;
  if (step.deadline && step.deadline->count() == 0)
    on_.timers().disarm(*this);
  else if (step.deadline)
    arm(*step.deadline);
  if (step.answers) {
    http_->dismiss();
    socket_stats::add(context_->stats.requests);
  }
  if (!step.bytes.empty())
    queue(frame{std::move(step.bytes)});
  switch (step.what) {
  case action::none:
    break;
  case action::serve:
    dispatch(http_->connection.take());
    break;
  case action::refuse:
    socket_stats::add(context_->stats.protocol_errors);
    break;
  case action::idle:
    http_.reset();
    idle_http_ = true;
    break;
  case action::end:
    http_.reset();
    end_in_order();
    break;
  case action::reset:
    reset();
    break;
  }
}

void client_session::dispatch(http_request request) {
  const auto& settings = context_->settings;
  request.remote_address = context_->proxies.client_address(peer_address(), request);
  request.secure = transport_.is_secure();
  if (!strip_prefix(settings.path_prefix, request.path)) {
    answer(json_error(404, "not found"));
    return;
  }
  if (settings.cors && request.method == "OPTIONS") {
    answer(preflight_answer(request));
    return;
  }
  auto check = check_upgrade(request, http_->connection.is_http_1_1());
  if (const auto* wrong = std::get_if<http_response>(&check)) {
    socket_stats::add(context_->stats.protocol_errors);
    answer(*wrong, true);
  } else if (const auto* valid = std::get_if<websocket_upgrade>(&check)) {
    upgrade(std::move(request), valid->key);
  } else {
    auto responder = std::make_unique<client_session_responder>(*this);
    context_->serves.handle(std::move(request), std::move(responder));
  }
}

void client_session::upgrade(http_request request, std::string_view key) {
  auto decision = context_->serves.upgrade(request);
  if (auto* handler = std::get_if<websocket_handler*>(&decision))
    open(**handler, key, http_->connection.take_leftover());
  else
    answer(std::get<http_response>(decision));
}

void client_session::answer(const http_response& response, bool then_close) {
  if (phase_ == phase::http && http_)
    perform(http_->connection.answer(response, then_close));
}

void client_session::on_http_written() {
  perform(http_->connection.on_sent());
  if (is_open() && wants_read())
    want_read();
}

void client_session::http_timeout() {
  if (idle_http_ || !is_open()) {
    finish();
    return;
  }
  if (!http_)
    http_ = std::make_unique<http_exchange>(context_->settings);
  perform(http_->connection.on_deadline());
}

std::string client_session::peer_address() const {
  boost::system::error_code ec;
  const auto address = socket_.remote_endpoint(ec).address();
  if (ec)
    return {};
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6())
        .to_string();
  return address.to_string();
}

}  // namespace grapevine::net
