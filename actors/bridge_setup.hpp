#pragma once

#include "actors/app_registry.hpp"
#include "actors/bridges.hpp"
#include "actors/local_actors.hpp"
#include "actors/shard.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::actors {

/// Makes the actor of each configured bridge, spread over the shards, which do not run yet.
/// `origin` is what this node calls itself on a bus. Empty on success, else one sentence. `into`
/// and the rest outlive the actors.
std::string add_bridges(const config::settings&, const std::string& origin, std::uint64_t seed,
                        app_registry&, local_actors&, const std::vector<std::unique_ptr<shard>>&,
                        bridges& into);

}  // namespace grapevine::actors
