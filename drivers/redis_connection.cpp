#include "drivers/redis_connection.hpp"

#include "net/client_tls.hpp"
#include "net/link_dialler.hpp"
#include "net/loop.hpp"

#include <utility>

namespace grapevine::drivers {

namespace {

constexpr std::chrono::seconds connect_timeout{5};

}  // namespace

redis_connection::redis_connection(net::loop& on, redis_address address,
                                   redis_session_settings settings, std::size_t reply_bytes_max,
                                   redis_user& user)
    : on_{on}, address_{std::move(address)}, session_{std::move(settings)},
      reply_bytes_max_{reply_bytes_max}, user_{user} {}

redis_connection::~redis_connection() {
  stop();
}

void redis_connection::start() {
  stopped_ = false;
  perform(session_.start(on_.refresh_now()));
}

void redis_connection::stop() noexcept {
  stopped_ = true;
  link_ = nullptr;
  on_.timers().disarm(*this);
}

void redis_connection::send(std::string_view bytes) {
  if (stopped_ || !is_ready())
    return;
  unsent_ += bytes;
  write_more();
}

void redis_connection::give_up(std::string_view why) {
  if (!stopped_)
    perform(session_.on_fault(why, on_.refresh_now()));
}

// -- the link

void redis_connection::on_open(const net::link_peer&) {
  perform(session_.on_open(on_.refresh_now()));
}

void redis_connection::on_bytes(std::string_view bytes) {
  const auto now = on_.refresh_now();
  session_.on_bytes(now);
  parser_->feed(bytes);
  // Any reply may end the link.
  while (link_ && !stopped_) {
    auto reply = parser_->next();
    if (!reply)
      break;
    bool is_ours = false;
    perform(session_.on_reply(*reply, now, is_ours));
    if (!is_ours && !stopped_)
      user_.on_reply(std::move(*reply));
  }
  if (!link_ || stopped_)
    return;
  if (parser_->fault().empty())
    on_.timers().arm(*this, session_.deadline());
  else
    give_up("what listens there is not to be understood: " + parser_->fault());
}

void redis_connection::on_written() {
  write_more();
}

// NOLINTNEXTLINE(bugprone-exception-escape): see the header
void redis_connection::on_closed(std::string_view why) noexcept {
  link_ = nullptr;
  perform(session_.on_closed(why, on_.refresh_now()));
}

void redis_connection::on_timer(net::time_point now) {
  perform(session_.on_tick(now));
}

void redis_connection::write_more() {
  if (!link_ || link_->writing() || unsent_.empty())
    return;
  auto owner = std::make_shared<const std::string>(std::exchange(unsent_, {}));
  link_->write({{owner, *owner}});
}

// -- what the session wants

void redis_connection::perform(const redis_session::actions& actions) {
  for (const auto& each : actions)
    if (!stopped_)
      std::visit([this](const auto& what) { perform(what); }, each);
  if (stopped_)
    return;
  if (session_.deadline() == redis_session::time_point::max())
    on_.timers().disarm(*this);
  else
    on_.timers().arm(*this, session_.deadline());
}

void redis_connection::perform(const redis_session::dial&) {
  parser_ = std::make_unique<redis_parser>(reply_bytes_max_);
  unsent_.clear();
  link_ = net::dial_server(on_, address_.host, address_.port, connect_timeout, address_.tls.get(),
                           *this);
}

void redis_connection::perform(const redis_session::send& what) {
  unsent_ += what.bytes;
  write_more();
}

void redis_connection::perform(const redis_session::hang_up&) {
  link_ = nullptr;
  unsent_.clear();
}

void redis_connection::perform(const redis_session::ready&) {
  user_.on_ready();
}

void redis_connection::perform(const redis_session::lost&) {
  user_.on_lost();
}

void redis_connection::perform(const redis_session::report& what) {
  user_.on_report(what.state, what.why);
}

}  // namespace grapevine::drivers
