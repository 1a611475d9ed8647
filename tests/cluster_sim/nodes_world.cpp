#include "nodes_world.hpp"

#include "cluster/interest/interest_key.hpp"
#include "sim_node.hpp"

#include <utility>

namespace grapevine::cluster::sim {

nodes_world::nodes_world(std::uint64_t seed, std::size_t hosts, std::ostream* sink,
                         const network_settings& net)
    : random{mix(seed)}, network{clock, random, net, hosts}, trace{clock, sink}, current_(hosts),
      wall_(hosts) {
  for (host_id host = 0; host < hosts; ++host)
    setting.seeds.push_back(address_of(host));
  setting.channels = {
      {"a", "news", false, false},         {"b", "news", false, false},
      {"a", "weather", false, false},      {"a", "presence-room", true, false},
      {"b", "presence-room", true, false}, {"a", "presence-hall", true, false},
      {"a", "cache-price", false, true},   {"b", "cache-score", false, true},
  };
  const interest_key_hasher hash{"grapevine"};
  for (auto& each : setting.channels)
    each.key = hash(each.app, each.name);
}

void nodes_world::add_channel(channel_name fresh) {
  fresh.key = interest_key_hasher{"grapevine"}(fresh.app, fresh.name);
  setting.channels.push_back(std::move(fresh));
}

node_run& nodes_world::start(host_id host, nodes_oracle& oracle) {
  const auto now =
      (std::chrono::duration_cast<std::chrono::milliseconds>(clock.elapsed()) + wall_[host])
          .count();
  const auto epoch =
      (1'700'000'000'000u + static_cast<epoch_t>(now)) << 22 | random.below(1u << 22);
  trace(name_of(host), " starts as ", epoch);
  runs_.push_back(std::make_unique<node_run>(host, epoch, random.next(), setting, clock, network,
                                             trace, oracle, wall_[host].count()));
  return *(current_[host] = runs_.back().get());
}

node_run* nodes_world::at(host_id host) const {
  return network.running(host) ? current_[host] : nullptr;
}

node_run* nodes_world::find(epoch_t epoch) const {
  for (host_id host = 0; host < hosts(); ++host)
    if (auto* node = at(host); node && node->epoch() == epoch)
      return node;
  return nullptr;
}

node_run* nodes_world::find(std::string_view name) const {
  for (host_id host = 0; host < hosts(); ++host)
    if (name_of(host) == name)
      return at(host);
  return nullptr;
}

void nodes_world::kill(host_id host) {
  trace(name_of(host), " is killed");
  current_[host]->end();
  network.kill(host);
}

void nodes_world::power_off(host_id host) {
  trace(name_of(host), " loses power");
  current_[host]->end();
  network.power_off(host);
}

void nodes_world::pause(host_id host) {
  trace(name_of(host), " is paused");
  current_[host]->pause();
  network.pause(host);
}

void nodes_world::step_wall(host_id host, std::chrono::milliseconds by) {
  trace(name_of(host), " has its clock set by ms ", by.count());
  wall_[host] += by;
  if (auto* node = at(host))
    node->step_wall(by);
}

void nodes_world::resume(host_id host) {
  trace(name_of(host), " goes on");
  current_[host]->wake();
  network.resume(host);
}

}  // namespace grapevine::cluster::sim
