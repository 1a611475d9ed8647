#pragma once

#include "event_log.hpp"
#include "net/acceptor.hpp"
#include "net/listening_socket.hpp"
#include "net/socket_link.hpp"
#include "net/tls.hpp"
#include "running_loop.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <sys/socket.h>

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

/// One answer of a scripted server: what it writes, and whether it hangs up after it, or cuts the
/// connection off: with TLS an end that says nothing of being one.
struct scripted_answer {
  std::string bytes;
  bool hangs_up = false;
  bool cuts_off = false;

  static scripted_answer of(unsigned status, std::string body = "{}", std::string headers = {}) {
    return {"HTTP/1.1 " + std::to_string(status) + " x\r\n" + headers
                + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
            false};
  }
};

/// A server that speaks HTTP as a script says: each request, on whichever connection, is kept and
/// takes the next answer, or `usual` when none is left.
class scripted_http_server {
public:
  /// `tls`, null for plain HTTP, has to outlive it.
  explicit scripted_http_server(const net::tls_context* tls = nullptr) : tls_{tls} {
    on.start();
    open(0);
  }
  virtual ~scripted_http_server() {
    on.stop();
    if (gate_)
      gate_->close();
  }
  scripted_http_server(const scripted_http_server&) = delete;
  scripted_http_server& operator=(const scripted_http_server&) = delete;

  /// Closes the port and every connection.
  void close() {
    on.run([this] {
      gate_->close();
      ends_.clear();
    });
  }
  void reopen() {
    open(port);
  }
  /// For connections from now on.
  void use_tls(const net::tls_context* tls) {
    on.run([&] { tls_ = tls; });
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
  /// What was accepted, and can be cut off.
  struct socket final : net::socket_link {
    socket(net::loop& on, socket_type s, net::tls_setup tls)
        : socket_link{on, std::move(s), std::move(tls), net::link_kind::server} {}
    void cut_off() {
      ::shutdown(socket_.native_handle(), SHUT_WR);
    }
  };

  struct end final : net::link_handler {
    end(scripted_http_server& s, boost::intrusive_ptr<socket> of)
        : server{s}, connection{of}, link{of->handle()} {}
    void on_open(const net::link_peer&) override {}
    void on_bytes(std::string_view bytes) override {
      received += bytes;
      server.take(*this);
    }
    void on_written() override {
      if (last.cuts_off)
        connection->cut_off();
      else if (last.hangs_up)
        link->close(std::chrono::seconds{1});
    }
    void on_closed(std::string_view) noexcept override {
      link = nullptr;
    }
    scripted_http_server& server;
    boost::intrusive_ptr<socket> connection;
    std::shared_ptr<net::link> link;
    std::string received;
    scripted_answer last;
  };

  struct gate final : net::acceptor {
    explicit gate(scripted_http_server& s) : acceptor{s.on.loop}, server{s} {}
    void adopt(socket_type accepted) override {
      ++server.accepted_;
      net::tls_setup tls;
      if (server.tls_)
        tls.context = {server.tls_->native(), [](SSL_CTX*) {}};
      const boost::intrusive_ptr<socket> of{new socket{on_, std::move(accepted), std::move(tls)}};
      of->start(server.ends_.emplace_back(server, of));
    }
    scripted_http_server& server;
  };

  void open(std::uint16_t at) {
    on.run([&] {
      gate_ = std::make_shared<gate>(*this);
      if (const auto error = gate_->listen({"127.0.0.1", at}, false); !error.empty())
        throw std::runtime_error{error};
      port = gate_->port();
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
    from.last = usual;
    if (!script_.empty()) {
      from.last = std::move(script_.front());
      script_.pop_front();
    }
    if (!from.last.bytes.empty()) {
      auto owner = std::make_shared<const std::string>(std::move(from.last.bytes));
      from.link->write({{owner, *owner}});
    } else if (from.last.hangs_up) {
      from.link->close(std::chrono::seconds{1});
    }
  }

  const net::tls_context* tls_;
  std::shared_ptr<gate> gate_;
  std::list<end> ends_;
  std::deque<scripted_answer> script_;
  std::vector<std::string> requests_;
  std::size_t accepted_ = 0;
};

}  // namespace grapevine::test
