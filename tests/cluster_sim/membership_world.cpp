#include "membership_world.hpp"

namespace grapevine::cluster::sim {

membership_world::membership_world(std::uint64_t seed, std::size_t hosts,
                                   const network_settings& network_options,
                                   const membership_settings& settings, std::ostream* sink)
    : random{mix(seed)}, network{clock, random, network_options, hosts}, trace{clock, sink},
      settings_{settings}, current_(hosts) {
  for (host_id host = 0; host < hosts; ++host)
    settings_.seeds.push_back(address_of(host));
}

epoch_t membership_world::new_epoch() {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clock.elapsed()).count();
  return (1'700'000'000'000u + static_cast<epoch_t>(now)) << 22 | random.below(1u << 22);
}

sim_node& membership_world::start(host_id host) {
  ++turnover_;
  auto seed = random.next();
  runs_.push_back(std::make_unique<sim_node>(host, new_epoch(), settings_, seed, clock, network,
                                             trace, observer));
  current_[host] = runs_.back().get();
  trace(name_of(host), " starts as ", current_[host]->epoch());
  return *current_[host];
}

sim_node* membership_world::at(host_id host) const {
  return network.running(host) ? current_[host] : nullptr;
}

sim_node* membership_world::find(epoch_t epoch) const {
  for (host_id host = 0; host < hosts(); ++host)
    if (auto* node = at(host); node && node->epoch() == epoch)
      return node;
  return nullptr;
}

void membership_world::kill(host_id host) {
  trace(name_of(host), " is killed");
  ++turnover_;
  current_[host]->end();
  network.kill(host);
}

void membership_world::power_off(host_id host) {
  trace(name_of(host), " loses power");
  ++turnover_;
  current_[host]->end();
  network.power_off(host);
}

}  // namespace grapevine::cluster::sim
