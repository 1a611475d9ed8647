#include "bench/channel_collector.hpp"

#include "bench/loopback.hpp"
#include "bench/workload.hpp"
#include "protocol/server_message.hpp"
#include "protocol/websocket_frame.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace grapevine::bench {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

channel_collector::channel_collector(std::uint16_t port) : fd_{connect_loopback(port)} {}

channel_collector::~channel_collector() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool channel_collector::open() {
  const auto request = "GET /app/" + std::string{app_key}
                       + "?protocol=7&client=bench&version=1.0 HTTP/1.1\r\n"
                         "Host: 127.0.0.1\r\n"
                         "Connection: Upgrade\r\n"
                         "Upgrade: websocket\r\n"
                         "Sec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
  const auto deadline = clock::now() + 5s;
  auto end = std::string::npos;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos)
    if (!read(deadline))
      return false;
  const bool upgraded = input_.starts_with("HTTP/1.1 101");
  input_.erase(0, end + 4);
  return upgraded;
}

bool channel_collector::subscribe(std::size_t from, std::size_t to, std::size_t count,
                                  std::chrono::milliseconds timeout) {
  std::string frames;
  for (auto i = from; i < to; ++i)
    frames += protocol::encode_masked_frame(protocol::opcode::text,
                                            R"({"event":"pusher:subscribe","data":{"channel":")"
                                                + channel_name(i, count) + R"("}})",
                                            0x5a17c0deu);
  // All names are of one length, and so are the answers.
  const auto answer = protocol::server_message::subscription_succeeded(channel_name(0, count));
  const auto deadline = clock::now() + timeout;
  for (auto missing = to - from; missing > 0;) {
    if (!frames.empty()) {
      const auto sent = ::send(fd_, frames.data(), frames.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      frames.erase(0, static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
    if (!read(deadline))
      return false;
    scanner_.feed(input_, [&](std::uint8_t, std::uint64_t length) {
      if (length == answer.size() && missing > 0)
        --missing;
    });
    input_.clear();
  }
  return true;
}

bool channel_collector::read(clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
  pollfd wait{fd_, POLLIN, 0};
  if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0)
    return false;
  std::array<char, 65536> buffer;
  const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (got <= 0)
    return false;
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

}  // namespace grapevine::bench
