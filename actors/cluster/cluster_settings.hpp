#pragma once

#include "cluster/node/core_settings.hpp"
#include "config/settings.hpp"

namespace grapevine::actors {

/// The cluster's part of the configuration as `cluster::node_core` takes it. `listening` is what
/// was bound; `epoch` names this run.
cluster::core_settings settings_of_core(const config::settings&, const base::endpoint& listening,
                                        cluster::epoch_t epoch);

/// A fresh epoch: `unix_ms << 22 | 22 random bits`.
cluster::epoch_t draw_epoch();

/// Equal on nodes with the same apps and limits, without telling what they are.
std::uint64_t apps_hash(const config::settings&);

}  // namespace grapevine::actors
