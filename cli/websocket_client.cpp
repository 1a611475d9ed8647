#include "cli/websocket_client.hpp"

#include "cli/byte_stream.hpp"
#include "cli/version.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>
#include <memory>
#include <utility>

namespace grapevine::cli {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;

namespace {

constexpr std::size_t message_max = 4u << 20;
constexpr bool without_compression = false;

}  // namespace

class websocket_client::connection : public std::enable_shared_from_this<connection> {
public:
  connection(asio::io_context& loop, url server, std::string target, handler on_event)
      : handler_{std::make_shared<handler>(std::move(on_event))}, loop_{loop},
        stream_{loop.get_executor()}, server_{std::move(server)}, target_{std::move(target)} {}

  void start() {
    asio::co_spawn(
        loop_, [self = shared_from_this()] { return self->run(); }, asio::detached);
  }

  void send(std::string text) {
    if (!open_)
      return;
    outgoing_.push_back(std::move(text));
    if (!writing_) {
      writing_ = true;
      asio::co_spawn(
          loop_, [self = shared_from_this()] { return self->write(); }, asio::detached);
    }
  }

  void close(std::uint16_t code) {
    if (!open_ || closing_)
      return;
    closing_ = true;
    // The pending read reports how the connection ended.
    stream_.async_close(websocket::close_reason{code},
                        [self = shared_from_this()](boost::system::error_code) {});
  }

  void drop() {
    handler_.reset();
    open_ = false;
    stream_.next_layer().close();
  }

private:
  void emit(const websocket_event& event) {
    // The handler may drop this connection, and with it the handler: this copy lives until it
    // returns.
    if (const auto keep = handler_)
      (*keep)(event);
  }

  /// Connects, upgrades and reads until the end, which is the last event.
  asio::awaitable<void> run() {
    if (std::string failure = co_await stream_.next_layer().connect(server_); !failure.empty()) {
      emit(websocket_closed{std::nullopt, std::move(failure)});
      co_return;
    }
    if (co_await upgrade())
      co_await read();
  }

  asio::awaitable<bool> upgrade() {
    // From here the WebSocket stream keeps its own time.
    stream_.next_layer().expires_never();
    stream_.set_option(
        websocket::stream_base::timeout{step_timeout, websocket::stream_base::none(), false});
    stream_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
      request.set(boost::beast::http::field::user_agent, "grapevine/" + std::string{version});
    }));
    stream_.read_message_max(message_max);
    websocket::response_type answer;
    auto [error] = co_await stream_.async_handshake(answer, base::to_string(server_.server),
                                                    server_.prefix + target_, outcome);
    if (error == websocket::error::upgrade_declined) {
      emit(websocket_refused{answer.result_int()});
      co_return false;
    }
    if (error) {
      emit(websocket_closed{std::nullopt, "no WebSocket at " + base::to_string(server_.server)
                                              + ": " + reason_of(error)});
      co_return false;
    }
    open_ = true;
    emit(websocket_opened{});
    co_return true;
  }

  asio::awaitable<void> read() {
    boost::beast::flat_buffer buffer;
    for (;;) {
      auto [error, size] = co_await stream_.async_read(buffer, outcome);
      if (error) {
        open_ = false;
        emit(ending(error));
        co_return;
      }
      emit(websocket_text{boost::beast::buffers_to_string(buffer.data())});
      buffer.consume(buffer.size());
    }
  }

  websocket_closed ending(boost::system::error_code error) const {
    const websocket::close_reason& reason = stream_.reason();
    if (error != websocket::error::closed)
      return {std::nullopt, reason_of(error)};
    // Zero and 1005 both mean that the Close frame was empty (RFC 6455, section 7.1.5).
    if (reason.code == websocket::close_code::none
        || reason.code == websocket::close_code::no_status)
      return {std::nullopt, "closed by the server"};
    return {reason.code, std::string{reason.reason.data(), reason.reason.size()}};
  }

  asio::awaitable<void> write() {
    while (!outgoing_.empty() && open_) {
      const std::string text = std::move(outgoing_.front());
      outgoing_.pop_front();
      auto [error, size] = co_await stream_.async_write(asio::buffer(text), outcome);
      if (error)
        break;  // the read fails too and reports it
    }
    writing_ = false;
  }

  std::shared_ptr<handler> handler_;
  asio::io_context& loop_;
  websocket::stream<byte_stream, without_compression> stream_;
  url server_;
  std::string target_;
  std::deque<std::string>
      outgoing_;  // bounded by what the owner says: subscriptions, pings and pongs
  bool open_ = false;
  bool writing_ = false;
  bool closing_ = false;
};

websocket_client::websocket_client(asio::io_context& loop, const url& server,
                                   const std::string& target, handler on_event) {
  connection_ = std::make_shared<connection>(loop, server, target, std::move(on_event));
  connection_->start();
}

websocket_client::~websocket_client() {
  connection_->drop();
}

void websocket_client::send(std::string text) {
  connection_->send(std::move(text));
}

void websocket_client::close(std::uint16_t code) {
  connection_->close(code);
}

}  // namespace grapevine::cli
