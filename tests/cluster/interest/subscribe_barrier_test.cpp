#define CAF_SUITE cluster.subscribe_barrier

#include "cluster/interest/subscribe_barrier.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <vector>

using namespace grapevine::cluster;
using namespace std::chrono_literals;

namespace {

using ticket_list = std::vector<std::uint64_t>;

const time_point start{1h};
constexpr duration bound = 100ms;

/// Peers 1 to `peers`.
subscribe_barrier new_barrier(epoch_t peers) {
  subscribe_barrier barrier{bound};
  for (epoch_t epoch = 1; epoch <= peers; ++epoch)
    barrier.add_peer(epoch);
  return barrier;
}

}  // namespace

CAF_TEST(a node alone waits for nobody) {
  auto barrier = new_barrier(0);
  barrier.wait(5, 1, start);
  CAF_CHECK(!barrier.empty());
  CAF_CHECK(barrier.release(start) == ticket_list{5});
  CAF_CHECK(barrier.empty());
  CAF_CHECK(barrier.release(start + 1h).empty());
  CAF_CHECK_EQUAL(barrier.timeouts(), 0u);
}

CAF_TEST(a subscription waits for every peer) {
  auto barrier = new_barrier(2);
  barrier.wait(5, 3, start);
  barrier.on_ack(1, 3);
  barrier.on_ack(2, 2);
  CAF_CHECK(barrier.release(start).empty());
  barrier.on_ack(2, 4);
  CAF_CHECK(barrier.release(start) == ticket_list{5});
}

CAF_TEST(an acknowledgement that came before the subscription counts) {
  auto barrier = new_barrier(1);
  barrier.on_ack(1, 3);
  barrier.on_ack(1, 2);
  barrier.wait(5, 3, start);
  CAF_CHECK(barrier.release(start) == ticket_list{5});
}

CAF_TEST(subscriptions come back in the order in which they came) {
  auto barrier = new_barrier(1);
  barrier.wait(9, 3, start);
  barrier.wait(4, 1, start);
  barrier.wait(6, 2, start);
  barrier.on_ack(1, 2);
  CAF_CHECK(barrier.release(start) == (ticket_list{4, 6}));
  barrier.wait(2, 1, start);
  barrier.on_ack(1, 3);
  CAF_CHECK(barrier.release(start) == (ticket_list{9, 2}));
}

CAF_TEST(nobody waits for a peer that is gone) {
  auto barrier = new_barrier(2);
  barrier.wait(5, 3, start);
  barrier.on_ack(1, 3);
  barrier.remove_peer(2);
  CAF_CHECK(barrier.release(start) == ticket_list{5});
  barrier.on_ack(2, 9);
  barrier.add_peer(2);
  barrier.wait(6, 3, start);
  CAF_CHECK(barrier.release(start).empty());
}

CAF_TEST(the bound lets a subscription through and counts it) {
  auto barrier = new_barrier(1);
  barrier.wait(5, 3, start);
  CAF_CHECK(barrier.release(start + bound - 1ns).empty());
  CAF_CHECK(barrier.release(start + bound) == ticket_list{5});
  CAF_CHECK_EQUAL(barrier.timeouts(), 1u);
}

CAF_TEST(an acknowledgement in time is no timeout however late it is looked at) {
  auto barrier = new_barrier(1);
  barrier.wait(5, 3, start);
  barrier.on_ack(1, 3);
  CAF_CHECK(barrier.release(start + 1h) == ticket_list{5});
  CAF_CHECK_EQUAL(barrier.timeouts(), 0u);
}

CAF_TEST(a slow peer costs the bound once) {
  auto barrier = new_barrier(2);
  barrier.wait(5, 3, start);
  barrier.wait(6, 4, start + 50ms);
  barrier.on_ack(1, 4);
  CAF_CHECK(barrier.release(start + bound) == (ticket_list{5, 6}));
  CAF_CHECK_EQUAL(barrier.timeouts(), 1u);
  barrier.wait(7, 4, start + bound);
  CAF_CHECK(barrier.release(start + bound) == ticket_list{7});
}

CAF_TEST(a late peer is waited for again when it has caught up with the log) {
  auto barrier = new_barrier(1);
  barrier.set_log_version(5);
  barrier.wait(5, 3, start);
  CAF_CHECK_EQUAL(barrier.release(start + bound).size(), 1u);
  barrier.on_ack(1, 4);
  barrier.wait(6, 5, start + bound);
  CAF_CHECK(barrier.release(start + bound) == ticket_list{6});
  barrier.on_ack(1, 5);
  barrier.set_log_version(6);
  barrier.wait(7, 6, start + bound);
  CAF_CHECK(barrier.release(start + bound).empty());
}

CAF_TEST(only the peers that did not acknowledge are late) {
  auto barrier = new_barrier(2);
  barrier.set_log_version(9);
  barrier.on_ack(1, 3);
  barrier.wait(5, 3, start);
  CAF_CHECK_EQUAL(barrier.release(start + bound).size(), 1u);
  barrier.wait(6, 4, start + bound);
  CAF_CHECK(barrier.release(start + bound).empty());
  barrier.on_ack(1, 4);
  CAF_CHECK(barrier.release(start + bound) == ticket_list{6});
}

