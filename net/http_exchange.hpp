#pragma once

#include "net/client_session_settings.hpp"
#include "net/http_parser.hpp"
#include "net/service.hpp"

namespace grapevine::net {

class client_session;

/// Lets a service answer one request of a session that may be gone by then.
class client_session_responder final : public responder {
public:
  explicit client_session_responder(client_session& s);
  ~client_session_responder() override;
  client_session_responder(const client_session_responder&) = delete;
  client_session_responder& operator=(const client_session_responder&) = delete;

  void answer(http_response) override;
  /// The session ends, or has its answer.
  void forget_session() noexcept {
    session_ = nullptr;
  }

private:
  client_session* session_;
};

/// What a session needs while it speaks HTTP; made with the first byte, freed at the upgrade and
/// while a kept connection is idle.
struct http_exchange {
  enum class stage {
    reading,    ///< the request is not complete
    answering,  ///< the service has it; nothing is read
    answered    ///< the answer is on its way out
  };

  explicit http_exchange(const client_session_settings& s)
      : parser{s.request_header_max, s.request_body_max} {}
  ~http_exchange() {
    if (waiting)
      waiting->forget_session();
  }
  http_exchange(const http_exchange&) = delete;
  http_exchange& operator=(const http_exchange&) = delete;

  http_parser parser;
  stage now = stage::reading;
  bool head = false;
  bool keep_alive = true;
  client_session_responder* waiting = nullptr;  ///< who has to answer
};

}  // namespace grapevine::net
