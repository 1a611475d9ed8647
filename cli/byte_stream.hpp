#pragma once

// Private to the two clients, which are the only files that see Beast.

#include "cli/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/role.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace grapevine::cli {

/// How long each step with a server may take: connecting, the TLS handshake, one request.
inline constexpr std::chrono::seconds step_timeout{10};
/// Makes an operation give its error as a value.
inline constexpr auto outcome = boost::asio::as_tuple(boost::asio::use_awaitable);

/// The error for people.
std::string reason_of(boost::system::error_code);

/// A connection to a server, over TCP or over TLS as its URL says: an AsyncStream for Beast to
/// build on. Handlers are type-erased, so that HTTP and WebSocket are compiled once and not once
/// for every layer below. One read and one write at a time; all calls and handlers belong to the
/// loop's one thread.
class byte_stream {
public:
  using executor_type = boost::asio::any_io_executor;

  explicit byte_stream(const executor_type&);
  ~byte_stream();

  executor_type get_executor() const;

  /// Connects, and with TLS checks that the certificate is for `to`. Returns nothing, or one
  /// sentence about what failed.
  boost::asio::awaitable<std::string> connect(const url& to);
  /// From now until that time reads and writes may take; then they fail with `error::timeout`.
  void expires_after(std::chrono::seconds);
  void expires_never();
  void close();

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, signature>(
        [this]<class Handler>(Handler&& handler, boost::asio::mutable_buffer into) {
          read_some(into, erased(std::forward<Handler>(handler)));
        },
        token, first<boost::asio::mutable_buffer>(buffers));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, signature>(
        [this]<class Handler>(Handler&& handler, boost::asio::const_buffer from) {
          write_some(from, erased(std::forward<Handler>(handler)));
        },
        token, first<boost::asio::const_buffer>(buffers));
  }

  // What Beast's WebSocket asks of a layer it does not know: how it ends.
  friend void beast_close_socket(byte_stream& stream) {
    stream.close();
  }
  friend void teardown(boost::beast::role_type, byte_stream& stream,
                       boost::system::error_code& error) {
    stream.close();
    error = {};
  }
  template <class Handler>
  friend void async_teardown(boost::beast::role_type, byte_stream& stream, Handler&& handler) {
    stream.close();
    boost::asio::post(stream.get_executor(), [handler = std::forward<Handler>(handler)]() mutable {
      std::move(handler)(boost::system::error_code{});
    });
  }

private:
  using signature = void(boost::system::error_code, std::size_t);
  using completion = std::function<signature>;

  template <class Handler>
  static completion erased(Handler&& handler) {
    auto kept = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
    return [kept](boost::system::error_code error, std::size_t size) {
      std::move (*kept)(error, size);
    };
  }

  /// The first buffer that is not empty, as reading or writing some may leave the others.
  template <class Buffer, class Buffers>
  static Buffer first(const Buffers& buffers) {
    for (auto each = boost::asio::buffer_sequence_begin(buffers);
         each != boost::asio::buffer_sequence_end(buffers); ++each)
      if (Buffer found{*each}; found.size() != 0)
        return found;
    return {};
  }

  void read_some(boost::asio::mutable_buffer, completion);
  void write_some(boost::asio::const_buffer, completion);

  struct layers;
  std::unique_ptr<layers> layers_;
};

}  // namespace grapevine::cli
