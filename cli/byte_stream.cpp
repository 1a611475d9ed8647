#include "cli/byte_stream.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace grapevine::cli {

namespace asio = boost::asio;

namespace {

/// A context that trusts the system's certificate authorities and nobody else.
asio::ssl::context client_tls() {
  asio::ssl::context context{asio::ssl::context::tls_client};
  boost::system::error_code ignored;  // without authorities every handshake fails and says so
  context.set_default_verify_paths(ignored);
  context.set_verify_mode(asio::ssl::verify_peer, ignored);
  ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  return context;
}

}  // namespace

std::string reason_of(boost::system::error_code error) {
  if (error == boost::beast::error::timeout)
    return "no answer within " + std::to_string(step_timeout.count()) + " s";
  return error.message();
}

struct byte_stream::layers {
  explicit layers(const executor_type& executor) : tls{executor, context} {}

  boost::beast::tcp_stream& tcp() {
    return tls.next_layer();
  }

  asio::ssl::context context = client_tls();
  asio::ssl::stream<boost::beast::tcp_stream> tls;
  bool secure = false;
};

byte_stream::byte_stream(const executor_type& executor)
    : layers_{std::make_unique<layers>(executor)} {}

byte_stream::~byte_stream() = default;

byte_stream::executor_type byte_stream::get_executor() const {
  return layers_->tcp().get_executor();
}

asio::awaitable<std::string> byte_stream::connect(const url& to) {
  asio::ip::tcp::resolver resolver{get_executor()};
  auto [resolve_error, addresses] =
      co_await resolver.async_resolve(to.server.host, std::to_string(to.server.port), outcome);
  if (resolve_error)
    co_return "cannot resolve " + to.server.host + ": " + reason_of(resolve_error);
  auto& tcp = layers_->tcp();
  tcp.expires_after(step_timeout);
  auto [connect_error, address] = co_await tcp.async_connect(addresses, outcome);
  if (connect_error)
    co_return "cannot connect to " + base::to_string(to.server) + ": " + reason_of(connect_error);
  // A message is written in parts, of which none shall wait for the other's acknowledgement.
  boost::system::error_code ignored;
  tcp.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);
  if (!to.tls)
    co_return std::string{};

  layers_->secure = true;
  auto& tls = layers_->tls;
  boost::system::error_code not_an_address;
  asio::ip::make_address(to.server.host, not_an_address);
  // RFC 6066, section 3: server names are names, never addresses.
  if (not_an_address)
    SSL_set_tlsext_host_name(tls.native_handle(), to.server.host.c_str());
  tls.set_verify_callback(asio::ssl::host_name_verification{to.server.host}, ignored);
  tcp.expires_after(step_timeout);
  auto [error] = co_await tls.async_handshake(asio::ssl::stream_base::client, outcome);
  if (error)
    co_return "cannot secure the connection to " + base::to_string(to.server) + ": "
        + reason_of(error);
  co_return std::string{};
}

void byte_stream::expires_after(std::chrono::seconds time) {
  layers_->tcp().expires_after(time);
}

void byte_stream::expires_never() {
  layers_->tcp().expires_never();
}

void byte_stream::close() {
  layers_->tcp().close();
}

void byte_stream::read_some(asio::mutable_buffer into, completion done) {
  if (layers_->secure)
    layers_->tls.async_read_some(into, std::move(done));
  else
    layers_->tcp().async_read_some(into, std::move(done));
}

void byte_stream::write_some(asio::const_buffer from, completion done) {
  if (layers_->secure)
    layers_->tls.async_write_some(from, std::move(done));
  else
    layers_->tcp().async_write_some(from, std::move(done));
}

}  // namespace grapevine::cli
