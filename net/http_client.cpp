#include "net/http_client.hpp"

#include "net/client_tls.hpp"
#include "net/http_client_connection.hpp"
#include "net/loop.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace grapevine::net {

namespace {

std::string host_header(const http_client_settings& to) {
  const bool usual = to.port == (to.tls ? 443 : 80);
  const auto host = to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]";
  return usual ? host : host + ":" + std::to_string(to.port);
}

std::string written(const outgoing_request& request, const http_client_settings& to) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + host_header(to)
                     + "\r\nUser-Agent: " + to.user_agent + "\r\n";
  for (const auto& [name, value] : request.headers)
    text.append(name).append(": ").append(value).append("\r\n");
  text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n";
  return text + request.body;
}

}  // namespace

std::string_view incoming_answer::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers)
    if (key == name)
      return value;
  return {};
}

struct http_client::impl final : std::enable_shared_from_this<impl>, http_client_connection::owner {
  impl(loop& l, http_client_settings s) : on{l}, settings{std::move(s)} {}

  struct job {
    std::shared_ptr<const std::string> bytes;
    completion done;
  };

  void send(outgoing_request request, completion done) {
    jobs.push_back(
        {std::make_shared<const std::string>(written(request, settings)), std::move(done)});
    start_some();
  }

  void start_some() {
    while (!jobs.empty()) {
      auto* free = connection();
      if (!free)
        return;
      auto next = std::move(jobs.front());
      jobs.pop_front();
      free->send(std::move(next.bytes), std::move(next.done));
    }
  }

  /// One that is idle, or a new one; null when all are busy.
  http_client_connection* connection() {
    for (const auto& each : connections)
      if (each->idle())
        return each.get();
    if (connections.size() >= settings.connections_max)
      return nullptr;
    return connections.emplace_back(std::make_unique<http_client_connection>(on, settings, *this))
        .get();
  }

  // -- http_client_connection::owner

  void on_result(http_client_connection::completion done, request_result result) override {
    // The client may end in there.
    const auto self = shared_from_this();
    done(std::move(result));
    if (!ended)
      start_some();
  }

  loop& on;
  http_client_settings settings;
  std::deque<job> jobs;
  std::vector<std::unique_ptr<http_client_connection>> connections;
  bool ended = false;
};

http_client::http_client(loop& on, http_client_settings settings)
    : impl_{std::make_shared<impl>(on, std::move(settings))} {}

http_client::~http_client() {
  impl_->ended = true;
  impl_->jobs.clear();
  for (const auto& each : impl_->connections)
    each->end();
}

void http_client::send(outgoing_request request, completion done) {
  impl_->send(std::move(request), std::move(done));
}

std::size_t http_client::pending() const noexcept {
  const auto busy = std::count_if(impl_->connections.begin(), impl_->connections.end(),
                                  [](const auto& each) { return !each->idle(); });
  return impl_->jobs.size() + static_cast<std::size_t>(busy);
}

}  // namespace grapevine::net
