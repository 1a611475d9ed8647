#pragma once

/// Publishing to channels from any C++ program, and saying who may subscribe to them. docs/cpp.md
/// is the guide.

#include <grapevine/broadcast_result.hpp>
#include <grapevine/broadcast_settings.hpp>
#include <grapevine/broadcaster.hpp>
#include <grapevine/channel_list.hpp>
#include <grapevine/channel_registry.hpp>
#include <grapevine/current_socket.hpp>
#include <grapevine/model.hpp>
#include <grapevine/should_broadcast.hpp>
#include <grapevine/user.hpp>
