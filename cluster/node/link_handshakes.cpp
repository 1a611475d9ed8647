#include "cluster/node/link_handshakes.hpp"

#include "cluster/node/link_admission.hpp"
#include "cluster/wire/shared_frame.hpp"

#include <string>
#include <utility>
#include <variant>

namespace grapevine::cluster {

link_handshakes::link_handshakes(const core_settings& settings, membership& members,
                                 peer_streams& streams, channel_exchanges& channels,
                                 link_table& table, tunnel_carrier& tunnels, peer_register& peers,
                                 link_endings& endings, node_effects& out, link_observer& who)
    : settings_{settings}, membership_{members}, streams_{streams}, channels_{channels},
      table_{table}, tunnels_{tunnels}, peers_{peers}, endings_{endings}, out_{out}, observer_{
                                                                                         who} {}

void link_handshakes::on_frame(connection& c, const frame& content, time_point now) {
  if (const auto* bye = std::get_if<bye_frame>(&content)) {
    out_.push_back(
        link_news{link_news_kind::refused, c.address, std::string{explain(bye->reason)}});
    return endings_.refuse(c);
  }
  auto step = c.shake.on_frame(content, membership_.self(), has_link_to(c));
  for (const auto& each : step.send)
    c.say(each);
  if (step.refused) {
    c.say(bye_frame{*step.refused, 0});
    return endings_.offend(c, explain(*step.refused), now);
  }
  if (step.admitted)
    on_proved(c, step.peer, step.peer_has_link, now);
}

/// Whom this node reaches through somebody else only has no link of its own to tell of, but to a
/// tunnel.
bool link_handshakes::has_link_to(const connection& c) const {
  const auto* expected = table_.find_peer(c.expected);
  return expected && expected->link != 0 && (c.via != 0 || !is_tunnel(expected->link));
}

void link_handshakes::on_proved(connection& c, const node_info& who, bool peer_has_link,
                                time_point now) {
  const auto verdict =
      judge(c, who, peer_has_link, table_, membership_, settings_.allowed_names, !admits_, now);
  if (verdict.what == link_admission::kind::refuse) {
    c.say(bye_frame{verdict.why, verdict.seen});
    for (const auto& each : verdict.news)
      out_.push_back(link_news{link_news_kind::refused, who.name, each});
    return endings_.refuse(c);
  }
  if (verdict.what == link_admission::kind::replace)
    endings_.give_way(who.epoch, c.via != 0, now);
  attach(c, who, now);
}

void link_handshakes::attach(connection& c, const node_info& who, time_point now) {
  // A newer run of a known name makes membership drop the old one before the new one has a peer.
  auto effects = c.via != 0 ? membership_.on_relayed_bytes(who.epoch, c.via, now)
                            : membership_.on_link_up(who, now);
  table_.attach(c, peers_.enter(who), who, now);
  if (c.via != 0)
    tunnels_.on_proved(c.id);
  else
    tunnels_.on_direct_link(who.epoch);
  auto& stream = *streams_.find(who.epoch);
  stream.push_control(shared(stream.open(channels_.interest().forgotten(who.epoch))));
  out_.push_back(link_news{link_news_kind::up, who.name, c.address});
  observer_.perform(std::move(effects), now);
}

}  // namespace grapevine::cluster
