#include "net/link_dialler.hpp"

#include "net/socket_link.hpp"

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace asio = boost::asio;

namespace grapevine::net {

namespace {

using asio::ip::tcp;
using resolver = asio::ip::basic_resolver<tcp, asio::io_context::executor_type>;
using endpoints = std::vector<tcp::endpoint>;

std::optional<tcp::endpoint> numeric(const std::string& host, std::uint16_t port) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  return ec ? std::nullopt : std::optional{tcp::endpoint{address, port}};
}

// Calls `then(endpoints, error)` once the lookup is over, unless it has been cancelled.
template <class Then>
void look_up(resolver& by, const std::string& host, std::uint16_t port, Then then) {
  by.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                   [host, then = std::move(then)](boost::system::error_code ec,
                                                  const resolver::results_type& results) mutable {
                     if (ec == asio::error::operation_aborted)
                       return;
                     endpoints found;
                     for (const auto& result : results)
                       if (std::find(found.begin(), found.end(), result.endpoint()) == found.end())
                         found.push_back(result.endpoint());
                     then(std::move(found),
                          ec ? "cannot resolve " + host + ": " + ec.message() : std::string{});
                   });
}

class dialled_link final : public socket_link {
public:
  dialled_link(loop& l, tls_setup tls, link_kind kind)
      : socket_link{l, socket_type{l.io()}, std::move(tls), kind}, kind_{kind}, resolver_{l.io()} {}

  void dial(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
            link_handler& handler) {
    if (const auto address = numeric(host, port))
      dial_all({*address}, timeout, handler);
    else
      dial_name(host, port, timeout, handler);
  }

  void dial_name(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
                 link_handler& handler) {
    begin(timeout, handler);
    look_up(resolver_, host, port, [self = this_pointer()](endpoints found, std::string error) {
      self->try_all(std::move(found), std::move(error));
    });
  }

  void dial_all(endpoints addresses, std::chrono::milliseconds timeout, link_handler& handler) {
    begin(timeout, handler);
    asio::post(on_.io(), [self = this_pointer(), known = std::move(addresses)]() mutable {
      self->try_all(std::move(known), "no address");
    });
  }

private:
  boost::intrusive_ptr<dialled_link> this_pointer() {
    return boost::intrusive_ptr<dialled_link>{this};
  }

  void begin(std::chrono::milliseconds timeout, link_handler& handler) {
    handler_ = &handler;
    deadline_ = on_.refresh_now() + timeout;
    on_.timers().arm(*this, deadline_);
  }

  void try_all(endpoints found, std::string error) {
    if (now() != stage::unconnected)
      return;
    candidates_ = std::move(found);
    failure_ = std::move(error);
    try_next();
  }

  void try_next() {
    const auto time = on_.refresh_now();
    if (next_candidate_ == candidates_.size() || time >= deadline_) {
      end(std::move(failure_));
      return;
    }
    const auto left =
        static_cast<std::chrono::nanoseconds::rep>(candidates_.size() - next_candidate_);
    on_.timers().arm(*this, time + (deadline_ - time) / left);
    const auto& address = candidates_[next_candidate_++];
    boost::system::error_code ignored;
    socket_.close(ignored);
    socket_.async_connect(
        address, [self = this_pointer(), attempt = next_candidate_](boost::system::error_code ec) {
          if (self->now() == stage::unconnected && self->next_candidate_ == attempt)
            self->on_connected(ec);
        });
  }

  void on_connected(boost::system::error_code ec) {
    boost::system::error_code unknown;
    if (!ec)
      socket_.non_blocking(true, ec);
    // A port that nobody listens on may have been given to this very socket, which TCP then
    // connects to itself.
    if (!ec && socket_.local_endpoint(unknown) == socket_.remote_endpoint(unknown))
      ec = asio::error::connection_refused;
    if (ec) {
      failure_ = ec.message();
      try_next();
      return;
    }
    on_.timers().disarm(*this);
    connected(kind_ == link_kind::server
                  ? deadline_
                  : std::min(deadline_, on_.refresh_now() + link_handshake_timeout));
  }

  void on_timer(time_point time) override {
    if (now() != stage::unconnected) {
      socket_link::on_timer(time);
      return;
    }
    failure_ = "timed out";
    try_next();
  }

  void on_ended() noexcept override {
    resolver_.cancel();
  }

  link_kind kind_;
  resolver resolver_;
  time_point deadline_{};
  endpoints candidates_;
  std::size_t next_candidate_ = 0;
  std::string failure_;  ///< of the last attempt
};

boost::intrusive_ptr<dialled_link> make_link(loop& l, tls_setup tls, link_kind kind) {
  return boost::intrusive_ptr{new dialled_link{l, std::move(tls), kind}};
}

}  // namespace

std::shared_ptr<link> dial(loop& l, const std::string& host, std::uint16_t port,
                           std::chrono::milliseconds timeout, const link_tls* tls,
                           link_handler& handler) {
  const auto dialled = make_link(l, setup_of(tls, tls_role::connects), link_kind::node);
  dialled->dial(host, port, timeout, handler);
  return dialled->handle();
}

std::shared_ptr<link> dial_server(loop& l, const std::string& host, std::uint16_t port,
                                  std::chrono::milliseconds timeout, const client_tls* tls,
                                  link_handler& handler) {
  tls_setup setup;
  if (tls)
    setup = {tls->context(), tls_role::connects, host};
  const auto dialled = make_link(l, std::move(setup), link_kind::server);
  // An empty name would be looked up as this machine's, and nobody's certificate checked against
  // it.
  if (host.empty())
    dialled->dial_all({}, timeout, handler);
  else
    dialled->dial(host, port, timeout, handler);
  return dialled->handle();
}

std::shared_ptr<link> dial(loop& l, const std::vector<base::endpoint>& addresses,
                           std::chrono::milliseconds timeout, const link_tls* tls,
                           link_handler& handler) {
  endpoints known;
  for (const auto& a : addresses)
    if (const auto e = numeric(a.host, a.port))
      known.push_back(*e);
  const auto dialled = make_link(l, setup_of(tls, tls_role::connects), link_kind::node);
  dialled->dial_all(std::move(known), timeout, handler);
  return dialled->handle();
}

void resolve(loop& l, const std::string& host, std::uint16_t port,
             std::function<void(std::vector<base::endpoint>, std::string)> then) {
  auto by = std::make_shared<resolver>(l.io());
  look_up(*by, host, port, [by, then = std::move(then)](endpoints found, std::string error) {
    std::vector<base::endpoint> addresses;
    for (const auto& e : found)
      addresses.push_back({e.address().to_string(), e.port()});
    then(std::move(addresses), std::move(error));
  });
}

}  // namespace grapevine::net
