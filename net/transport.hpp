#pragma once

#include "net/tls_setup.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

using SSL = struct ssl_st;

namespace grapevine::net {

class tls_context;

/// What one attempt to move bytes came to.
struct io_result {
  enum class outcome {
    done,        ///< `bytes` moved, at least one
    wait_read,   ///< again when the socket is readable
    wait_write,  ///< again when the socket is writable
    end,         ///< the peer will send no more
    failed       ///< the connection is of no more use
  };
  outcome what = outcome::failed;
  std::size_t bytes = 0;
};

/// What one attempt to write a queue came to.
struct flush_result {
  enum class outcome {
    empty,       ///< all of it has left
    more,        ///< there is more, and the socket takes it
    wait_write,  ///< the socket is full
    failed
  };
  outcome what = outcome::failed;
  std::size_t bytes = 0;  ///< that have left
};

/// Moves bytes over a non-blocking socket that somebody else owns and waits for: plain, or through
/// TLS. With TLS only on a thread that SIGPIPE does not reach, as a loop's: OpenSSL writes with
/// write(2).
class transport {
public:
  explicit transport(int socket) noexcept : socket_{socket} {}
  /// TLS, as the server. Throws std::bad_alloc.
  transport(int socket, const tls_context&);
  /// Plain without a context, else TLS as either end, with its share of the context. Throws
  /// std::bad_alloc, or std::runtime_error where the server's name cannot be one.
  transport(int socket, const tls_setup&);
  ~transport();
  transport(transport&&) noexcept = default;
  transport& operator=(transport&&) noexcept = default;

  /// Carries the TLS handshake on, for who wants to know when it is `done`.
  io_result handshake();
  /// Reads what fits; TLS hands out at most one record (16 KiB).
  io_result read(std::span<char> into);
  /// Writes the slices in order, as much as goes. TLS gathers them in `scratch` first and must be
  /// given the same bytes again, or more, after it said wait.
  io_result write(std::span<const iovec> slices, std::span<char> scratch);
  /// The same with the first slices of a queue of `queued` bytes.
  flush_result flush(std::span<const iovec> slices, std::size_t queued, std::span<char> scratch);
  /// Tells the peer that nothing more comes.
  void shutdown() noexcept;
  /// Throws away what the peer still sends, undecrypted; for after `shutdown`.
  io_result discard(std::span<char> scratch) noexcept;

  /// Why the last call `failed`, as a short clause; to be asked right behind it.
  std::string failure() const;

  /// A TLS `read` had to write first: repeat it when the socket is writable.
  bool read_waits_for_write() const noexcept {
    return read_waits_for_write_;
  }
  bool is_secure() const noexcept {
    return ssl_ != nullptr;
  }
  /// Null without TLS.
  SSL* native() const noexcept {
    return ssl_.get();
  }
  /// Bytes that TLS has seen in a `write` that has to be repeated.
  std::size_t promised_bytes() const noexcept {
    return promised_;
  }

private:
  transport(int socket, SSL_CTX*, tls_role);
  struct free_ssl {
    void operator()(SSL*) const noexcept;
  };
  io_result tls_outcome(int result) noexcept;

  int socket_;
  std::uint16_t promised_ = 0;  ///< at most what the scratch holds
  bool read_waits_for_write_ = false;
  std::unique_ptr<SSL, free_ssl> ssl_;
};

}  // namespace grapevine::net
