#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace grapevine::base {

/// Bytes encoded once and shared by everybody who sends them, on whatever thread. Never changed
/// after they were made.
using shared_bytes = std::shared_ptr<const std::string>;

/// Bytes to write now; `owner` keeps them alive until the write is done, whatever becomes of the
/// queue they came from.
struct slice {
  shared_bytes owner;
  std::string_view bytes;
};

}  // namespace grapevine::base