CAF_TEST(a peer is not blamed for a subscription that is older than it) {
  auto barrier = new_barrier(1);
  barrier.set_log_version(9);
  barrier.wait(5, 1, start);
  barrier.on_ack(1, 1);
  barrier.add_peer(2);
  CAF_CHECK(barrier.release(start).empty());
  CAF_CHECK(barrier.release(start + bound) == ticket_list{5});
  barrier.wait(6, 1, start + bound);
  CAF_CHECK(barrier.release(start + bound).empty());
}

CAF_TEST(a subscription that was given up never comes back) {
  auto barrier = new_barrier(1);
  barrier.wait(5, 3, start);
  barrier.wait(6, 3, start);
  barrier.cancel(5);
  barrier.cancel(77);
  CAF_CHECK(barrier.release(start + bound) == ticket_list{6});
  CAF_CHECK_EQUAL(barrier.timeouts(), 1u);
  barrier.cancel(6);
  CAF_CHECK(barrier.empty());
}

CAF_TEST(a ticket that waits again starts over) {
  auto barrier = new_barrier(1);
  barrier.wait(5, 1, start);
  barrier.wait(5, 2, start + 50ms);
  barrier.on_ack(1, 1);
  CAF_CHECK(barrier.release(start + bound).empty());
  CAF_CHECK(barrier.release(start + 50ms + bound) == ticket_list{5});
  CAF_CHECK(barrier.empty());
}

namespace {

/// The rules again, ticket by ticket and peer by peer.
struct model_barrier {
  struct peer {
    std::uint64_t acked = 0;
    bool late = false;
    ticket_list older;  // waited already when the peer came
  };
  struct held {
    std::uint64_t ticket, version;
    time_point until;
  };

  bool waits_for(const held& one, const peer& other) const {
    return !other.late && other.acked < one.version;
  }
  bool waits(const held& one) const {
    return std::any_of(peers.begin(), peers.end(),
                       [&](const auto& each) { return waits_for(one, each.second); });
  }
  void add_peer(epoch_t epoch) {
    peers[epoch] = {};
    for (const auto& one : tickets)
      peers[epoch].older.push_back(one.ticket);
  }
  void on_ack(epoch_t epoch, std::uint64_t version) {
    if (!peers.contains(epoch))
      return;
    auto& one = peers[epoch];
    one.acked = std::max(one.acked, version);
    one.late = one.late && one.acked < log_version;
  }
  ticket_list release(time_point now) {
    ticket_list timed_out;
    std::vector<epoch_t> late;
    for (const auto& one : tickets)
      if (one.until <= now && waits(one)) {
        timed_out.push_back(one.ticket);
        for (const auto& [epoch, other] : peers)
          if (waits_for(one, other)
              && std::count(other.older.begin(), other.older.end(), one.ticket) == 0)
            late.push_back(epoch);
      }
    timeouts += timed_out.size();
    for (const auto epoch : late)
      peers[epoch].late = true;
    ticket_list out;
    std::erase_if(tickets, [&](const held& one) {
      const bool free =
          !waits(one) || std::count(timed_out.begin(), timed_out.end(), one.ticket) > 0;
      if (free)
        out.push_back(one.ticket);
      return free;
    });
    return out;
  }

  std::map<epoch_t, peer> peers;
  std::vector<held> tickets;
  std::uint64_t log_version = 0;
  std::uint64_t timeouts = 0;
};

}  // namespace

CAF_TEST(the barrier agrees with the rules taken one by one) {
  CAF_CHECK(rc::check("as the model", [] {
    subscribe_barrier barrier{bound};
    model_barrier model;
    std::uint64_t next_ticket = 100;
    auto now = start;
    const auto steps = *rc::gen::inRange(0, 200);
    for (int i = 0; i < steps; ++i) {
      const auto epoch = *rc::gen::inRange<epoch_t>(1, 4);
      const auto version = *rc::gen::inRange<std::uint64_t>(0, model.log_version + 3);
      switch (*rc::gen::weightedElement<int>(
          {{1, 0}, {1, 1}, {4, 2}, {2, 3}, {6, 4}, {1, 5}, {4, 6}})) {
      case 0:
        barrier.add_peer(epoch);
        model.add_peer(epoch);
        break;
      case 1:
        barrier.remove_peer(epoch);
        model.peers.erase(epoch);
        break;
      case 2:
        barrier.on_ack(epoch, version);
        model.on_ack(epoch, version);
        break;
      case 3:
        barrier.set_log_version(++model.log_version);
        break;
      case 4:
        model.tickets.push_back({--next_ticket, version, now + bound});
        barrier.wait(next_ticket, version, now);
        break;
      case 5:
        if (!model.tickets.empty()) {
          const auto at = *rc::gen::inRange<std::size_t>(0, model.tickets.size());
          barrier.cancel(model.tickets[at].ticket);
          model.tickets.erase(model.tickets.begin() + static_cast<std::ptrdiff_t>(at));
        }
        break;
      default:
        now += *rc::gen::inRange(0, 60) * 1ms;
        RC_ASSERT(barrier.release(now) == model.release(now));
      }
      RC_ASSERT(barrier.timeouts() == model.timeouts);
      RC_ASSERT(barrier.empty() == model.tickets.empty());
    }
    RC_ASSERT(barrier.release(now + bound) == model.release(now + bound));
    RC_ASSERT(barrier.empty());
  }));
}
