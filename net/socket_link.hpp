#pragma once

#include "net/link.hpp"
#include "net/slice_queue.hpp"
#include "net/stream_socket.hpp"
#include "net/tls_setup.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::net {

/// How long a TLS handshake between nodes may last: a node answers within a round trip or is too
/// busy to be of use, and what stalls occupies a place for strangers.
constexpr std::chrono::seconds link_handshake_timeout{3};

/// What is at the other end. Nodes probe each other, so data they leave unacknowledged for 4 s ends
/// the link and the system need not probe; of a server of somebody else's the system asks itself,
/// and it has 20 s.
enum class link_kind : std::uint8_t { node, server };

/// The numeric address: "10.0.0.7:7400", "[fd00::7]:7400".
std::string to_string(const boost::asio::ip::tcp::endpoint&);

/// A link over a socket. It is open, for its handler, from the socket's `on_established` to `close`
/// or its end; closing, it first writes what was given to it and then lingers. The handle that its
/// owner holds ends it.
class socket_link : public stream_socket, public link {
public:
  /// `socket` may yet have to be connected.
  socket_link(loop&, socket_type socket, tls_setup, link_kind);

  /// What the owner gets: with its last copy the link ends without a further call.
  std::shared_ptr<link> handle();
  /// Begins with a socket that is connected, unless the link has ended.
  void start(link_handler&);

  // -- link
  void write(std::vector<base::slice>) override;
  bool writing() const noexcept override;
  void close(std::chrono::milliseconds linger) override;
  void abort() override;

protected:
  /// The socket is connected. `deadline` is for the handshake.
  void connected(time_point deadline);
  /// Ends now; the handler hears it in a later turn.
  void end(std::string why);
  /// Called once, when the link ends: nothing may be started any more.
  virtual void on_ended() noexcept {}
  void on_timer(time_point now) override;

  link_handler* handler_ = nullptr;  ///< until `on_closed`

private:
  void detach();
  void write_some();
  void on_sent();
  void on_write_failed();
  void post(void (socket_link::*then)());

  // -- stream_socket
  void on_established() override;
  bool wants_read() const noexcept override;
  void on_bytes(std::span<char>) override;
  void on_writable() override;
  void on_end(std::string why) override;
  void on_lingered() override;
  void on_failure(std::string_view what) override;

  tls_setup tls_;
  socket_type::endpoint_type remote_;  ///< from `connected` on
  slice_queue slices_;
  std::string write_failure_;
  const link_kind kind_;
  bool writing_ = false;  ///< until `on_written`
  bool closing_ = false;
};

}  // namespace grapevine::net
