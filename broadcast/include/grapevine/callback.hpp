#pragma once

#include <grapevine/placeholder.hpp>
#include <grapevine/user.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <utility>

/// Turns the callbacks of `channel_registry` into functions of one type.
namespace grapevine {
inline namespace v1 {
namespace detail {

/// What a callback said.
struct verdict {
  bool allowed = false;
  std::optional<json> info;  ///< of a presence channel's member
};

/// A callback without its types: `user` points to an object of `user_type`.
struct erased_callback {
  std::type_index user_type = typeid(void);
  std::size_t placeholders = 0;
  std::function<verdict(const void* user, std::span<const std::string_view> values)> ask;
};

using user_maker = std::function<std::shared_ptr<const void>(const claims&)>;

/// Somebody of whatever type, as the registry sees him.
struct identity {
  std::type_index type = typeid(void);
  const void* object = nullptr;  ///< borrowed
  std::string id;
  std::optional<claims> known;  ///< from which other user types can be made

  template <class User>
  static identity of(const User& who) {
    identity result{typeid(User), &who, {}, {}};
    if constexpr (std::same_as<User, claims>) {
      result.id = who.id();
      result.known = who;
    } else {
      if constexpr (std::integral<std::remove_cvref_t<decltype(who.id)>>)
        result.id = std::to_string(who.id);
      else
        result.id = std::string{who.id};
      if constexpr (std::same_as<User, user>)
        result.known = claims{who};
    }
    return result;
  }
};

template <class T>
concept channel_class = requires {
  &T::join;
};

inline verdict to_verdict(bool allowed) {
  return {allowed, std::nullopt};
}
inline verdict to_verdict(const presence_info& info) {
  return {true, info.object()};
}
inline verdict to_verdict(const std::optional<presence_info>& info) {
  return info ? to_verdict(*info) : verdict{};
}

/// Calls `f(user, values...)`, each value converted; refused when one is not of its type.
template <class Function, class User, class... Values, std::size_t... I>
verdict ask_typed(const Function& f, const User& who,
                  [[maybe_unused]] std::span<const std::string_view> texts, std::tuple<Values...>*,
                  std::index_sequence<I...>) {
  std::tuple<std::optional<Values>...> values{placeholder_value<Values>(texts[I])...};
  if (!(std::get<I>(values).has_value() && ...))
    return {};
  using answer = std::remove_cvref_t<decltype(f(who, *std::get<I>(values)...))>;
  static_assert(
      std::same_as<
          answer,
          bool> || std::same_as<answer, presence_info> || std::same_as<answer, std::optional<presence_info>>,
      "a channel's callback returns bool, presence_info or std::optional<presence_info>");
  return to_verdict(f(who, *std::get<I>(values)...));
}

template <class Function, class User, class... Values>
erased_callback erase_typed(Function f) {
  return {typeid(std::remove_cvref_t<User>), sizeof...(Values),
          [f = std::move(f)](const void* who, std::span<const std::string_view> texts) {
            return ask_typed(f, *static_cast<const std::remove_cvref_t<User>*>(who), texts,
                             static_cast<std::tuple<std::remove_cvref_t<Values>...>*>(nullptr),
                             std::index_sequence_for<Values...>{});
          }};
}

// A callback's parameters are read off its call operator, or off the function itself.

template <class Function, class R, class C, class User, class... Values>
erased_callback erase_operator(Function f, R (C::*)(User, Values...) const) {
  return erase_typed<Function, User, Values...>(std::move(f));
}
template <class Function, class R, class C, class User, class... Values>
erased_callback erase_operator(Function f, R (C::*)(User, Values...) const noexcept) {
  return erase_typed<Function, User, Values...>(std::move(f));
}

template <class R, class User, class... Values>
erased_callback erase(R (*f)(User, Values...)) {
  return erase_typed<R (*)(User, Values...), User, Values...>(f);
}
template <class Function>
requires requires {
  &Function::operator();
}
erased_callback erase(Function f) {
  return erase_operator(std::move(f), &Function::operator());
}

template <class R, class C, class User, class... Values>
erased_callback erase_member(R (C::*join)(User, Values...) const, std::shared_ptr<const C> object) {
  auto f = [join, object = std::move(object)](const std::remove_cvref_t<User>& who,
                                              const std::remove_cvref_t<Values>&... values) {
    return (object.get()->*join)(who, values...);
  };
  return erase_typed<decltype(f), User, Values...>(std::move(f));
}
template <class R, class C, class User, class... Values>
erased_callback erase_member(R (C::*join)(User, Values...) const noexcept,
                             std::shared_ptr<const C> object) {
  return erase_member(static_cast<R (C::*)(User, Values...) const>(join), std::move(object));
}

}  // namespace detail
}  // namespace v1
}  // namespace grapevine
