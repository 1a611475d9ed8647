#include "net/listener.hpp"

#include "net/acceptor.hpp"
#include "net/client_session.hpp"
#include "net/client_session_context.hpp"

#include <utility>

namespace grapevine::net {

struct listener::impl final : acceptor {
  impl(loop& l, service& s, const client_session_settings& settings, const tls_context* tls,
       socket_stats& stats)
      : acceptor{l}, context{new client_session_context{l, s, settings, tls, stats}} {}

  void adopt(socket_type socket) override {
    socket_stats::add(context->stats.accepted);
    const boost::intrusive_ptr<client_session> accepted{
        new client_session{context, std::move(socket)}};
    accepted->start();
  }

  void on_accept_error() noexcept override {
    socket_stats::add(context->stats.accept_errors);
  }

  boost::intrusive_ptr<client_session_context> context;
};

listener::listener(loop& l, service& s, const client_session_settings& settings,
                   const tls_context* tls, socket_stats& stats)
    : impl_{std::make_shared<impl>(l, s, settings, tls, stats)} {}

listener::~listener() {
  close();
  abort_sessions();
}

std::string listener::listen(const bound_address& address) {
  return impl_->listen(address, true);
}

void listener::use_tls(const tls_context* tls) noexcept {
  impl_->context->tls = tls;
}

void listener::close() {
  impl_->close();
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
