#pragma once

#include "cluster/node/node_effects.hpp"
#include "protocol/http_api.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster::sim {

class sim_channel;
class node_run;

/// What one node knows of its own channels, as directories and channels say it in the real program.
protocol::channel_info local_channel(const sim_channel&);
protocol::named_info local_channels(node_run&, std::string_view app);
std::vector<std::string> local_users(const sim_channel&);

/// The answer of a node to another's question: its name, a colon and what the program would say.
std::string local_answer(node_run&, const question&);
/// Takes the names off those answers.
std::vector<std::string> take_names(std::vector<std::string>& answers);

}  // namespace grapevine::cluster::sim
