#include "bench/subscriber_swarm.hpp"

#include "bench/loopback.hpp"
#include "bench/workload.hpp"
#include "protocol/websocket_frame.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace grapevine::bench {
namespace {

/// An epoll tag from here on is a guest's, below it a subscriber's.
constexpr std::uint64_t first_guest_tag = std::uint64_t{1} << 32;

/// Takes one whole short frame (payload below 64 KiB) off the front of `bytes` and returns its
/// payload.
std::optional<std::string> take_frame(std::string& bytes) {
  if (bytes.size() < 2)
    return std::nullopt;
  const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  std::size_t header = 2;
  std::size_t length = octet(1) & 0x7f;
  if (length == 126) {
    if (bytes.size() < 4)
      return std::nullopt;
    header = 4;
    length = static_cast<std::size_t>(octet(2)) << 8 | octet(3);
  }
  if (bytes.size() < header + length)
    return std::nullopt;
  auto payload = bytes.substr(header, length);
  bytes.erase(0, header + length);
  return payload;
}

}  // namespace

subscriber_swarm::subscriber_swarm(swarm_settings settings)
    : settings_{std::move(settings)}, epoll_{::epoll_create1(EPOLL_CLOEXEC)}, buffer_(256u << 10) {
  subscribers_.reserve(settings_.connections);
}

subscriber_swarm::~subscriber_swarm() {
  for (const auto& each : subscribers_)
    if (each.fd >= 0)
      ::close(each.fd);
  ::close(epoll_);
}

std::string subscriber_swarm::open(std::chrono::milliseconds timeout) {
  const auto deadline = clock::now() + timeout;
  while (subscribed_ < settings_.connections) {
    while (subscribers_.size() < settings_.connections
           && subscribers_.size() - subscribed_ < settings_.opening_max)
      if (!connect_next())
        return "connection " + std::to_string(subscribers_.size()) + ": " + std::strerror(errno);
    poll(std::chrono::milliseconds{50}, nullptr);
    if (lost_ > 0)
      return "the server closed a connection while it was being opened";
    if (clock::now() > deadline)
      return "only " + std::to_string(subscribed_) + " connections were subscribed in time";
  }
  return {};
}

void subscriber_swarm::watch_guest(int fd, std::function<void()> on_readable) {
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.u64 = first_guest_tag + guests_.size();
  guests_.push_back(std::move(on_readable));
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &interest);
}

void subscriber_swarm::poll(std::chrono::nanoseconds timeout, const delivery_handler& on_delivery) {
  std::array<epoll_event, 256> ready;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
  const timespec wait{seconds.count(), (timeout - seconds).count()};
  const int count = ::epoll_pwait2(epoll_, ready.data(), ready.size(), &wait, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto tag = ready[static_cast<std::size_t>(i)].data.u64;
    if (tag >= first_guest_tag)
      guests_[tag - first_guest_tag]();
    else
      read(subscribers_[tag], on_delivery);
  }
}

void subscriber_swarm::restart_count() {
  for (auto& each : subscribers_)
    each.delivered = 0;
  odd_frames_ = 0;
}

bool subscriber_swarm::connect_next() {
  const auto port = settings_.ports[subscribers_.size() % settings_.ports.size()];
  const int fd = connect_loopback(port);
  if (fd < 0)
    return false;
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLET;
  interest.data.u64 = subscribers_.size();
  auto& one = subscribers_.emplace_back();
  one.fd = fd;
  send(one, "GET /app/" + std::string{app_key}
                + "?protocol=7&client=bench&version=1.0 HTTP/1.1\r\n"
                  "Host: 127.0.0.1:"
                + std::to_string(port)
                + "\r\n"
                  "Connection: Upgrade\r\n"
                  "Upgrade: websocket\r\n"
                  "Sec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &interest) == 0;
}

void subscriber_swarm::read(subscriber& one, const delivery_handler& on_delivery) {
  // Edge-triggered: read until the socket has no more.
  while (one.at != stage::lost) {
    const auto got = ::recv(one.fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 && errno == EAGAIN)
      return;
    if (got <= 0) {
      lose(one);
      return;
    }
    const std::string_view bytes{buffer_.data(), static_cast<std::size_t>(got)};
    if (one.at == stage::subscribed) {
      count(one, bytes, on_delivery);
    } else {
      one.opening += bytes;
      advance_opening(one, on_delivery);
    }
    if (bytes.size() < buffer_.size())
      return;
  }
}

void subscriber_swarm::advance_opening(subscriber& one, const delivery_handler& on_delivery) {
  while (one.at != stage::subscribed && take_opening_step(one)) {
  }
  if (one.at != stage::subscribed)
    return;
  ++subscribed_;
  const auto rest = std::move(one.opening);
  one.opening = std::string{};
  count(one, rest, on_delivery);
}

bool subscriber_swarm::take_opening_step(subscriber& one) {
  if (one.at == stage::upgrading) {
    const auto end = one.opening.find("\r\n\r\n");
    if (end == std::string::npos)
      return false;
    if (!one.opening.starts_with("HTTP/1.1 101")) {
      lose(one);
      return false;
    }
    one.opening.erase(0, end + 4);
    one.at = stage::greeting;
    return true;
  }
  const auto payload = take_frame(one.opening);
  if (!payload)
    return false;
  if (one.at == stage::greeting
      && payload->find("pusher:connection_established") != std::string::npos) {
    one.at = stage::subscribing;
    send(one,
         protocol::encode_masked_frame(
             protocol::opcode::text,
             R"({"event":"pusher:subscribe","data":{"channel":")"
                 + channel_name(number_of(one) % settings_.channels, settings_.channels) + R"("}})",
             0x5a17c0deu));
  } else if (one.at == stage::subscribing
             && payload->find("subscription_succeeded") != std::string::npos) {
    one.at = stage::subscribed;
  }
  return true;
}

void subscriber_swarm::count(subscriber& one, std::string_view bytes,
                             const delivery_handler& on_delivery) {
  const auto now = clock::now();
  const auto who = number_of(one);
  one.scanner.feed(bytes, [&](std::uint8_t, std::uint64_t length) {
    if (length != settings_.event_bytes) {
      ++odd_frames_;
      odd_frame_bytes_ = length;
    } else if (on_delivery) {
      on_delivery(who, one.delivered++, now);
    }
  });
}

void subscriber_swarm::send(subscriber& one, std::string_view bytes) {
  // A fresh connection's socket buffer has room for the two short things a subscriber ever says.
  if (::send(one.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(bytes.size()))
    lose(one);
}

void subscriber_swarm::lose(subscriber& one) {
  ::close(one.fd);
  one.fd = -1;
  one.at = stage::lost;
  ++lost_;
}

std::size_t subscriber_swarm::number_of(const subscriber& one) const {
  return static_cast<std::size_t>(&one - subscribers_.data());
}

}  // namespace grapevine::bench
