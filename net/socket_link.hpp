#pragma once

#include "net/link.hpp"
#include "net/loop.hpp"
#include "net/timer_wheel.hpp"
#include "net/transport.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace grapevine::net {

/// How long a TLS handshake between nodes may last.
constexpr std::chrono::seconds link_handshake_timeout{3};

/// What is at the other end. Nodes probe each other, so data they leave unacknowledged for 4 s ends
/// the link and the system need not probe; of a server of somebody else's the system asks itself,
/// and it has 20 s.
enum class link_kind : std::uint8_t { node, server };

/// The numeric address: "10.0.0.7:7400", "[fd00::7]:7400".
std::string to_string(const boost::asio::ip::tcp::endpoint&);

/// A link over a socket. Phases:
///
///     connecting ──> handshaking (TLS only) ──> open ──close()──> closing ──> closed
///          └───────────────────┴─────failure, abort()──┴─────────────┴───────────^
///
/// The socket is only waited for; bytes are read into the loop's shared buffer when there are some.
/// What is pending keeps the link alive, and the handle that its owner holds ends it.
class socket_link : public link, public std::enable_shared_from_this<socket_link>, protected timer {
public:
  using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                       boost::asio::io_context::executor_type>;

  socket_link(loop&, tls_setup, link_kind);

  /// What the owner gets: with its last copy the link ends without a further call.
  std::shared_ptr<link> handle();
  /// Takes a connected, non-blocking socket, which `start` then uses.
  void adopt(socket_type socket);
  /// Begins the handshake or opens.
  void start(link_handler&);

  // -- link
  void write(std::vector<base::slice>) override;
  bool writing() const noexcept override;
  void close(std::chrono::milliseconds linger) override;
  void abort() override;

protected:
  enum class phase : std::uint8_t { connecting, handshaking, open, closing, closed };

  /// The socket is connected. `deadline` is for the handshake.
  void established(time_point deadline);
  /// Ends now; the handler hears it in a later turn.
  void end(std::string why);
  /// Called once, when the link ends: nothing may be started any more.
  virtual void on_end() noexcept {}
  void on_timer(time_point now) override;

  loop& on_;
  socket_type socket_;
  link_handler* handler_ = nullptr;  ///< until `on_closed`
  phase phase_ = phase::connecting;

private:
  using wait_type = boost::asio::socket_base::wait_type;

  void detach();
  void wait(wait_type, void (socket_link::*then)());
  void post(void (socket_link::*then)());
  template <class Call>
  void tell(Call);

  void shake_hands();
  void open();
  void read_some();
  io_result::outcome receive();
  void discard();
  void write_some();
  std::size_t gather(std::span<iovec>) const noexcept;
  void advance(std::size_t bytes) noexcept;
  void on_sent();
  void on_write_failed();
  void finish_writing();
  void reset_on_close() noexcept;

  tls_setup tls_;
  link_kind kind_;
  std::optional<transport> transport_;  ///< from `established` to the end
  std::vector<base::slice> slices_;     ///< of the write under way, none empty
  std::size_t next_ = 0;                ///< the first of them that has not left completely
  std::size_t offset_ = 0;              ///< how much of that one has
  std::string write_failure_;
  bool writing_ = false;
};

}  // namespace grapevine::net
