#pragma once

// Private to the two clients, which are the only files that see Beast: reaching a server over TCP
// and TLS.

#include "cli/url.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <chrono>
#include <string>

namespace grapevine::cli {

using tcp_stream = boost::beast::tcp_stream;
using tls_stream = boost::beast::ssl_stream<tcp_stream>;

/// How long each step with a server may take: connecting, the TLS handshake, one request.
inline constexpr std::chrono::seconds step_timeout{10};
/// Makes an operation give its error as a value.
inline constexpr auto outcome = boost::asio::as_tuple(boost::asio::use_awaitable);

inline std::string reason_of(boost::system::error_code error) {
  if (error == boost::beast::error::timeout)
    return "no answer within " + std::to_string(step_timeout.count()) + " s";
  return error.message();
}

/// Connects. Returns nothing, or one sentence about what failed.
inline boost::asio::awaitable<std::string> connect(tcp_stream& stream, const url& to) {
  boost::asio::ip::tcp::resolver resolver{stream.get_executor()};
  auto [resolve_error, addresses] =
      co_await resolver.async_resolve(to.host, std::to_string(to.port), outcome);
  if (resolve_error)
    co_return "cannot resolve " + to.host + ": " + reason_of(resolve_error);
  stream.expires_after(step_timeout);
  auto [connect_error, address] = co_await stream.async_connect(addresses, outcome);
  if (connect_error)
    co_return "cannot connect to " + authority(to) + ": " + reason_of(connect_error);
  co_return std::string{};
}

/// A context that trusts the system's certificate authorities and nobody else.
inline boost::asio::ssl::context client_tls() {
  boost::asio::ssl::context context{boost::asio::ssl::context::tls_client};
  boost::system::error_code ignored;  // without authorities every handshake fails and says so
  context.set_default_verify_paths(ignored);
  context.set_verify_mode(boost::asio::ssl::verify_peer, ignored);
  ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  return context;
}

/// Does the TLS handshake and checks that the certificate is for `to`. Returns as `connect` does.
inline boost::asio::awaitable<std::string> secure(tls_stream& stream, const url& to) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(to.host, not_an_address);
  // RFC 6066, section 3: server names are names, never addresses.
  if (not_an_address)
    SSL_set_tlsext_host_name(stream.native_handle(), to.host.c_str());
  stream.set_verify_callback(boost::asio::ssl::host_name_verification{to.host});
  stream.next_layer().expires_after(step_timeout);
  auto [error] = co_await stream.async_handshake(boost::asio::ssl::stream_base::client, outcome);
  if (error)
    co_return "cannot secure the connection to " + authority(to) + ": " + reason_of(error);
  co_return std::string{};
}

}  // namespace grapevine::cli
