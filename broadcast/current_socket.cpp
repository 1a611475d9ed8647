#include <grapevine/current_socket.hpp>

#include <utility>

namespace grapevine {
inline namespace v1 {

namespace {

thread_local const current_socket* innermost = nullptr;

}  // namespace

current_socket::current_socket(std::string socket_id)
    : id_{std::move(socket_id)}, outer_{std::exchange(innermost, this)} {}

current_socket::~current_socket() {
  innermost = outer_;
}

const std::string* current_socket::get() noexcept {
  return innermost == nullptr ? nullptr : &innermost->id_;
}

}  // namespace v1
}  // namespace grapevine
