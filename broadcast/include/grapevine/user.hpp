#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace grapevine {
inline namespace v1 {

using json = nlohmann::json;

/// What is known of somebody: the members of a JSON object, of which an absent one reads as null.
class attributes {
public:
  attributes() = default;
  attributes(json::initializer_list_t members) : object_(object_of(json(members))) {}
  /// Anything but an object counts as none.
  explicit attributes(json object) : object_(object_of(std::move(object))) {}

  json operator[](std::string_view name) const {
    auto found = object_.find(std::string{name});
    return found == object_.end() ? json{} : *found;
  }
  bool contains(std::string_view name) const {
    return object_.contains(std::string{name});
  }
  bool empty() const noexcept {
    return object_.empty();
  }
  /// All of them; always an object.
  const json& object() const& noexcept {
    return object_;
  }
  json object() && {
    return std::move(object_);
  }
  bool operator==(const attributes&) const = default;
  friend void to_json(json& out, const attributes& in) {
    out = in.object_;
  }

private:
  static json object_of(json from) {
    // Braces around a whole object read as a list with that one element.
    if (from.is_array() && from.size() == 1)
      from = json(std::move(from.front()));
    return from.is_object() ? from : json::object();
  }

  json object_ = json::object();
};

/// Somebody who is signed in, where a program has no user type of its own.
struct user {
  std::string id = {};
  attributes info = {};
};

/// What a request has proved about its sender: the id ("sub" of a token) and everything else.
class claims {
public:
  claims(user who) : id_{std::move(who.id)}, all_{std::move(who.info)} {}
  claims(std::string id, attributes all) : id_{std::move(id)}, all_{std::move(all)} {}

  const std::string& id() const noexcept {
    return id_;
  }
  json operator[](std::string_view name) const {
    return all_[name];
  }
  const attributes& all() const noexcept {
    return all_;
  }

private:
  std::string id_;
  attributes all_;
};

/// What the members of a presence channel are told of one of them.
class presence_info : public attributes {
public:
  using attributes::attributes;
};

}  // namespace v1
}  // namespace grapevine
