#pragma once

#include "cluster/node/node_core.hpp"

#include <spdlog/common.h>

#include <string>

namespace grapevine::actors {

/// A line for the log: a fixed sentence, then `key=value`.
struct log_line {
  spdlog::level::level_enum level = spdlog::level::info;
  std::string text;
};
log_line line_of(const cluster::member_news&);
log_line line_of(const cluster::link_news&);

/// The list of members with their links, by name: `{"members": [...]}` as `/cluster/members` says
/// it.
std::string members_json(const cluster::node_core&);
/// The counters of `cluster::node_stats` by their names, with the numbers of members and links.
std::string counters_json(const cluster::node_core&);

}  // namespace grapevine::actors
