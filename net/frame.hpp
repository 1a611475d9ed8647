#pragma once

#include "base/shared_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace grapevine::net {

using base::shared_bytes;

/// A reference to bytes ready for the socket. Copies count without atomics, so a frame and all its
/// copies belong to one loop's thread; to cross threads send the `shared_bytes` and make a frame
/// there.
class frame {
public:
  frame() noexcept = default;
  explicit frame(shared_bytes bytes) : body_{new body{1, std::move(bytes)}} {}
  explicit frame(std::string bytes)
      : frame{std::make_shared<const std::string>(std::move(bytes))} {}
  frame(const frame& other) noexcept : body_{other.body_} {
    if (body_)
      ++body_->references;
  }
  frame(frame&& other) noexcept : body_{std::exchange(other.body_, nullptr)} {}
  frame& operator=(frame other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~frame() {
    if (body_ && --body_->references == 0)
      delete body_;
  }

  const char* data() const noexcept {
    return body_->bytes->data();
  }
  std::size_t size() const noexcept {
    return body_->bytes->size();
  }
  explicit operator bool() const noexcept {
    return body_ != nullptr;
  }

private:
  struct body {
    std::uint32_t references;
    shared_bytes bytes;
  };
  body* body_ = nullptr;
};

}  // namespace grapevine::net
