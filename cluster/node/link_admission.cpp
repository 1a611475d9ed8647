#include "cluster/node/link_admission.hpp"

#include "cluster/interest/interest_view.hpp"
#include "cluster/links/certificate_names.hpp"
#include "cluster/links/link_choice.hpp"

#include <utility>

namespace grapevine::cluster {

namespace {

link_claim claim_of(const peer& p, const connection* link, time_point now) {
  return {p.dialled_by_us, now - p.linked_at, link && link->via != 0};
}

}  // namespace

link_admission judge(const connection& c, const node_info& who, bool peer_has_link,
                     const link_table& links, const membership& members,
                     const std::vector<std::string>& allowed_names, bool leaving, time_point now) {
  const auto refuse = [&](bye_reason why, epoch_t seen = 0, std::string news = {}) {
    link_admission refusal{link_admission::kind::refuse, why, seen, {}};
    if (!news.empty())
      refusal.news.push_back(std::move(news));
    if (who.epoch != members.self().epoch && why != bye_reason::duplicate)
      refusal.news.emplace_back(explain(why));
    return refusal;
  };
  if (c.secure && !certifies(c.certificate_names, who.name, allowed_names))
    return refuse(bye_reason::protocol, 0, "its certificate is for another name than its own");
  if (c.via != 0) {
    // No certificate can be seen through a tunnel. The relay is a member that has admitted both.
    const auto* m = members.members().find(c.expected);
    if (who.epoch != c.expected || !m || m->info.name != who.name)
      return refuse(bye_reason::protocol);
    if (!m->serving())
      return refuse(bye_reason::dead);
  }
  const auto verdict = members.admit(who, now);
  if (verdict.outcome == admission_verdict::kind::name_conflict)
    return refuse(bye_reason::name_conflict);
  if (verdict.outcome == admission_verdict::kind::stale_epoch)
    return refuse(bye_reason::stale_epoch, verdict.seen);
  if (leaving)
    return refuse(bye_reason::leaving);
  const auto* known = links.find_peer(who.epoch);
  if (!known && links.peers().size() >= interest_view::slots)
    return refuse(bye_reason::protocol, 0, "this node has no room for it");
  if (!known || known->link == 0)
    return {};
  const link_claim fresh{c.dialled, {}, c.via != 0};
  const auto held = claim_of(*known, links.link_of(who.epoch), now);
  if (!replaces(fresh, held, peer_has_link, members.self().epoch, who.epoch))
    return refuse(bye_reason::duplicate);
  return {.what = link_admission::kind::replace, .news = {}};
}

}  // namespace grapevine::cluster
