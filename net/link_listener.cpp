#include "net/link_listener.hpp"

#include "net/acceptor.hpp"
#include "net/socket_link.hpp"

#include <optional>
#include <utility>

namespace grapevine::net {

struct link_listener::impl final : acceptor {
  impl(loop& l, link_acceptor& a, const link_tls* t) : acceptor{l}, serves{a} {
    use(t);
  }

  void use(const link_tls* t) {
    tls = t ? std::optional{*t} : std::nullopt;
  }

  void adopt(socket_type socket) override {
    const boost::intrusive_ptr<socket_link> accepted{
        new socket_link{on_, std::move(socket), setup_of(tls ? &*tls : nullptr, tls_role::accepts),
                        link_kind::node}};
    if (auto* handler = serves.accepted(accepted->handle()))
      accepted->start(*handler);
  }

  link_acceptor& serves;
  std::optional<link_tls> tls;  ///< shares its context
};

link_listener::link_listener(loop& l, link_acceptor& a, const link_tls* tls)
    : impl_{std::make_shared<impl>(l, a, tls)} {}

link_listener::~link_listener() {
  close();
}

std::string link_listener::listen(const std::string& host, std::uint16_t port) {
  return impl_->listen({host, port}, false);
}

std::uint16_t link_listener::port() const {
  return impl_->port();
}

void link_listener::use_tls(const link_tls* tls) {
  impl_->use(tls);
}

void link_listener::pause() noexcept {
  impl_->pause();
}

void link_listener::resume() {
  impl_->resume();
}

void link_listener::close() {
  impl_->close();
}

}  // namespace grapevine::net
