#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace grapevine::drivers {

/// One answer of a Redis server (RESP 2).
struct redis_reply {
  enum class kind : std::uint8_t { nothing, text, status, error, integer, array };
  kind what = kind::nothing;
  std::string text;                ///< of `text`, `status` and `error`
  std::int64_t integer = 0;        ///< of `integer`
  std::vector<redis_reply> items;  ///< of `array`

  bool is_error() const noexcept {
    return what == kind::error;
  }
  bool operator==(const redis_reply&) const = default;
};

/// One command with its arguments, as RESP wants it.
std::string redis_command(const std::vector<std::string_view>& arguments);

/// Cuts the bytes of a connection into replies; hiredis' reader does the work. Bounded: a server
/// that sends more than `reply_bytes_max` for one reply, or an array with more than 65,536
/// elements, does not speak our language.
class redis_parser {
public:
  explicit redis_parser(std::size_t reply_bytes_max);
  ~redis_parser();
  redis_parser(const redis_parser&) = delete;
  redis_parser& operator=(const redis_parser&) = delete;

  /// Adds what was read.
  void feed(std::string_view bytes);
  /// The next complete reply; nothing when more bytes are needed, or after a fault.
  std::optional<redis_reply> next();
  /// Empty, or why nothing can be read any more.
  const std::string& fault() const noexcept {
    return fault_;
  }

private:
  struct freed {
    void operator()(redisReader*) const noexcept;
  };
  std::unique_ptr<redisReader, freed> reader_;
  std::size_t reply_bytes_max_;
  std::string fault_;
};

}  // namespace grapevine::drivers
