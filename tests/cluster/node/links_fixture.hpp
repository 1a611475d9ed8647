#pragma once

// Include after CAF_SUITE is defined.
#include "cluster/node/link_handshakes.hpp"
#include "cluster/node/link_traffic.hpp"
#include "cluster/node/tunnel_links.hpp"
#include "cluster/wire/shared_frame.hpp"

#include <string>
#include <utility>
#include <vector>

#include "caf/test/dsl.hpp"

namespace grapevine::cluster {

inline node_info info_of(const std::string& name, epoch_t epoch) {
  node_info info;
  info.name = name;
  info.epoch = epoch;
  info.address = {"10.0.0." + name.substr(1), 7946};
  info.flags = node_flag::ready;
  return info;
}

/// Counts how often membership has drawn conclusions.
struct counting_observer final : link_observer {
  void perform(membership_effects, time_point) override {
    ++concluded;
  }
  bool on_frame(connection&, const frame_view&, const frame&, time_point) override {
    return true;
  }
  unsigned concluded = 0;
};

/// Node n1 with the parts that its links are made of, put together as `peer_links` does.
struct links_fixture {
  static core_settings settings_of_n1() {
    core_settings s;
    s.self = info_of("n1", 1);
    s.admission.secrets = {"a secret of the cluster"};
    s.apps = {"a"};
    return s;
  }

  // -- what there is

  connection& open(link_id id, epoch_t via = 0, epoch_t expected = 0) {
    link_facts facts{.dialled = false,
                     .expected = expected,
                     .address = "10.0.0.9",
                     .tls_binding = {},
                     .certificate_names = {}};
    auto& c = table.add(open_connection(id, std::move(facts), via, settings.admission, now));
    c.waiting.clear();
    return c;
  }
  /// That node has proved itself on connection `id`, and streams go both ways.
  connection& link(link_id id, const node_info& who, epoch_t via = 0) {
    auto& c = open(id, via, who.epoch);
    members.on_link_up(who, now);
    table.attach(c, peers.enter(who), who, now);
    if (via == 0)
      tunnels.on_direct_link(who.epoch);
    auto& stream = *streams.find(who.epoch);
    stream.open(false);
    stream.on_resume({who.epoch * 10, 0, 0, false}, 1, now);
    out.clear();
    return c;
  }
  /// A tunnel of this node to `target`, through that peer.
  link_id open_tunnel(epoch_t target, epoch_t via) {
    const std::vector<epoch_t> unlinked{target};
    const std::vector<epoch_t> relays{via};
    tunnels.open_due(1, unlinked, relays, now);
    const auto fresh = tunnels.open_due(1, unlinked, relays, now + tunnel_planner::delay);
    CAF_REQUIRE_EQUAL(fresh.size(), 1u);
    return fresh[0].id;
  }

  // -- what happened

  /// All effects of one kind since the last time, in order.
  template <class Effect>
  std::vector<Effect> take() {
    std::vector<Effect> found;
    for (const auto& each : std::exchange(out, {}))
      if (const auto* one = std::get_if<Effect>(&each))
        found.push_back(*one);
    return found;
  }
  /// What waits outside of any stream.
  static std::vector<frame> waiting(const connection& c) {
    std::vector<frame> frames;
    for (const auto& each : c.waiting)
      if (const auto content = decode_frame(split_frame(*each).frame))
        frames.push_back(*content);
    return frames;
  }

  time_point now{std::chrono::seconds{1000}};
  core_settings settings = settings_of_n1();
  random_source random{1};
  membership members{settings.self, settings.membership, 1, now};
  peer_streams streams{settings.session};
  node_effects out;
  channel_exchanges channels{settings, 1, members, streams, out};
  counting_observer told;
  link_table table;
  tunnel_carrier tunnels{1u << 20, 1u << 20};
  peer_register peers{table, streams, channels, random};
  link_endings endings{members, streams, channels, table, tunnels, peers, out, told};
};

}  // namespace grapevine::cluster
