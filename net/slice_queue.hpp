#pragma once

#include "base/shared_bytes.hpp"
#include "net/transport.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace grapevine::net {

/// What a link is writing: slices in order, each kept alive until it has left.
class slice_queue {
public:
  /// Takes new ones, where none are left.
  void assign(std::vector<base::slice>);
  /// Writes as many slices as one system call takes.
  flush_result flush(transport&, std::span<char> scratch);
  void clear() noexcept;

  bool empty() const noexcept {
    return bytes_ == 0;
  }

private:
  std::size_t gather(std::span<iovec> into, std::size_t enough) const noexcept;
  void consume(std::size_t bytes) noexcept;

  std::vector<base::slice> slices_;
  std::size_t next_ = 0;    ///< the first of them that has not left completely
  std::size_t offset_ = 0;  ///< how much of that one has
  std::size_t bytes_ = 0;   ///< that have not left
};

}  // namespace grapevine::net
