#include <grapevine/channel_registry.hpp>

#include "broadcast/authorization.hpp"
#include "broadcast/channel_pattern.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/socket_id.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>

namespace grapevine {
inline namespace v1 {

namespace {

constexpr std::size_t channel_name_max = 200;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

struct entry {
  broadcasting::channel_pattern pattern;
  detail::erased_callback callback;
};

}  // namespace

// -- requests

std::string_view auth_request::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers)
    if (equal_ignoring_case(key, name))
      return value;
  return {};
}

std::string_view auth_request::bearer_token() const noexcept {
  constexpr std::string_view scheme = "bearer ";
  auto value = header("authorization");
  if (value.size() < scheme.size() || !equal_ignoring_case(value.substr(0, scheme.size()), scheme))
    return {};
  value.remove_prefix(scheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

// -- registration

/// Entries are only ever added, and never change: who authorises holds on to those there were.
struct channel_registry::state {
  signing_key key;
  mutable std::shared_mutex mutex;
  std::vector<std::shared_ptr<const entry>> entries;
  std::vector<std::pair<std::type_index, detail::user_maker>> user_types;
  std::function<std::optional<claims>(const auth_request&)> authenticate;

  std::shared_ptr<const entry> find(std::string_view channel,
                                    std::vector<std::string_view>& values) const {
    const std::shared_lock lock{mutex};
    for (const auto& one : entries) {
      if (auto found = one->pattern.match(channel)) {
        values = std::move(*found);
        return one;
      }
    }
    return nullptr;
  }

  /// Somebody as an object of `type`; null when there is no way to make one, or nobody is found.
  std::shared_ptr<const void> become(const detail::identity& who, std::type_index type) const {
    if (who.type == type)
      return {std::shared_ptr<const void>{}, who.object};
    if (!who.known)
      return nullptr;
    if (type == typeid(claims))
      return std::make_shared<const claims>(*who.known);
    detail::user_maker make;
    {
      const std::shared_lock lock{mutex};
      for (const auto& [made, maker] : user_types)
        if (made == type)
          make = maker;
    }
    if (make)
      return make(*who.known);
    if (type == typeid(user))
      return std::make_shared<const user>(user{who.known->id(), who.known->all()});
    return nullptr;
  }
};

channel_registry::channel_registry(signing_key key) : state_{std::make_unique<state>()} {
  state_->key = std::move(key);
}

channel_registry::~channel_registry() = default;

void channel_registry::add(std::string_view pattern, detail::erased_callback callback) {
  const auto complain = [&](const std::string& why) {
    throw std::invalid_argument{"channel pattern \"" + std::string{pattern} + "\": " + why};
  };
  std::string why;
  auto parsed = broadcasting::channel_pattern::parse(pattern, why);
  if (!parsed)
    return complain(why);
  if (parsed->placeholders() != callback.placeholders)
    return complain("it has " + std::to_string(parsed->placeholders())
                    + " placeholders, but the callback takes "
                    + std::to_string(callback.placeholders) + " values besides the user");
  auto made = std::make_shared<const entry>(entry{std::move(*parsed), std::move(callback)});
  const std::unique_lock lock{state_->mutex};
  state_->entries.push_back(std::move(made));
}

void channel_registry::add_user_type(std::type_index type, detail::user_maker make) {
  const std::unique_lock lock{state_->mutex};
  state_->user_types.emplace_back(type, std::move(make));
}

void channel_registry::authenticate(
    std::function<std::optional<claims>(const auth_request&)> resolve) {
  const std::unique_lock lock{state_->mutex};
  state_->authenticate = std::move(resolve);
}

// -- decisions

auth_answer channel_registry::authorize(const auth_request& request) const {
  using broadcasting::refuse_auth;
  decltype(state::authenticate) resolve;
  {
    const std::shared_lock lock{state_->mutex};
    resolve = state_->authenticate;
  }
  if (!resolve)
    return refuse_auth(401, "Not signed in", "nothing was registered with authenticate()");
  try {
    if (auto who = resolve(request))
      return authorize(*who, request.socket_id, request.channel);
    return refuse_auth(401, "Not signed in", "authenticate() found nobody");
  } catch (const std::exception& error) {
    return refuse_auth(500, "The endpoint failed",
                       std::string{"authenticate() threw: "} + error.what());
  } catch (...) {
    return refuse_auth(500, "The endpoint failed", "authenticate() threw");
  }
}

auth_answer channel_registry::decide(const detail::identity& who, std::string_view socket_id,
                                     std::string_view channel) const {
  using broadcasting::refuse_auth;
  if (!protocol::is_socket_id(socket_id))
    return refuse_auth(400, "socket_id is not of the form 123.456", "bad socket_id");
  if (const auto fault = protocol::check_channel_name(channel, channel_name_max, false);
      fault != protocol::name_fault::none)
    return refuse_auth(400, protocol::explain(fault), "bad channel name");

  std::vector<std::string_view> values;
  const auto found = state_->find(channel, values);
  if (!found)
    return refuse_auth(403, "Not allowed", "no pattern matches");
  try {
    const auto& callback = found->callback;
    const auto as = state_->become(who, callback.user_type);
    if (!as)
      return refuse_auth(403, "Not allowed", "users() gives no user of the callback's type");
    if (const auto said = callback.ask(as.get(), values); said.allowed)
      return broadcasting::sign(state_->key, who.id, said, socket_id, channel);
    return refuse_auth(403, "Not allowed", "the callback refused");
  } catch (const std::exception& error) {
    return refuse_auth(500, "The endpoint failed",
                       std::string{"a callback threw: "} + error.what());
  } catch (...) {
    return refuse_auth(500, "The endpoint failed", "a callback threw");
  }
}

}  // namespace v1
}  // namespace grapevine
