#pragma once

#include "drivers/redis_protocol.hpp"
#include "drivers/redis_session.hpp"
#include "net/link.hpp"
#include "net/timer_wheel.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace grapevine::net {
class loop;
class client_tls;
}  // namespace grapevine::net

namespace grapevine::drivers {

/// Where a server is.
struct redis_address {
  std::string host;
  std::uint16_t port = 6379;
  std::shared_ptr<const net::client_tls> tls;  ///< null: plain
};

/// Whom a connection serves. Called on the loop's thread; may stop the connection from inside.
class redis_user {
public:
  virtual void on_ready() = 0;
  /// A reply that is not the connection's own.
  virtual void on_reply(redis_reply) = 0;
  virtual void on_lost() = 0;
  virtual void on_report(driver_state, std::string_view why) = 0;

protected:
  ~redis_user() = default;
};

/// The socket of a `redis_session`. From `start` to `stop`, or to its end.
class redis_connection final : private net::link_handler, private net::timer {
public:
  /// `user` has to outlive the connection.
  redis_connection(net::loop&, redis_address, redis_session_settings, std::size_t reply_bytes_max,
                   redis_user& user);
  ~redis_connection() override;

  void start();
  void stop() noexcept;
  /// Sends commands; without effect while not ready.
  void send(std::string_view bytes);
  bool is_ready() const noexcept {
    return session_.is_ready();
  }
  /// The server's answer makes no sense: the connection is made anew.
  void give_up(std::string_view why);
  /// Bytes that have not been given to the system yet.
  std::size_t unsent() const noexcept {
    return unsent_.size();
  }

private:
  void on_open(const net::link_peer&) override;
  void on_bytes(std::string_view) override;
  void on_written() override;
  // std::visit throws for a variant without a value, and an action has one.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  void on_closed(std::string_view why) noexcept override;
  void on_timer(net::time_point now) override;

  void perform(const redis_session::actions&);
  void perform(const redis_session::dial&);
  void perform(const redis_session::send&);
  void perform(const redis_session::hang_up&);
  void perform(const redis_session::ready&);
  void perform(const redis_session::lost&);
  void perform(const redis_session::report&);
  void write_more();

  net::loop& on_;
  redis_address address_;
  redis_session session_;
  std::size_t reply_bytes_max_;
  redis_user& user_;
  std::unique_ptr<redis_parser> parser_;  ///< of the link
  std::shared_ptr<net::link> link_;       ///< null: none
  std::string unsent_;
  bool stopped_ = true;
};

}  // namespace grapevine::drivers
