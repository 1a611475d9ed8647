#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::broadcasting {

/// The part of a private or presence channel's name behind "private-encrypted-", "private-" or
/// "presence-"; empty when it has none of them.
std::string_view without_guard(std::string_view channel) noexcept;

/// A channel's name with placeholders, such as "private-order.{id}". A placeholder stands for one
/// or more characters except '.'. Where two share a piece between dots, the first takes as much as
/// it can: "{a}-{b}" reads "x-y-z" as "x-y" and "z", as Laravel does.
///
/// A pattern that begins with a guard ("private-", "presence-") is compared with the whole name,
/// any other with the name behind its guard; a public channel matches none.
class channel_pattern {
public:
  /// Nothing, and a clause that says why, when it is malformed: empty, a brace without its partner,
  /// a placeholder without a name or directly behind another.
  static std::optional<channel_pattern> parse(std::string_view text, std::string& why);

  std::size_t placeholders() const noexcept;
  /// What stands at the placeholders, in their order; views into `channel`.
  std::optional<std::vector<std::string_view>> match(std::string_view channel) const;

private:
  /// A piece between dots: the texts around its placeholders, one more than those.
  using piece = std::vector<std::string>;

  static bool match_piece(const piece&, std::string_view text, std::vector<std::string_view>& out);

  bool guarded_ = false;
  std::vector<piece> pieces_;
};

}  // namespace grapevine::broadcasting
