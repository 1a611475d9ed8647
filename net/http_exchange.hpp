#pragma once

#include "net/http_connection.hpp"
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
  /// The session ends, or the request has an answer.
  void forget_session() noexcept {
    session_ = nullptr;
  }

private:
  client_session* session_;
};

/// What a session needs while it speaks HTTP; made with the first byte, freed at the upgrade and
/// while a kept connection is idle.
struct http_exchange {
  explicit http_exchange(const client_session_settings& s) : connection{s} {}
  ~http_exchange() {
    dismiss();
  }
  http_exchange(const http_exchange&) = delete;
  http_exchange& operator=(const http_exchange&) = delete;

  /// The responder's answer is not wanted any more.
  void dismiss() noexcept {
    if (waiting)
      waiting->forget_session();
    waiting = nullptr;
  }

  http_connection connection;
  client_session_responder* waiting = nullptr;  ///< who has to answer
};

}  // namespace grapevine::net
