#include "net/acceptor.hpp"

#include "net/listening_socket.hpp"
#include "net/log.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace asio = boost::asio;

namespace grapevine::net {

namespace {

using namespace std::chrono_literals;

/// A burst of connections costs few turns, and the loop's open connections wait for at most so many
/// system calls.
constexpr int accepts_per_turn = 64;
/// Short for a client that waits, long for a loop that would otherwise spin.
constexpr auto pause_without_resources = 100ms;
/// Of the same shortage, so that a flood of connections does not flood the log.
constexpr auto log_interval = 10s;

// Waiting for a better moment helps against these; all others concern one connection alone.
bool is_shortage(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

std::string acceptor::listen(const bound_address& address, bool share) {
  auto opened = open_listening_socket(address, share);
  if (opened.descriptor < 0)
    return std::move(opened.error);
  protocol_ = opened.is_v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
  boost::system::error_code ec;
  acceptor_.assign(protocol_, opened.descriptor, ec);
  if (ec) {
    ::close(opened.descriptor);
    return "cannot listen on " + address.host + ": " + ec.message();
  }
  wait();
  return {};
}

std::uint16_t acceptor::port() const {
  boost::system::error_code ec;
  const auto local = acceptor_.local_endpoint(ec);
  return ec ? std::uint16_t{0} : local.port();
}

void acceptor::pause() noexcept {
  paused_ = true;
}

void acceptor::resume() {
  paused_ = false;
  if (acceptor_.is_open() && !armed())
    wait();
}

void acceptor::close() {
  on_.timers().disarm(*this);
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

void acceptor::wait() {
  if (std::exchange(waiting_, true))
    return;
  acceptor_.async_wait(acceptor_type::wait_read,
                       [self = shared_from_this()](boost::system::error_code ec) {
                         self->waiting_ = false;
                         if (!ec)
                           self->accept_some();
                       });
}

void acceptor::accept_some() {
  for (int i = 0; i < accepts_per_turn && acceptor_.is_open() && !paused_; ++i) {
    const int socket =
        ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      take(socket);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (is_shortage(errno)) {
      wait_for_resources(errno);
      return;
    }
  }
  if (acceptor_.is_open() && !paused_)
    wait();
}

void acceptor::take(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  socket_type wrapped{on_.io()};
  boost::system::error_code ec;
  wrapped.assign(protocol_, socket, ec);
  if (ec) {
    ::close(socket);
    on_accept_error();
    return;
  }
  try {
    adopt(std::move(wrapped));
  } catch (const std::exception& e) {
    on_accept_error();
    log().error("a connection could not be set up error=\"{}\"", e.what());
  }
}

void acceptor::wait_for_resources(int error) {
  on_accept_error();
  const auto now = on_.refresh_now();
  if (last_log_ == time_point{} || now - last_log_ >= log_interval) {
    last_log_ = now;
    log().error("cannot accept connections, trying again error=\"{}\"",
                std::generic_category().message(error));
  }
  on_.timers().arm(*this, now + pause_without_resources);
}

void acceptor::on_timer(time_point) {
  accept_some();
}

}  // namespace grapevine::net
