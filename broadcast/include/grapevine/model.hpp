#pragma once

#include <grapevine/broadcaster.hpp>

#include <string>
#include <typeinfo>

namespace grapevine {
inline namespace v1 {

/// What happened to a model.
enum class model_event { created, updated, deleted };

/// "Created", "Updated" or "Deleted": what follows the class name in an event's name.
std::string_view to_string(model_event) noexcept;

/// Gives a model, derived as `struct User : broadcasts_model<User>`, broadcasts of its own:
/// UserCreated, UserUpdated, UserDeleted. The model has
///
///     channel_list broadcast_on(model_event) const;
///
/// and, where the default does not do,
///
///     json broadcast_with(model_event) const;           // default: {}
///     std::string broadcast_as(model_event) const;      // default: class name and "Created" …
///     std::string broadcast_queue(model_event) const;   // default: none
///     bool broadcast_when(model_event) const;           // default: true
template <class Model>
class broadcasts_model {
public:
  /// `via` carries choices such as `to_others`, or another broadcaster.
  broadcast_result broadcast_created(const broadcaster& via = broadcast()) const {
    return tell(model_event::created, via);
  }
  broadcast_result broadcast_updated(const broadcaster& via = broadcast()) const {
    return tell(model_event::updated, via);
  }
  broadcast_result broadcast_deleted(const broadcaster& via = broadcast()) const {
    return tell(model_event::deleted, via);
  }

private:
  class news final : public should_broadcast {
  public:
    news(const Model& model, model_event what) : model_{model}, what_{what} {}

    channel_list broadcast_on() const override {
      return model_.broadcast_on(what_);
    }
    json broadcast_with() const override {
      if constexpr (requires { model_.broadcast_with(what_); })
        return model_.broadcast_with(what_);
      else
        return json::object();
    }
    std::string broadcast_as() const override {
      if constexpr (requires { model_.broadcast_as(what_); })
        return model_.broadcast_as(what_);
      else
        return detail::class_name(typeid(Model)).append(to_string(what_));
    }
    std::string broadcast_queue() const override {
      if constexpr (requires { model_.broadcast_queue(what_); })
        return model_.broadcast_queue(what_);
      else
        return {};
    }
    bool broadcast_when() const override {
      if constexpr (requires { model_.broadcast_when(what_); })
        return model_.broadcast_when(what_);
      else
        return true;
    }

  private:
    const Model& model_;
    model_event what_;
  };

  broadcast_result tell(model_event what, const broadcaster& via) const {
    return via.event(news{static_cast<const Model&>(*this), what});
  }
};

}  // namespace v1
}  // namespace grapevine
