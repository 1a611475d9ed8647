#pragma once

#include <string>

namespace grapevine {
inline namespace v1 {

/// While it lives, `to_others()` without an argument in this thread leaves out this socket: made
/// from the request's X-Socket-ID header. Scopes nest; the innermost counts.
class current_socket {
public:
  explicit current_socket(std::string socket_id);
  ~current_socket();
  current_socket(const current_socket&) = delete;
  current_socket& operator=(const current_socket&) = delete;

  /// The innermost one of this thread; null without a scope.
  static const std::string* get() noexcept;

private:
  std::string id_;
  const current_socket* outer_;
};

}  // namespace v1
}  // namespace grapevine
