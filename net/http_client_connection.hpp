#pragma once

#include "net/http_answer_parser.hpp"
#include "net/http_client.hpp"
#include "net/link.hpp"
#include "net/timer_wheel.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::net {

/// One connection of an `http_client`: connected when it is needed, kept while the server allows.
///
///     idle (no link) --send--> connecting --> answering --whole answer--> idle (link kept)
///                                   └── failure ──┴──> idle (no link)
class http_client_connection final : private link_handler, private timer {
public:
  using completion = std::function<void(request_result)>;

  /// Whom it tells, in a later turn than `send`. `on_result` may end the connection.
  class owner {
  public:
    virtual void on_result(completion, request_result) = 0;

  protected:
    ~owner() = default;
  };

  http_client_connection(loop&, const http_client_settings&, owner&);
  ~http_client_connection() override;

  bool idle() const noexcept {
    return !request_;
  }
  /// Only while idle.
  void send(std::shared_ptr<const std::string> request, completion);
  /// At once and without a further call.
  void end() noexcept;

private:
  void on_open(const link_peer&) override;
  void on_bytes(std::string_view) override;
  void on_written() override;
  void on_closed(std::string_view why) noexcept override;
  void on_timer(time_point now) override;

  void connect();
  void write();
  void drop_link() noexcept;
  void finish(request_result);
  bool finish_early();  ///< false: no answer is waiting

  loop& on_;
  const http_client_settings& settings_;
  owner& owner_;
  std::shared_ptr<link> link_;                  ///< null: none
  std::shared_ptr<const std::string> request_;  ///< null: idle
  completion done_;
  std::optional<http_answer_parser> parser_;
  std::optional<request_result> early_;  ///< an answer that waits for the rest of its request
  bool open_ = false;
  bool reused_ = false;  ///< the link had an answer before this request
};

}  // namespace grapevine::net
