#include "net/slice_queue.hpp"

#include <array>
#include <climits>
#include <cstdint>
#include <utility>

namespace grapevine::net {

void slice_queue::assign(std::vector<base::slice> slices) {
  clear();
  slices_ = std::move(slices);
  for (const auto& slice : slices_)
    bytes_ += slice.bytes.size();
}

flush_result slice_queue::flush(transport& to, std::span<char> scratch) {
  if (empty())
    return {flush_result::outcome::empty, 0};
  std::array<iovec, IOV_MAX> pieces;
  // TLS copies one record at a time, so it need not see more.
  const auto count = gather(pieces, to.is_secure() ? scratch.size() : SIZE_MAX);
  const auto result = to.flush(std::span{pieces}.first(count), bytes_, scratch);
  consume(result.bytes);
  return result;
}

void slice_queue::clear() noexcept {
  slices_.clear();
  next_ = offset_ = bytes_ = 0;
}

std::size_t slice_queue::gather(std::span<iovec> into, std::size_t enough) const noexcept {
  std::size_t count = 0;
  std::size_t total = 0;
  for (auto i = next_; i < slices_.size() && count < into.size() && total < enough; ++i) {
    const auto piece = slices_[i].bytes.substr(i == next_ ? offset_ : 0);
    if (piece.empty())
      continue;
    into[count++] = {const_cast<char*>(piece.data()), piece.size()};
    total += piece.size();
  }
  return count;
}

void slice_queue::consume(std::size_t bytes) noexcept {
  bytes_ -= bytes;
  offset_ += bytes;
  while (next_ < slices_.size() && offset_ >= slices_[next_].bytes.size()) {
    offset_ -= slices_[next_].bytes.size();
    slices_[next_].owner.reset();
    ++next_;
  }
  if (empty())
    clear();
}

}  // namespace grapevine::net
