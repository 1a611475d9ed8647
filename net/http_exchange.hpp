#pragma once

#include "net/http_parser.hpp"
#include "net/service.hpp"
#include "net/settings.hpp"

namespace grapevine::net {

class session;

/// Lets a service answer one request of a session that may be gone by then.
class session_responder final : public responder {
public:
  explicit session_responder(session& s);
  ~session_responder() override;
  session_responder(const session_responder&) = delete;
  session_responder& operator=(const session_responder&) = delete;

  void answer(http_response) override;
  /// The session ends, or has its answer.
  void forget_session() noexcept {
    session_ = nullptr;
  }

private:
  session* session_;
};

/// What a session needs while it speaks HTTP; made with the first byte, freed at the upgrade and
/// while a kept connection is idle.
struct http_exchange {
  enum class stage {
    reading,    ///< the request is not complete
    answering,  ///< the service has it; nothing is read
    answered    ///< the answer is on its way out
  };

  explicit http_exchange(const session_settings& s)
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
  session_responder* waiting = nullptr;  ///< who has to answer
};

}  // namespace grapevine::net
