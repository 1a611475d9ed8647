#include "net/http_client_connection.hpp"

#include "net/client_tls.hpp"
#include "net/link_dialler.hpp"
#include "net/loop.hpp"

#include <chrono>
#include <utility>

namespace grapevine::net {

namespace {

/// How long an answer waits for the rest of its request to leave. The last of it mostly has left
/// already, and the turn that says so is to come; a server that answers without reading on does not
/// want the rest.
constexpr std::chrono::milliseconds rest_of_request{10};

}  // namespace

http_client_connection::http_client_connection(loop& on, const http_client_settings& settings,
                                               owner& o)
    : on_{on}, settings_{settings}, owner_{o} {}

http_client_connection::~http_client_connection() {
  end();
}

void http_client_connection::send(std::shared_ptr<const std::string> request, completion done) {
  request_ = std::move(request);
  done_ = std::move(done);
  reused_ = link_ != nullptr;
  if (link_ && open_)
    write();
  else
    connect();
}

void http_client_connection::end() noexcept {
  on_.timers().disarm(*this);
  link_ = nullptr;
  open_ = false;
  request_ = nullptr;
  done_ = nullptr;
  early_.reset();
}

void http_client_connection::connect() {
  open_ = false;
  reused_ = false;
  on_.timers().disarm(*this);
  link_ = dial_server(on_, settings_.host, settings_.port, settings_.connect_timeout,
                      settings_.tls.get(), *this);
}

void http_client_connection::write() {
  parser_.emplace(settings_.answer_bytes_max);
  on_.timers().arm(*this, on_.refresh_now() + settings_.answer_timeout);
  link_->write({{request_, *request_}});
}

void http_client_connection::on_open(const link_peer&) {
  open_ = true;
  write();
}

void http_client_connection::on_bytes(std::string_view bytes) {
  if (!request_ || early_) {
    // Nobody asked: a server that says so is not to be trusted with a request.
    drop_link();
    finish_early();
    return;
  }
  auto result = parser_->feed(bytes);
  if (!result)
    return;
  if (!parser_->reusable() || std::holds_alternative<request_failure>(*result)) {
    drop_link();
  } else if (link_->writing()) {
    early_ = std::move(result);
    on_.timers().arm(*this, on_.refresh_now() + rest_of_request);
    return;
  }
  finish(std::move(*result));
}

void http_client_connection::on_written() {
  finish_early();
}

void http_client_connection::on_closed(std::string_view why) noexcept {
  link_ = nullptr;
  const bool was_open = std::exchange(open_, false);
  on_.timers().disarm(*this);
  if (!request_ || finish_early())
    return;
  if (!was_open)
    return finish(
        request_failure{request_failure::kind::unreachable, "cannot connect: " + std::string{why}});
  if (reused_ && !parser_->begun())
    return connect();
  finish(parser_->finish(why));
}

void http_client_connection::on_timer(time_point) {
  drop_link();
  if (!finish_early() && request_)
    finish(request_failure{request_failure::kind::timed_out, "no answer in time"});
}

void http_client_connection::drop_link() noexcept {
  link_ = nullptr;
  open_ = false;
}

bool http_client_connection::finish_early() {
  if (!early_)
    return false;
  finish(*std::exchange(early_, std::nullopt));
  return true;
}

void http_client_connection::finish(request_result result) {
  request_ = nullptr;
  parser_.reset();
  if (link_)
    on_.timers().arm(*this, on_.refresh_now() + settings_.idle_timeout);
  else
    on_.timers().disarm(*this);
  owner_.on_result(std::exchange(done_, nullptr), std::move(result));
}

}  // namespace grapevine::net
