#include "event_ledger.hpp"

#include "sim_node.hpp"

#include <algorithm>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

/// In a network that has been whole for long, nothing is on its way for longer.
constexpr duration event_arrives = 3s;
constexpr duration calm = 5s;

}  // namespace

event_ledger::event_ledger(nodes_world& world, nodes_oracle& oracle)
    : world_{world}, oracle_{oracle} {}

/// As `node_core::publish` is about to choose: who wants the channel, and the owners of a cache
/// channel's server event.
void event_ledger::forwarded(node_run& by, std::size_t place, std::uint64_t event, bool cache) {
  const auto& c = by.channel(place);
  const auto peers = by.core().peers();
  for (auto* to : oracle_.running()) {
    const auto epoch = to->epoch();
    const bool known =
        std::ranges::find(peers, name_of(to->host()), &node_core::peer_facts::name) != peers.end();
    const bool owns =
        by.core().owner_of(c.key, 0) == epoch || by.core().owner_of(c.key, 1) == epoch;
    if (to != &by && (by.core().sends_to(epoch, c.key) || (known && owns && cache)))
      push(by, *to, event);
  }
}

void event_ledger::push(node_run& by, node_run& to, std::uint64_t event) {
  if (renewed_.contains(by.epoch()) || renewed_.contains(to.epoch()))
    return;
  accounts_[{by.epoch(), to.epoch()}].sent.emplace_back(event, world_.clock.now());
}

void event_ledger::read(node_run& at, epoch_t from, const event_tally& brought) {
  auto arrived = brought.received + brought.left_out;
  const auto found = accounts_.find({from, at.epoch()});
  if (arrived == 0 || found == accounts_.end() || found->second.closed || renewed_.contains(from)
      || renewed_.contains(at.epoch()))
    return;
  auto& a = found->second;
  const auto sender = [&] {
    const auto* of = world_.find(from);
    return of ? name_of(of->host()) : std::to_string(from);
  };
  left_out_ += brought.left_out;
  if (brought.unknown_app > 0)
    oracle_.fail(at, "does not know the app of events of " + sender());
  if (arrived > a.sent.size())
    oracle_.fail(at, "has got or been told of " + std::to_string(arrived) + " events of " + sender()
                         + ", of which only " + std::to_string(a.sent.size()) + " were sent");
  for (; arrived > 0 && !a.sent.empty(); --arrived)
    a.sent.pop_front();
}

void event_ledger::changed(node_run& by, const member_news& news) {
  if (news.to != member_state::dead && news.to != member_state::left)
    return;
  if (const auto out = accounts_.find({by.epoch(), news.epoch}); out != accounts_.end()) {
    out->second.sent.clear();
    out->second.closed = true;
  } else {
    accounts_[{by.epoch(), news.epoch}].closed = true;
  }
}

/// What arrives from here on is from the stream that began after the last drop.
void event_ledger::link(node_run& by, const link_news& news) {
  if (news.what != link_news_kind::up)
    return;
  if (const auto* of = world_.find(std::string_view{news.peer}))
    accounts_[{of->epoch(), by.epoch()}].closed = false;
}

void event_ledger::renewed(node_run& run, epoch_t before) {
  forget(before);
  renewed_.insert(run.epoch());
}

void event_ledger::over(node_run& run, bool) {
  forget(run.epoch());
}

void event_ledger::forget(epoch_t epoch) {
  std::erase_if(accounts_, [&](const auto& each) {
    return each.first.first == epoch || each.first.second == epoch;
  });
}

void event_ledger::check() {
  if (!oracle_.calm_for(calm))
    return;
  const auto patience = world_.setting.credit_late_percent == 0 ? event_arrives : 3 * event_arrives;
  for (const auto& [between, a] : accounts_) {
    auto* to = world_.find(between.second);
    const auto* from = world_.find(between.first);
    if (!a.sent.empty() && from && to && !from->departing() && !to->departing()
        && world_.clock.now() - a.sent.front().second >= patience)
      oracle_.fail(*to, "has got neither event " + std::to_string(a.sent.front().first) + " of "
                            + name_of(from->host()) + " nor word that it was left out");
  }
}

}  // namespace grapevine::cluster::sim
