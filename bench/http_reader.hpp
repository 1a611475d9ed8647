#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace grapevine::bench {

/// Plain GETs over one kept-alive connection to 127.0.0.1, which is opened when it is needed; a
/// node is asked hundreds of times a second while it is watched.
class http_reader {
public:
  struct answer {
    int status = 0;
    std::string body;
  };

  explicit http_reader(std::uint16_t port) : port_{port} {}
  http_reader(const http_reader&) = delete;
  http_reader& operator=(const http_reader&) = delete;
  ~http_reader();

  /// Waits two seconds at most; nothing when there is no whole answer.
  std::optional<answer> get(const std::string& path);

private:
  std::optional<answer> ask(const std::string& path);
  void close();

  std::uint16_t port_;
  int fd_ = -1;
};

}  // namespace grapevine::bench
