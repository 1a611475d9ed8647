#include "config/guide_variables.hpp"

namespace grapevine::config {

namespace {

/// Null too where it says nothing: "default", "grapevine", and "reverb", which is Laravel's name
/// for a server such as this one. "null" is a driver here, as it is in Laravel.
const variable* find_driver(const std::string& name, variable_reader& from) {
  const auto* found = from.find(name);
  if (found == nullptr || found->text.empty() || found->text == "default" || found->text == "reverb"
      || found->text == "grapevine")
    return nullptr;
  return found;
}

void read_broadcast(variable_reader& from) {
  const auto* driver = find_driver("BROADCAST_DRIVER", from);
  const auto* connection = find_driver("BROADCAST_CONNECTION", from);
  if (driver != nullptr && connection != nullptr && driver->text != connection->text)
    from.complain(*connection, "BROADCAST_CONNECTION and BROADCAST_DRIVER name different drivers",
                  "keep one of them");
  if (const auto* chosen = driver != nullptr ? driver : connection)
    from.assign("broadcast.driver", chosen->text, *chosen);
}

/// The keys that others have a name for.
void read_known_keys(variable_reader& from, const draft& into) {
  for (const auto& key : into.fields)
    if (!key.variable.empty())
      if (const auto* found = from.find_given(key.variable))
        from.assign(key.name, found->text, *found);
}

/// The three PUSHER_APP_ variables name the local app when no other is configured.
void read_local_app(variable_reader& from, local_app& app) {
  const auto read_part = [&](const char* name, std::string& part) {
    const auto* found = from.find_given(name);
    if (found == nullptr)
      return;
    part = found->text;
    app.where = found->where;
  };
  read_part("PUSHER_APP_ID", app.id);
  read_part("PUSHER_APP_KEY", app.key);
  read_part("PUSHER_APP_SECRET", app.secret);
}

}  // namespace

void apply_guide_variables(variable_reader& from, draft& into) {
  read_broadcast(from);
  read_known_keys(from, into);
  read_local_app(from, into.pusher_app);
  for (const auto& driver : into.drivers)
    if (driver.read_variables)
      driver.read_variables(from);
}

}  // namespace grapevine::config
