#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine {
inline namespace v1 {

/// The full name of one channel, as clients subscribe to it: "orders", "private-order.7". Not
/// checked here; a publish of a name that is not allowed returns `broadcast_errc::bad_channel`.
class channel_name {
public:
  channel_name(std::string full_name) : text_{std::move(full_name)} {}
  channel_name(std::string_view full_name) : text_{full_name} {}
  channel_name(const char* full_name) : text_{full_name} {}

  const std::string& str() const& noexcept {
    return text_;
  }
  std::string str() && {
    return std::move(text_);
  }
  bool operator==(const channel_name&) const = default;

private:
  std::string text_;
};

/// A channel that anybody may subscribe to: "orders".
channel_name public_channel(std::string_view name);
/// "private-" and the name: subscribers need a signature.
channel_name private_channel(std::string_view name);
/// "presence-" and the name: private, and the members know of each other.
channel_name presence_channel(std::string_view name);

/// The channels of one event: one name, several, or none, which is an event for nobody.
class channel_list {
public:
  channel_list() = default;
  channel_list(std::initializer_list<channel_name> names) : names_{names} {}
  channel_list(std::vector<channel_name> names) : names_{std::move(names)} {}
  channel_list(channel_name name) {
    names_.push_back(std::move(name));
  }
  channel_list(std::string name) : channel_list{channel_name{std::move(name)}} {}
  channel_list(std::string_view name) : channel_list{channel_name{name}} {}
  channel_list(const char* name) : channel_list{channel_name{name}} {}

  void add(channel_name name) {
    names_.push_back(std::move(name));
  }
  auto begin() const noexcept {
    return names_.begin();
  }
  auto end() const noexcept {
    return names_.end();
  }
  std::size_t size() const noexcept {
    return names_.size();
  }
  bool empty() const noexcept {
    return names_.empty();
  }
  bool operator==(const channel_list&) const = default;

private:
  std::vector<channel_name> names_;
};

}  // namespace v1
}  // namespace grapevine
