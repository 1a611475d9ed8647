#pragma once

#include "net/http_client.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::net {

/// Reads one answer out of the bytes of a connection; Beast does the work. Pure.
class http_answer_parser {
public:
  explicit http_answer_parser(std::size_t body_bytes_max);
  ~http_answer_parser();
  http_answer_parser(http_answer_parser&&) noexcept;
  http_answer_parser& operator=(http_answer_parser&&) noexcept;

  /// Reads on. Set once it is decided: the whole answer, or why there will be none. Interim answers
  /// (1xx) are skipped.
  std::optional<request_result> feed(std::string_view bytes);
  /// The connection has ended: an answer without a length is complete by that, if it ended in order
  /// (`closed_by_peer`).
  request_result finish(std::string_view why);
  /// Something of the answer has come.
  bool begun() const noexcept;
  /// After a whole answer: the connection may be used again, and nothing came after it.
  bool reusable() const noexcept;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace grapevine::net
