#pragma once

#include "config/draft.hpp"

#include <string>
#include <vector>

namespace grapevine::config {

/// Merges each --app ID:KEY:SECRET: a known id gets the new key and secret, an unknown one is
/// added.
void apply_app_flags(const std::vector<std::string>& apps, draft& into);

/// Once every source is merged: falls back to the app of PUSHER_APP_*, then in development to the
/// well-known one; checks that there is an app and that no two share an id or key; moves the apps
/// to the settings.
void finish_apps(draft& into, bool dev);

}  // namespace grapevine::config
