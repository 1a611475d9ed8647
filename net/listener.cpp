#include "net/listener.hpp"

#include "net/listening_socket.hpp"
#include "net/log.hpp"
#include "net/session.hpp"
#include "net/session_context.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace asio = boost::asio;

namespace grapevine::net {

namespace {

using namespace std::chrono_literals;

constexpr int accepts_per_turn = 64;
constexpr auto pause_without_descriptors = 100ms;
constexpr auto log_interval = 10s;

// Waiting for a better moment helps against these; all others concern one connection alone.
bool is_shortage(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

struct listener::impl final : std::enable_shared_from_this<listener::impl>, timer {
  using acceptor_type = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

  impl(loop& l, service& s, const session_settings& settings, const tls_context* tls,
       socket_stats& stats)
      : context{std::make_shared<session_context>(l, s, settings, tls, stats)}, acceptor{l.io()} {}

  void wait() {
    acceptor.async_wait(acceptor_type::wait_read,
                        [self = shared_from_this()](boost::system::error_code ec) {
                          if (!ec)
                            self->accept_some();
                        });
  }

  void accept_some() {
    for (int i = 0; i < accepts_per_turn && acceptor.is_open(); ++i) {
      const int socket =
          ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket >= 0) {
        adopt(socket);
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        break;
      } else if (is_shortage(errno)) {
        pause(errno);
        return;
      }
    }
    if (acceptor.is_open())
      wait();
  }

  void adopt(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    session::socket_type wrapped{context->on.io()};
    boost::system::error_code ec;
    wrapped.assign(protocol, socket, ec);
    if (ec) {
      ::close(socket);
      socket_stats::add(context->stats.accept_errors);
      return;
    }
    socket_stats::add(context->stats.accepted);
    try {
      boost::intrusive_ptr {
        new session {
          context, std::move(wrapped)
        }
        } -> start();
    } catch (const std::exception& e) {
      socket_stats::add(context->stats.accept_errors);
      log().error("a connection could not be set up error=\"{}\"", e.what());
    }
  }

  void pause(int error) {
    socket_stats::add(context->stats.accept_errors);
    const auto now = context->on.refresh_now();
    if (last_log == time_point{} || now - last_log >= log_interval) {
      last_log = now;
      log().error("cannot accept connections, trying again error=\"{}\"",
                  std::generic_category().message(error));
    }
    context->on.timers().arm(*this, now + pause_without_descriptors);
  }

  void on_timer(time_point) override {
    accept_some();
  }

  std::shared_ptr<session_context> context;
  acceptor_type acceptor;
  asio::ip::tcp protocol = asio::ip::tcp::v4();
  time_point last_log{};
};

listener::listener(loop& l, service& s, const session_settings& settings, const tls_context* tls,
                   socket_stats& stats)
    : impl_{std::make_shared<impl>(l, s, settings, tls, stats)} {}

listener::~listener() {
  close();
  abort_sessions();
}

std::string listener::listen(const bound_address& address) {
  auto opened = open_listening_socket(address, true);
  if (opened.descriptor < 0)
    return std::move(opened.error);
  impl_->protocol = opened.is_v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
  boost::system::error_code ec;
  impl_->acceptor.assign(impl_->protocol, opened.descriptor, ec);
  if (ec) {
    ::close(opened.descriptor);
    return "cannot listen on " + address.host + ": " + ec.message();
  }
  impl_->wait();
  return {};
}

void listener::use_tls(const tls_context* tls) noexcept {
  impl_->context->tls = tls;
}

void listener::close() {
  impl_->context->on.timers().disarm(*impl_);
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
}

void listener::abort_sessions() {
  auto& sessions = impl_->context->sessions;
  while (!sessions.empty())
    sessions.front().abort();
}

std::size_t listener::sessions() const noexcept {
  return impl_->context->sessions.size();
}

}  // namespace grapevine::net
