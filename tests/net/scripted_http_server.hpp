#pragma once

#include "event_log.hpp"
#include "net/link_listener.hpp"
#include "running_loop.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::test {

/// One answer of a scripted server: what it writes, and whether it hangs up after it.
struct scripted_answer {
  std::string bytes;
  bool hangs_up = false;

  static scripted_answer of(unsigned status, std::string body = "{}", std::string headers = {}) {
    return {"HTTP/1.1 " + std::to_string(status) + " x\r\n" + headers
                + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
            false};
  }
};

/// A server that speaks HTTP as a script says: each request, on whichever connection, is kept and
/// takes the next answer, or `usual` when none is left.
class scripted_http_server : public net::link_acceptor {
public:
  explicit scripted_http_server(const net::link_tls* tls = nullptr) : tls_{tls} {
    on.start();
    open(0);
  }
  virtual ~scripted_http_server() {
    on.stop();
    listener_.reset();
  }

  /// Closes the port and every connection.
  void close() {
    on.run([this] {
      listener_.reset();
      ends_.clear();
    });
  }
  void reopen() {
    open(port);
  }
  void will_answer(scripted_answer answer) {
    on.run([&] { script_.push_back(std::move(answer)); });
  }
  /// Requests so far, each with head and body.
  std::vector<std::string> requests() {
    std::vector<std::string> result;
    on.run([&] { result = requests_; });
    return result;
  }
  /// One of them, from 0.
  std::string request(std::size_t place) {
    return requests().at(place);
  }
  bool is_asked(std::size_t times) {
    return on.eventually([&] { return requests_.size() >= times; });
  }
  std::size_t connections() {
    std::size_t result = 0;
    on.run([&] { result = accepted_; });
    return result;
  }

  running_loop on;
  std::uint16_t port = 0;
  scripted_answer usual = scripted_answer::of(200);

protected:
  /// A whole request has come; on the loop.
  virtual void at_request(const std::string&) {}

private:
  struct end final : net::link_handler {
    explicit end(scripted_http_server& s) : server{s} {}
    void on_open(const net::link_peer&) override {}
    void on_bytes(std::string_view bytes) override {
      received += bytes;
      server.take(*this);
    }
    void on_written() override {
      if (hangs_up)
        link->close(std::chrono::seconds{1});
    }
    void on_closed(std::string_view) noexcept override {
      link = nullptr;
    }
    scripted_http_server& server;
    std::shared_ptr<net::link> link;
    std::string received;
    bool hangs_up = false;
  };

  net::link_handler* accepted(std::shared_ptr<net::link> link) override {
    ++accepted_;
    auto& added = ends_.emplace_back(*this);
    added.link = std::move(link);
    return &added;
  }

  void open(std::uint16_t at) {
    on.run([&] {
      listener_ = std::make_unique<net::link_listener>(on.loop, *this, tls_);
      if (const auto error = listener_->listen("127.0.0.1", at); !error.empty())
        throw std::runtime_error{error};
      port = listener_->port();
    });
  }

  void take(end& from) {
    const auto head = from.received.find("\r\n\r\n");
    if (head == std::string::npos)
      return;
    const std::string_view name = "Content-Length: ";
    const auto length = from.received.find(name);
    const auto size = head + 4 + std::stoul(from.received.substr(length + name.size()));
    if (from.received.size() < size)
      return;
    requests_.push_back(from.received.substr(0, size));
    from.received.erase(0, size);
    at_request(requests_.back());
    auto answer = usual;
    if (!script_.empty()) {
      answer = std::move(script_.front());
      script_.pop_front();
    }
    from.hangs_up = answer.hangs_up;
    if (answer.bytes.empty() && answer.hangs_up)
      from.link->close(std::chrono::seconds{1});
    if (answer.bytes.empty())
      return;
    auto owner = std::make_shared<const std::string>(std::move(answer.bytes));
    from.link->write({{owner, *owner}});
  }

  const net::link_tls* tls_;
  std::unique_ptr<net::link_listener> listener_;
  std::list<end> ends_;
  std::deque<scripted_answer> script_;
  std::vector<std::string> requests_;
  std::size_t accepted_ = 0;
};

}  // namespace grapevine::test
