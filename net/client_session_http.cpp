// The HTTP half of a session: requests in, answers out, strictly one at a time.
#include "net/client_session.hpp"
#include "net/http_writer.hpp"
#include "net/upgrade.hpp"

#include <utility>

namespace grapevine::net {

namespace {

using http_stage = http_exchange::stage;

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
    session_->refuse(500, "internal error");
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
  if (http_->now == http_stage::reading)
    http_progress(http_->parser.feed(bytes));
}

void client_session::http_progress(http_parser::state state) {
  switch (state) {
  case http_parser::state::need_more:
    break;
  case http_parser::state::expects_continue:
    queue(frame{std::string{"HTTP/1.1 100 Continue\r\n\r\n"}});
    http_progress(http_->parser.resume());
    break;
  case http_parser::state::complete:
    dispatch(http_->parser.take());
    break;
  case http_parser::state::fault: {
    socket_stats::add(context_->stats.protocol_errors);
    const auto fault = http_->parser.fault();
    refuse(fault.status, fault.reason);
    break;
  }
  }
}

void client_session::dispatch(http_request request) {
  const auto& settings = context_->settings;
  on_.timers().disarm(*this);
  http_->now = http_stage::answering;
  http_->head = request.method == "HEAD";
  http_->keep_alive = http_->parser.keep_alive();
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
  auto check = check_upgrade(request, http_->parser.is_http_1_1());
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
    open(**handler, key, http_->parser.take_leftover());
  else
    answer(std::get<http_response>(decision));
}

void client_session::answer(const http_response& response, bool then_close) {
  if (phase_ != phase::http || !http_)
    return;
  const bool keep_alive = http_->keep_alive && !then_close;
  auto bytes = write_response(response, {.keep_alive = keep_alive,
                                         .is_http_1_1 = http_->parser.is_http_1_1(),
                                         .head = http_->head,
                                         .cors = context_->settings.cors});
  http_->keep_alive = keep_alive;
  http_->now = http_stage::answered;
  http_->waiting = nullptr;
  socket_stats::add(context_->stats.requests);
  // The client's time to take the answer.
  arm(context_->settings.keep_alive_timeout);
  queue(frame{std::move(bytes)});
}

void client_session::refuse(unsigned status, std::string_view reason) {
  answer(json_error(status, reason), true);
}

void client_session::on_response_written() {
  if (http_->now != http_stage::answered)
    return;
  if (http_->keep_alive) {
    next_request();
  } else {
    http_.reset();
    end_in_order();
  }
}

void client_session::next_request() {
  http_->now = http_stage::reading;
  const auto state = http_->parser.next();
  if (http_->parser.idle()) {
    http_.reset();
    idle_http_ = true;
    arm(context_->settings.keep_alive_timeout);
  } else {
    arm(context_->settings.handshake_timeout);
    http_progress(state);
  }
  if (wants_read())
    want_read();
}

void client_session::http_timeout() {
  if (idle_http_ || !is_open()) {
    finish();
    return;
  }
  if (!http_)
    http_ = std::make_unique<http_exchange>(context_->settings);
  if (http_->now == http_stage::answered)
    reset();
  else
    refuse(408, "the request took too long");
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
