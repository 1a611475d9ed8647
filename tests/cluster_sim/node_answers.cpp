#include "node_answers.hpp"

#include "channels/channel_answers.hpp"
#include "node_run.hpp"
#include "sim_node.hpp"

namespace grapevine::cluster::sim {

namespace {

using kind = channels::question_kind;

std::string describe(node_run& node, const question& asked) {
  for (std::size_t place = 0; place < node.channels(); ++place) {
    const auto& c = node.channel(place);
    if (c.app != node.app(asked.app) || c.name != asked.text)
      continue;
    return static_cast<kind>(asked.kind) == kind::users
               ? channels::encode_local_users(local_users(node.at(place)))
               : channels::encode_local_channel(local_channel(node.at(place)));
  }
  return {};
}

}  // namespace

protocol::channel_info local_channel(const sim_channel& channel) {
  return channel.describe({.user_count = channel.name().presence, .subscription_count = true});
}

protocol::named_info local_channels(node_run& node, std::string_view app) {
  protocol::named_info all;
  for (std::size_t place = 0; place < node.channels(); ++place)
    if (node.channel(place).app == app && node.at(place).ready())
      all.emplace_back(node.channel(place).name, local_channel(node.at(place)));
  return all;
}

std::vector<std::string> local_users(const sim_channel& channel) {
  return channel.ready() && channel.roster() ? channel.roster()->user_ids()
                                             : std::vector<std::string>{};
}

std::string local_answer(node_run& node, const question& asked) {
  const auto said = static_cast<kind>(asked.kind) == kind::channels
                        ? channels::encode_local_channels(local_channels(node, node.app(asked.app)))
                        : describe(node, asked);
  return name_of(node.host()) + ":" + said;
}

std::vector<std::string> take_names(std::vector<std::string>& answers) {
  std::vector<std::string> names;
  for (auto& each : answers) {
    const auto colon = each.find(':');
    names.push_back(each.substr(0, colon));
    each.erase(0, colon + 1);
  }
  return names;
}

}  // namespace grapevine::cluster::sim
