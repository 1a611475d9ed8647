#pragma once

#include "base/shared_bytes.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::net {

/// What a connection itself proves about its other end.
struct link_peer {
  /// The numeric address and port of the other end: "10.0.0.7:7400", "[fd00::7]:7400".
  std::string address;
  /// 32 bytes that only the two ends of this TLS session know, the same at both (RFC 9266). Empty
  /// without TLS.
  std::string tls_binding;
  /// The DNS names of the peer's verified certificate, or its common name where it has none. Empty
  /// without TLS.
  std::vector<std::string> names;
};

/// Why a link ended that the peer closed in order: all that it sent has come. With TLS it has said
/// so itself (close_notify), and nobody in between can have (RFC 8446, section 6.1).
inline constexpr std::string_view closed_by_peer = "closed by the peer";

/// Who a link tells what happens on it, always on the loop's thread and never from inside a call to
/// the link. Must live until `on_closed` or until the link has been dropped. One that throws loses
/// its connection.
class link_handler {
public:
  /// Connected; with TLS, the handshake is done and the certificate of the other end verified. The
  /// end that dialled hears this before the other has verified *its* certificate (RFC 8446, section
  /// 4.4): a refusal comes as `on_closed` a moment later.
  virtual void on_open(const link_peer&) = 0;
  /// What one turn read, up to 256 KiB. The bytes are valid only inside the call.
  virtual void on_bytes(std::string_view) = 0;
  /// The last write has been given to the system completely: the next may come.
  virtual void on_written() = 0;
  /// The last call, exactly once, whether or not the link ever was open. `why` is a short clause:
  /// `closed_by_peer`, "Connection refused", "closed by us", "timed out".
  virtual void on_closed(std::string_view why) noexcept = 0;

protected:
  ~link_handler() = default;
};

/// A connection to another node, or to a server that was dialled: one stream of bytes each way,
/// plain or in TLS (mutual between nodes). It is dialled (link_dialler.hpp) or accepted
/// (link_listener.hpp), belongs to its loop's thread and
/// must not outlive the loop. Dropping the last reference ends it at once and without a further
/// call.
///
/// It never stops reading; who sends too much has to be limited by what is said on the link. Data
/// the other end does not acknowledge, or has no room for, for 4 s (a server's: 20 s) ends the
/// link.
class link {
public:
  virtual ~link() = default;
  /// Sends the slices in order, in as few system calls as possible. One at a time: only after
  /// `on_open` and, from the second on, after `on_written`. Without effect once the link is
  /// closing.
  virtual void write(std::vector<base::slice>) = 0;
  /// From `write` to `on_written`.
  virtual bool writing() const noexcept = 0;
  /// Ends in order: what was given to `write` leaves first and the other end is waited for, all for
  /// at most `linger`, then comes `on_closed` and nothing else. Without effect the second time.
  virtual void close(std::chrono::milliseconds linger) = 0;
  /// Ends at once with a reset; `on_closed` follows.
  virtual void abort() = 0;
};

}  // namespace grapevine::net
