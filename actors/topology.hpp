#pragma once

#include "actors/local_actors.hpp"

namespace grapevine::actors {

/// The name that `local_actors` had.
using topology = local_actors;

}  // namespace grapevine::actors
