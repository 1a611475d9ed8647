#pragma once

#include <grapevine/callback.hpp>
#include <grapevine/user.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine {
inline namespace v1 {

/// A request to an auth endpoint, as far as it says who asks and for what.
struct auth_request {
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string socket_id = {};
  std::string channel = {};

  /// The first header of that name, in any case; empty without one.
  std::string_view header(std::string_view name) const noexcept;
  /// The token of "Authorization: Bearer …"; empty without one.
  std::string_view bearer_token() const noexcept;
};

/// What an auth endpoint answers: a status and a JSON body, as Echo and pusher-js expect them.
struct auth_answer {
  /// 200 signed; 400 the request makes no sense; 401 nobody is signed in; 403 refused; 500 a
  /// callback threw, or there is no key to sign with.
  int status = 403;
  json body = json::object();  ///< auth, channel_data and shared_secret; otherwise error
  std::string reason = {};     ///< for the log, never for the client; empty when signed

  bool allowed() const noexcept {
    return status == 200;
  }
  explicit operator bool() const noexcept {
    return allowed();
  }
};

/// The app that signs.
struct signing_key {
  std::string key = {};
  std::string secret = {};
  std::string encryption_master_key = {};  ///< 32 bytes, decoded; empty: none
};

/// Says who may subscribe to which private or presence channel, by callbacks of the program. The
/// first pattern that matches decides; when none does, the answer is no.
///
/// A pattern is a channel's name with placeholders: "private-order.{id}". A placeholder stands for
/// one or more characters except '.'. With the prefix "private-", "presence-" or
/// "private-encrypted-" a pattern is for that kind alone; without one it is for all of them.
///
/// A callback takes a user and the placeholders in their order, and returns bool, `presence_info`
/// or `std::optional<presence_info>`. It may run in several threads at once.
///
/// Any thread may call any function.
class channel_registry {
public:
  explicit channel_registry(signing_key);
  ~channel_registry();
  channel_registry(const channel_registry&) = delete;
  channel_registry& operator=(const channel_registry&) = delete;

  /// Registers a callback. Throws std::invalid_argument when the pattern is malformed or has not as
  /// many placeholders as the callback has further parameters.
  template <class Callback>
  requires(!detail::channel_class<Callback>) void channel(std::string_view pattern,
                                                          Callback callback) {
    add(pattern, detail::erase(std::move(callback)));
  }

  /// Registers a class with `join(const User&, placeholders…) const`; `args` make its one object.
  template <detail::channel_class Class, class... Args>
  void channel(std::string_view pattern, Args&&... args) {
    auto object = std::make_shared<const Class>(std::forward<Args>(args)...);
    add(pattern, detail::erase_member(&Class::join, std::move(object)));
  }

  /// Registers how claims become the program's own user type, for callbacks that take it. Returns
  /// std::optional<MyUser>; without a user the answer is no.
  template <class Callback>
  void users(Callback from_claims) {
    using found = std::invoke_result_t<Callback&, const claims&>;
    using own_type = typename found::value_type;
    add_user_type(typeid(own_type),
                  [f = std::move(from_claims)](const claims& who) -> std::shared_ptr<const void> {
                    auto own = f(who);
                    return own ? std::make_shared<const own_type>(std::move(*own)) : nullptr;
                  });
  }

  /// Registers who sent a request: returns std::optional<user>, or std::optional<claims>.
  void authenticate(std::function<std::optional<claims>(const auth_request&)>);

  /// The signed answer for a subscription of `who`, a `user`, `claims` or the program's own type,
  /// of which the id is `who.id`, a text or a number.
  template <class User>
  auth_answer authorize(const User& who, std::string_view socket_id,
                        std::string_view channel) const {
    return decide(detail::identity::of(who), socket_id, channel);
  }
  /// The same for a whole request, whose sender `authenticate` finds.
  auth_answer authorize(const auth_request&) const;

private:
  struct state;

  void add(std::string_view pattern, detail::erased_callback);
  void add_user_type(std::type_index, detail::user_maker);
  auth_answer decide(const detail::identity&, std::string_view socket_id,
                     std::string_view channel) const;

  std::unique_ptr<state> state_;
};

}  // namespace v1
}  // namespace grapevine
