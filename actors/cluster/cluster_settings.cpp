#include "actors/cluster/cluster_settings.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

namespace grapevine::actors {

namespace {

constexpr unsigned epoch_random_bits = 22;

std::string sha256(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

cluster::epoch_t draw_epoch() {
  using namespace std::chrono;
  std::uint32_t random = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&random), sizeof random);
  const auto ms = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  return static_cast<cluster::epoch_t>(ms) << epoch_random_bits
         | (random & ((1u << epoch_random_bits) - 1));
}

std::uint64_t apps_hash(const config::settings& settings) {
  std::vector<std::string> lines;
  for (const auto& app : settings.apps)
    lines.push_back(app.id + '\0' + app.key + '\0' + sha256(app.secret)
                    + (app.client_events ? '1' : '0') + (app.enabled ? '1' : '0'));
  std::ranges::sort(lines);
  std::string all;
  for (const auto& line : lines)
    all += sha256(line);
  std::uint64_t hash = 0;
  std::memcpy(&hash, sha256(all).data(), sizeof hash);
  return hash;
}

cluster::core_settings settings_of_core(const config::settings& settings,
                                        const base::endpoint& listening, cluster::epoch_t epoch) {
  const auto& from = settings.cluster;
  cluster::core_settings to;
  to.self.name = settings.node.name;
  to.self.epoch = epoch;
  to.self.apps_hash = apps_hash(settings);
  to.self.address = listening;
  if (auto advertised = base::parse_endpoint(from.advertise)) {
    to.self.address = std::move(*advertised);
    if (to.self.address.port == 0)
      to.self.address.port = listening.port;
  }
  to.admission.cluster_name = from.name;
  to.admission.secrets = from.secrets;
  to.allowed_names = from.allowed_names;
  to.membership.probe_interval = from.probe_interval;
  to.membership.probe_timeout = from.probe_timeout;
  to.membership.suspicion_mult = static_cast<unsigned>(from.suspicion_mult);
  for (const auto& text : from.seeds)
    if (auto seed = base::parse_endpoint(text))
      to.membership.seeds.push_back(std::move(*seed));
  RAND_bytes(to.tunnel_seed.data(), static_cast<int>(to.tunnel_seed.size()));
  to.session.window = from.peer_window;
  to.session.hard = from.peer_queue;
  to.session.soft = from.peer_queue / 2;
  to.session.node_total = from.queues_total;
  for (const auto& app : settings.apps)
    to.apps.push_back(app.id);
  to.ack_subscribes = from.subscribe_ack == "cluster";
  to.subscribe_ack_timeout = from.subscribe_ack_timeout;
  to.interest_linger = from.interest_linger;
  to.query_timeout = from.query_timeout;
  to.cache.ttl = settings.limits.cache_ttl;
  return to;
}

}  // namespace grapevine::actors
