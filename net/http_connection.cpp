#include "net/http_connection.hpp"

#include "net/http_writer.hpp"

#include <utility>

namespace grapevine::net {

namespace {

using namespace std::chrono_literals;

}  // namespace

http_connection::http_connection(const client_session_settings& settings)
    : settings_{settings}, parser_{settings.request_header_max, settings.request_body_max} {}

// -- what comes in

http_step http_connection::on_bytes(std::string_view bytes) {
  return stage_ == stage::reading ? proceed(parser_.feed(bytes)) : http_step{};
}

http_step http_connection::on_sent() {
  if (stage_ != stage::answered)
    return {};
  if (!keep_alive_)
    return {.what = action::end};
  stage_ = stage::reading;
  head_ = false;
  const auto state = parser_.next();
  if (parser_.idle())
    return {.what = action::idle, .deadline = settings_.keep_alive_timeout};
  auto step = proceed(state);
  if (!step.deadline)
    step.deadline = settings_.handshake_timeout;
  return step;
}

http_step http_connection::on_deadline() {
  if (stage_ == stage::answered)
    return {.what = action::reset};
  return answer(json_error(408, "the request took too long"), true);
}

http_step http_connection::on_failure() {
  // A service that threw has perhaps dropped its responder, which has answered 500 already.
  if (stage_ != stage::answered)
    return answer(json_error(500, "internal error"), true);
  keep_alive_ = false;
  return {};
}

http_step http_connection::proceed(http_parser::state state) {
  switch (state) {
  case http_parser::state::need_more:
    break;
  case http_parser::state::expects_continue:
    parser_.resume();
    return {.bytes = "HTTP/1.1 100 Continue\r\n\r\n"};
  case http_parser::state::complete:
    stage_ = stage::answering;
    return {.what = action::serve, .deadline = 0ms};
  case http_parser::state::fault: {
    const auto [status, reason] = parser_.fault();
    auto step = answer(json_error(status, reason), true);
    step.what = action::refuse;
    return step;
  }
  }
  return {};
}

// -- what goes out

http_request http_connection::take() {
  auto request = parser_.take();
  head_ = request.method == "HEAD";
  keep_alive_ = parser_.keep_alive();
  return request;
}

http_step http_connection::answer(const http_response& response, bool then_close) {
  if (stage_ == stage::answered)
    return {};
  stage_ = stage::answered;
  keep_alive_ = keep_alive_ && !then_close;
  // The deadline is the client's, to take the answer.
  return {.bytes = write_response(response, {.keep_alive = keep_alive_,
                                             .is_http_1_1 = parser_.is_http_1_1(),
                                             .head = head_,
                                             .cors = settings_.cors}),
          .answers = true,
          .deadline = settings_.keep_alive_timeout};
}

}  // namespace grapevine::net
