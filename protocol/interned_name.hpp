#pragma once

#include "protocol/channel_name.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace grapevine::protocol {

class name_pool;

/// One channel name held once per pool, however many connections subscribe to it. Counted without
/// atomics: a name and its copies belong to the thread of their pool, and must be gone before it.
class interned_name {
public:
  interned_name() noexcept = default;
  interned_name(const interned_name& other) noexcept;
  interned_name(interned_name&& other) noexcept : entry_{std::exchange(other.entry_, nullptr)} {}
  interned_name& operator=(interned_name other) noexcept {
    std::swap(entry_, other.entry_);
    return *this;
  }
  ~interned_name();

  const std::string& text() const noexcept;
  channel_type type() const noexcept;
  /// Two names of one pool are equal exactly when they are the same entry.
  bool operator==(const interned_name& other) const noexcept = default;
  /// Identifies the entry while at least one copy lives.
  const void* identity() const noexcept {
    return entry_;
  }

private:
  friend class name_pool;
  struct entry {
    std::string text;
    channel_type type;
    std::uint32_t references = 0;
    name_pool* pool = nullptr;
  };
  explicit interned_name(entry* e) noexcept;
  entry* entry_ = nullptr;
};

/// The names in use on one thread for one app.
class name_pool {
public:
  name_pool() = default;
  name_pool(const name_pool&) = delete;
  name_pool& operator=(const name_pool&) = delete;

  interned_name intern(std::string_view text);
  /// The name if somebody holds it, else an empty one; never makes an entry.
  interned_name find(std::string_view text) const noexcept;
  std::size_t size() const noexcept {
    return entries_.size();
  }

private:
  friend class interned_name;
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
    std::size_t operator()(const interned_name::entry* e) const noexcept {
      return (*this)(std::string_view{e->text});
    }
  };
  struct equal {
    using is_transparent = void;
    static std::string_view view(std::string_view text) noexcept {
      return text;
    }
    static std::string_view view(const interned_name::entry* e) noexcept {
      return e->text;
    }
    bool operator()(const auto& a, const auto& b) const noexcept {
      return view(a) == view(b);
    }
  };
  void release(interned_name::entry* e) noexcept;

  std::unordered_set<interned_name::entry*, hash, equal> entries_;
};

}  // namespace grapevine::protocol
