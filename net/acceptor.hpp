#pragma once

#include "net/listener.hpp"
#include "net/loop.hpp"
#include "net/timer_wheel.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace grapevine::net {

/// Accepts connections on one address, many per turn, and hands them to who derives from it. Lack
/// of descriptors or memory makes it wait and try again.
class acceptor : public std::enable_shared_from_this<acceptor>, private timer {
public:
  using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                       boost::asio::io_context::executor_type>;

  /// Binds and listens. Empty on success, else one sentence such as
  /// "cannot listen on 127.0.0.1:8000: Address already in use". `share` is SO_REUSEPORT.
  std::string listen(const bound_address&, bool share);
  /// The port it listens on; 0 when it does not.
  std::uint16_t port() const;
  /// Leaves what arrives to the system's queue until `resume`.
  void pause() noexcept;
  void resume();
  void close();

protected:
  explicit acceptor(loop& l) : on_{l}, acceptor_{l.io()} {}

  /// Takes a connected, non-blocking socket with TCP_NODELAY. May throw: that costs the connection.
  virtual void adopt(socket_type) = 0;
  /// Called for each connection, or attempt to accept one, that failed.
  virtual void on_accept_error() noexcept {}

  loop& on_;

private:
  using acceptor_type = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                                           boost::asio::io_context::executor_type>;

  void wait();
  void accept_some();
  void take(int socket);
  void wait_for_resources(int error);
  void on_timer(time_point) override;

  acceptor_type acceptor_;
  boost::asio::ip::tcp protocol_ = boost::asio::ip::tcp::v4();
  time_point last_log_{};
  bool waiting_ = false;  ///< a wait for a connection is pending
  bool paused_ = false;
};

}  // namespace grapevine::net
