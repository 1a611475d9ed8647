#include "config/apps.hpp"

#include "config/field.hpp"

#include <algorithm>

namespace grapevine::config {

namespace {

/// Checks the three parts with the rules of [[app]]; false when a problem was reported.
bool accept(const app_settings& app, const std::string& where, draft& into) {
  const std::vector<std::pair<std::string, std::string>> parts{
      {"id", app.id}, {"key", app.key}, {"secret", app.secret}};
  auto before = into.problems.size();
  app_settings scratch;
  for (const auto& [name, text] : parts)
    for (const auto& one : app_fields())
      if (one.name == name)
        into.complain(where, "", "app." + name, one.read(text_value(text), scratch));
  return into.problems.size() == before;
}

void apply_flag(const std::string& text, draft& into) {
  auto first = text.find(':');
  auto second = first == std::string::npos ? first : text.find(':', first + 1);
  if (second == std::string::npos) {
    into.complain("--app", "an app is not of the form ID:KEY:SECRET",
                  "write for example --app app-id:app-key:app-secret");
    return;
  }
  app_settings app;
  app.id = text.substr(0, first);
  app.key = text.substr(first + 1, second - first - 1);
  app.secret = text.substr(second + 1);
  accept(app, "--app", into);
  // Replaces what the file says; a second --app of the same id is a duplicate instead.
  for (auto& known : into.apps) {
    if (known.content.id != app.id || known.where == "--app")
      continue;
    known.content.key = app.key;
    known.content.secret = app.secret;
    known.where = "--app";
    return;
  }
  into.apps.push_back({std::move(app), "--app", {}, {}});
}

void report_duplicates(const std::string& name, std::string app_settings::*member, draft& into) {
  std::map<std::string, std::string> seen;
  for (const auto& app : into.apps) {
    const auto& text = app.content.*member;
    if (text.empty())
      continue;
    auto [first, fresh] = seen.emplace(text, app.where);
    if (!fresh)
      into.complain(app.where,
                    "app." + name + " " + quoted(text) + " is already used at " + first->second,
                    "give each app its own " + name);
  }
}

std::string missing_parts(const local_app& app) {
  std::vector<std::string> names;
  if (app.id.empty())
    names.emplace_back("PUSHER_APP_ID");
  if (app.key.empty())
    names.emplace_back("PUSHER_APP_KEY");
  if (app.secret.empty())
    names.emplace_back("PUSHER_APP_SECRET");
  std::string result;
  for (const auto& name : names)
    result += (result.empty() ? "" : " and ") + name;
  return result;
}

void add_fallback(draft& into, bool dev) {
  const auto& pusher = into.pusher_app;
  auto missing = missing_parts(pusher);
  app_settings app;
  if (missing.empty()) {
    app.id = pusher.id;
    app.key = pusher.key;
    app.secret = pusher.secret;
    accept(app, pusher.where, into);
    into.apps.push_back({std::move(app), pusher.where, {}, {}});
  } else if (dev) {
    app.id = "app-id";
    app.key = "app-key";
    app.secret = "app-secret";
    into.apps.push_back({std::move(app), "--dev", {}, {}});
    if (!base::is_loopback(into.merged.node.listen.host))
      into.warnings.push_back(
          "--dev: " + base::to_string(into.merged.node.listen)
          + " is open to other machines, with an app whose secret everybody knows");
  } else if (!into.toml_unreadable && !pusher.where.empty()) {
    into.complain("configuration", "no app is configured: without " + missing,
                  "set all three PUSHER_APP_ variables");
  } else if (!into.toml_unreadable) {
    into.complain(
        "configuration", "no app is configured",
        "add [[app]] with id, key and secret to grapevine.toml, use --app ID:KEY:SECRET, set "
        "PUSHER_APP_ID, PUSHER_APP_KEY and PUSHER_APP_SECRET, or try --dev");
  }
}

}  // namespace

void apply_app_flags(const std::vector<std::string>& apps, draft& into) {
  for (const auto& text : apps)
    apply_flag(text, into);
}

void finish_apps(draft& into, bool dev) {
  if (into.apps.empty())
    add_fallback(into, dev);
  report_duplicates("id", &app_settings::id, into);
  report_duplicates("key", &app_settings::key, into);
  for (auto& app : into.apps) {
    if (dev && !app.given.contains("client_events"))
      app.content.client_events = true;
    into.merged.apps.push_back(app.content);
  }
  const auto& apps = into.merged.apps;
  if (!apps.empty()
      && std::none_of(apps.begin(), apps.end(), [](const auto& app) { return app.enabled; }))
    into.warnings.emplace_back("every app has enabled = false: each client will be refused");
}

}  // namespace grapevine::config
