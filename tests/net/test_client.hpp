#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace grapevine::test {

/// One frame as it came from the server.
struct received_frame {
  unsigned opcode = 0;
  std::string payload;
  bool operator==(const received_frame&) const = default;
};
std::string to_string(const received_frame&);
/// A Close frame's payload: the code and the reason.
std::string close_payload(std::uint16_t code, std::string_view reason = {});

/// One answer as it came from the server.
struct received_response {
  unsigned status = 0;
  std::string head;
  std::string body;
};

/// A blocking client that gives up after the deadline, so that a broken server fails a test
/// instead of hanging it.
class test_client {
public:
  explicit test_client(std::uint16_t port, bool tls = false, int receive_buffer = 0);
  ~test_client();
  test_client(const test_client&) = delete;
  test_client& operator=(const test_client&) = delete;

  /// False when the server does not take it.
  bool send(std::string_view bytes);
  /// Up to `n` bytes; fewer only at the end or past the deadline.
  std::string read(std::size_t n);
  /// True when the server has ended the connection in order (and not by a reset); skips what
  /// comes before.
  bool at_end();
  /// True when the connection was reset.
  bool was_reset();
  void half_close();

  std::optional<received_response> read_response(bool head = false);
  std::optional<received_frame> read_frame();

  /// Sends an opening handshake followed by `behind` in one piece; true for a 101.
  bool upgrade(std::string_view path = "/app/key", std::string_view behind = {});
  bool send_text(std::string_view text);

private:
  long receive(char* into, std::size_t n);
  std::string read_until(std::string_view end);

  int socket_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

/// An opening handshake.
std::string handshake(std::string_view path = "/app/key");

}  // namespace grapevine::test
