#pragma once

#include "config/draft.hpp"
#include "config/variable_layer.hpp"

#include <string>

namespace grapevine::config {

/// Merges the variables Laravel and the guide use, BROADCAST_*, PUSHER_*, ABLY_* and REDIS_*, of
/// one layer. As in Laravel, one that is empty or "null" counts as not set; REDIS_PASSWORD,
/// _USERNAME and _PREFIX then mean none.
void apply_guide_variables(const variables& layer, draft& into);

/// Warns that "${...}" in a variable that is used stays as written.
void warn_of_reference(const std::string& name, const variable&, draft& into);

}  // namespace grapevine::config
