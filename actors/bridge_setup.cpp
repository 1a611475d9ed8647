#include "actors/bridge_setup.hpp"

#include "actors/bridge_actor.hpp"
#include "cluster/rendezvous.hpp"
#include "drivers/registry.hpp"

#include <utility>

namespace grapevine::actors {

std::string add_bridges(const config::settings& settings, const std::string& origin,
                        std::uint64_t seed, app_registry& apps, local_actors& local,
                        const std::vector<std::unique_ptr<shard>>& shards, bridges& into) {
  for (const auto& each : settings.bridges) {
    const auto* kind = drivers::find_driver(each.driver);
    if (!kind)
      return "there is no driver " + each.driver;
    auto& bridge = into.add(each);
    if (const auto* app = apps.find_by_id(each.app))
      bridge.app = app->index;
    bridge.inward = kind->section.inward && each.direction != "out";
    bridge.outward = each.direction != "in";
    auto& where = *shards[into.all().size() % shards.size()];
    drivers::driver_settings how;
    how.inward = bridge.inward;
    how.outward = bridge.outward;
    how.queue_bytes_max = each.queue_bytes;
    how.event_bytes_max = settings.limits.message;
    how.origin = origin;
    how.name = settings.node.name;
    how.seed = seed + into.all().size();
    std::string error;
    auto driver = kind->make(where.loop(), settings.sections, how, error);
    if (!driver)
      return "the bridge to " + each.driver + " cannot be built: " + error;
    bridge.other_side = driver->other_side();
    bridge.id =
        cluster::name_hash(each.driver + '\0' + bridge.other_side + '\0'
                           + std::string{driver->topic()} + '\0' + apps.at(bridge.app).settings.id);
    bridge.actor = spawn_on<bridge_actor>(where, bridge, into, local, apps, std::move(driver));
  }
  if (!into.empty())
    local.to_others = &into;
  return {};
}

}  // namespace grapevine::actors
