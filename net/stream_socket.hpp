#pragma once

#include "net/loop.hpp"
#include "net/timer_wheel.hpp"
#include "net/transport.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>

namespace grapevine::net {

/// One socket on its loop, plain or in TLS: the only place that waits, reads, shakes hands, lingers
/// and closes. A client_session and a socket_link derive from it and say what the bytes mean.
///
///     unconnected ──begin()──> handshaking (TLS only) ──> open ──linger()──> lingering ──> closed
///          └───────────────────────┴───────close_socket()──┴───────────────────┴──────────────^
///
/// The socket is only waited for; bytes are read into a buffer of the loop when there are some, so
/// an idle connection owns no buffer. What is pending keeps the object alive. The one timer belongs
/// to the derived class, which has also to write, as it alone knows what.
class stream_socket
    : protected timer,
      public boost::intrusive_ref_counter<stream_socket, boost::thread_unsafe_counter> {
public:
  using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                       boost::asio::io_context::executor_type>;
  ~stream_socket() override;

protected:
  enum class stage : std::uint8_t { unconnected, handshaking, open, lingering, closed };
  /// How much one turn reads: what a single read brings, so that all connections of a loop have
  /// their share of it, or everything there is up to the size of the buffer.
  enum class reading : std::uint8_t { once, greedily };

  stream_socket(loop&, socket_type, reading);

  // -- what the derived class asks for

  /// The socket is connected and non-blocking: shakes hands if that is TLS, then reads on.
  void begin(transport);
  /// Waits for bytes; again by itself while `wants_read`.
  void want_read();
  /// Waits until the socket takes more, then calls `on_writable`.
  void want_write();
  /// Reads now, if open, without waiting for readability.
  void read_some();
  /// Tells the peer that nothing more comes, and throws away what it still sends until its end or
  /// past `discarded_max` bytes: to close at once would be a reset, and could cost the peer what
  /// was said last.
  void linger(std::uint32_t discarded_max);
  /// Ends at once: nothing is called any more. With bytes that nobody read, the peer gets a reset.
  void close_socket() noexcept;
  /// Makes `close_socket` a reset, with which the kernel drops what the peer does not take.
  void reset_on_close() noexcept;
  /// Runs `call`, as everything that is called below is run: an exception becomes `on_failure`.
  template <class Call>
  void guarded(Call call) {
    try {
      call();
    } catch (const std::exception& e) {
      on_failure(e.what());
    } catch (...) {
      on_failure("unknown");
    }
  }

  stage now() const noexcept {
    return stage_;
  }
  bool is_open() const noexcept {
    return stage_ == stage::open;
  }
  /// A wait for writability is pending.
  bool waits_to_write() const noexcept {
    return writing_;
  }

  // -- what it hears, on the loop's thread

  /// Open, the handshake included.
  virtual void on_established() {}
  /// False: bytes stay where they are until `want_read`.
  virtual bool wants_read() const noexcept = 0;
  /// What was read, in a buffer that is valid during the call and may be written to.
  virtual void on_bytes(std::span<char>) = 0;
  virtual void on_writable() = 0;
  /// The peer sends no more, or the connection or its handshake has failed: `why` is a short clause
  /// such as "closed by the peer" or "Connection reset by peer".
  virtual void on_end(std::string why) = 0;
  /// The peer has ended too, or sent too much meanwhile.
  virtual void on_lingered() = 0;
  /// Something threw `what`.
  virtual void on_failure(std::string_view what) = 0;

  loop& on_;
  socket_type socket_;
  transport transport_;

private:
  void on_readable();
  void on_room();
  void shake_hands();
  void read_again();
  void discard();
  std::span<char> read_buffer();

  std::uint32_t discarded_max_ = 0;
  stage stage_ = stage::unconnected;
  const reading how_;
  bool reading_ = false;  ///< a wait for readability, or a turn to read again in, is pending
  bool writing_ = false;
};

}  // namespace grapevine::net
