#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::broadcasting {

/// What a fake node does with one request.
struct http_script {
  unsigned status = 200;  ///< 0: it never answers
  std::string body = "{}";
  bool close = false;    ///< ends the connection after the answer, without saying so before
  std::string raw = {};  ///< sent instead of an answer
};

/// An HTTP server on 127.0.0.1 that keeps what it was asked; a thread each connection.
class fake_http_server {
public:
  fake_http_server();
  ~fake_http_server();
  fake_http_server(const fake_http_server&) = delete;
  fake_http_server& operator=(const fake_http_server&) = delete;

  std::string url() const;
  void answer_with(std::function<http_script(const std::string& request)>);
  /// Head and body of each request, in the order they came.
  std::vector<std::string> requests() const;
  std::size_t connections() const;
  /// Waits for that many requests; false after 10 s.
  bool wait_for(std::size_t count) const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace grapevine::broadcasting
