#pragma once

#include "event_log.hpp"
#include "net/link_dialler.hpp"
#include "net/link_listener.hpp"
#include "running_loop.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::test {

/// One end of a link: records what happens. All but the log lives on the loop.
class recording_end final : public net::link_handler {
public:
  void on_open(const net::link_peer& p) override {
    peer = p;
    at_open();
    log.add("open");
  }
  void on_bytes(std::string_view bytes) override {
    received += bytes;
    largest_read = std::max(largest_read, bytes.size());
    at_bytes(bytes);
  }
  void on_written() override {
    at_written();
    log.add("written");
  }
  void on_closed(std::string_view why) noexcept override {
    log.add("closed: " + std::string{why});
    log.add("closed");
  }

  void write(std::string bytes) {
    auto owner = std::make_shared<const std::string>(std::move(bytes));
    link->write({{owner, *owner}});
  }

  event_log log;  ///< "open", "written", "closed: why" followed by "closed"
  std::shared_ptr<net::link> link;
  net::link_peer peer;
  std::string received;
  std::size_t largest_read = 0;
  std::function<void()> at_open = [] {};
  std::function<void(std::string_view)> at_bytes = [](std::string_view) {};
  std::function<void()> at_written = [] {};
};

/// A listener on a running loop, and the ends of the links it accepted and of those that were
/// dialled.
class link_fixture : public net::link_acceptor {
public:
  explicit link_fixture(const net::link_tls* tls = nullptr)
      : listener_{std::make_unique<net::link_listener>(on.loop, *this, tls)} {
    if (const auto error = listener_->listen("127.0.0.1", 0); !error.empty())
      throw std::runtime_error{error};
    port = listener_->port();
    on.start();
  }

  virtual ~link_fixture() {
    on.stop();
    listener_.reset();
  }

  net::link_handler* accepted(std::shared_ptr<net::link> link) override {
    if (refuses)
      return nullptr;
    auto& end = accepted_ends.emplace_back();
    end.link = std::move(link);
    at_accept();
    log.add("accepted");
    return &end;
  }

  /// Dials the listener, or another port.
  recording_end& dial(const net::link_tls* tls = nullptr,
                      std::chrono::milliseconds timeout = deadline, std::uint16_t to = 0,
                      const std::string& host = "127.0.0.1") {
    auto& end = dialled_ends.emplace_back();
    on.run([&] { end.link = net::dial(on.loop, host, to ? to : port, timeout, tls, end); });
    return end;
  }

  /// Waits for the `n`th accepted link, counted from 1.
  recording_end& accepted_end(std::size_t n = 1) {
    if (!log.wait_for("accepted", n))
      throw std::runtime_error{"nothing accepted"};
    recording_end* end = nullptr;
    on.run([&] { end = &*std::next(accepted_ends.begin(), static_cast<std::ptrdiff_t>(n - 1)); });
    return *end;
  }

  /// True when `end` gets to have received `bytes`.
  bool receives(const recording_end& end, const std::string& bytes) {
    return on.eventually([&] { return end.received.size() >= bytes.size(); })
           && end.received == bytes;
  }

  net::link_listener& listener() noexcept {
    return *listener_;
  }

  running_loop on;  ///< outlives every link
  event_log log;    ///< "accepted"
  std::uint16_t port = 0;
  bool refuses = false;
  std::function<void()> at_accept = [] {};
  std::list<recording_end> accepted_ends;
  std::list<recording_end> dialled_ends;

private:
  std::unique_ptr<net::link_listener> listener_;
};

/// `size` bytes that differ from place to place.
inline std::string varied_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (auto& c : bytes) {
    state = state * 1664525u + 1013904223u;
    c = static_cast<char>(state >> 24);
  }
  return bytes;
}

/// Writes `whole`, once `end` is open, in writes of 256 KiB made of slices of many sizes.
class chunked_writer {
public:
  chunked_writer(recording_end& end, std::string whole)
      : end_{end}, whole_{std::make_shared<const std::string>(std::move(whole))} {
    end_.at_written = [this] { next(); };
  }

  void next() {
    std::vector<base::slice> slices;
    const auto limit = std::min(whole_->size(), at_ + (256u << 10));
    for (std::size_t size = 1; at_ < limit; size = size * 3 % 20'011) {
      const auto n = std::min(size, limit - at_);
      slices.push_back({whole_, std::string_view{*whole_}.substr(at_, n)});
      at_ += n;
    }
    if (!slices.empty())
      end_.link->write(std::move(slices));
  }

private:
  recording_end& end_;
  std::shared_ptr<const std::string> whole_;
  std::size_t at_ = 0;
};

}  // namespace grapevine::test
