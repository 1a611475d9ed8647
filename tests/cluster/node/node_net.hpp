#pragma once

// Include after CAF_SUITE is defined.
#include "cluster/interest/interest_key.hpp"
#include "cluster/node/node_core.hpp"
#include "cluster/random.hpp"
#include "cluster/wire/frame_codec.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "caf/test/dsl.hpp"

namespace grapevine::cluster {

inline std::uint64_t key_of(const std::string& channel) {
  static const interest_key_hasher hash{"grapevine"};
  return hash("a", channel);
}

class node_net;

/// A `node_core` with an address, and everything it said that is not for the sockets.
struct test_node {
  test_node(node_net& around, node_settings s, time_point now)
      : net{around}, name{s.self.name}, address{s.self.address}, epoch{s.self.epoch},
        core{std::move(s), epoch, now} {}

  void call(const node_call&, std::string_view frames = {});
  void want(std::uint64_t ticket, const std::string& channel, bool presence = false,
            bool cache = false);
  void unwant(std::uint64_t ticket, const std::string& channel);
  void join(const std::string& channel, const std::string& user_id, std::string user_info = {});
  void part(const std::string& channel, const std::string& user_id, bool moving = false);
  void publish(const std::string& channel, const std::string& data);
  void publish(event_frame, std::uint64_t bridge = 0);
  /// All of one kind since the last time, in order.
  template <class T>
  std::vector<T> take();
  /// What the events since the last time carried, with a blank between two.
  std::string take_data();
  const member* knows(const test_node& other) const {
    return core.members().members().find(std::string_view{other.name});
  }
  bool linked_to(const test_node& other) const;

  node_net& net;
  std::string name;
  base::endpoint address;
  epoch_t epoch;
  node_core core;
  std::vector<std::string> certificate;  ///< names in it; empty: no TLS
  bool alive = true;
  bool paused = false;       ///< takes no bytes and does not tick
  bool gives_credit = true;  ///< what arrives counts as consumed at once
  std::vector<node_effect> log;
};

/// Nodes on a network of pipes, in virtual time. A connection carries bytes both ways at once;
/// nothing moves but in `settle` and `run`.
class node_net {
public:
  time_point now{std::chrono::seconds{1000}};
  /// If set, told of every effect before it is performed.
  std::function<void(const test_node& at, const node_effect&)> on_effect;
  /// If set, told what a node writes to another, whole frames where they are small.
  std::function<void(const test_node& from, const test_node& to, std::string_view)> on_write;

  /// What most tests want: one app, ready, and the first node as seed of all.
  node_settings settings(const std::string& name) {
    const auto number = static_cast<std::uint16_t>(name.back());
    node_settings s;
    s.self.name = name;
    s.self.epoch = ++epochs_ << 10;
    s.self.address = {"10.0.0." + std::to_string(number), 7946};
    s.self.flags = node_flag::ready;
    s.admission.secrets = {"a secret of the cluster"};
    s.apps = {"a"};
    if (!nodes_.empty())
      s.membership.seeds = {nodes_.front()->address};
    return s;
  }
  test_node& start(node_settings s) {
    return *nodes_.emplace_back(std::make_unique<test_node>(*this, std::move(s), now));
  }
  test_node& start(const std::string& name) {
    return start(settings(name));
  }
  /// Dead at once; its peers see their connections end.
  void kill(test_node& n) {
    n.alive = false;
    for (std::size_t i = 0; i < wires_.size(); ++i)
      if (!wires_[i].over && wires_[i].end_of(n) >= 0)
        end(i);
  }

  /// Ends the connections between two nodes; of the bytes under way each side still gets some.
  void cut(test_node& a, test_node& b, random_source* some = nullptr) {
    for (std::size_t i = 0; i < wires_.size(); ++i) {
      if (wires_[i].over || wires_[i].end_of(a) < 0 || wires_[i].end_of(b) < 0)
        continue;
      collect(i);
      for (int to = 0; to < 2 && some; ++to) {
        wires_[i].flight[to].resize(some->below(wires_[i].flight[to].size() + 1));
        deliver(i, to);
      }
      end(i);
    }
  }
  /// Nothing arrives between them any more, and no connection comes about, until `heal`.
  void hold(const test_node& a, const test_node& b) {
    held_.push_back({a.name, b.name});
  }
  /// The connections of that time are broken.
  void heal() {
    for (const auto& [a, b] : std::exchange(held_, {}))
      for (std::size_t i = 0; i < wires_.size(); ++i)
        if (!wires_[i].over && wires_[i].between(a, b))
          end(i);
  }
  /// What was held arrives now.
  void release() {
    held_.clear();
    settle();
  }

  /// Carries bytes until there are none, or `enough`.
  template <class Enough>
  void settle(Enough enough) {
    for (bool moved = true; moved && !enough();) {
      moved = false;
      for (const auto& each : std::exchange(dials_, {}))
        moved |= connect(*each.first, each.second);
      for (std::size_t i = 0; i < wires_.size() && !enough(); ++i)
        moved |= carry(i);
    }
  }
  void settle() {
    settle([] { return false; });
  }
  void run(duration time) {
    const auto until = now + time;
    while (now < until) {
      now += std::chrono::milliseconds{10};
      for (const auto& n : nodes_)
        if (n->alive && !n->paused)
          take(*n, n->core.tick(now));
      settle();
    }
  }
  /// All nodes know each other and what they want.
  void form() {
    run(std::chrono::seconds{3});
    for (const auto& n : nodes_)
      CAF_REQUIRE(!n->alive || n->core.settled());
  }

  /// Performs what is for the sockets, and keeps the rest in the node's log.
  void take(test_node& n, node_effects effects) {
    for (auto& each : effects) {
      if (on_effect)
        on_effect(n, each);
      if (auto* wish = std::get_if<dial>(&each))
        dials_.emplace_back(&n, *wish);
      else if (auto* done = std::get_if<close_link>(&each))
        mark_closing(n, done->link);
      else
        n.log.push_back(std::move(each));
    }
  }

  /// A connection from somebody who is no node. He sees what the node writes in `read`.
  link_id stranger(test_node& at, const std::string& address) {
    CAF_REQUIRE(at.core.welcomes(address, now));
    wires_.push_back({{&at, nullptr}, {++links_, 0}});
    const auto id = links_;
    take(at, at.core.on_open(id, {.dialled = false, .address = address, .nonce = fresh()}, now));
    return id;
  }
  std::string read(test_node& at, link_id link) {
    settle();
    return std::exchange(wires_[wire_of(at, link)].flight[1], {});
  }
  void send(test_node& to, link_id link, std::string_view bytes) {
    take(to, to.core.on_bytes(link, bytes, now));
    settle();
  }
  bool open(test_node& at, link_id link) {
    settle();
    return !wires_[wire_of(at, link)].over;
  }
  /// The connection two nodes have, as `a` numbers it.
  link_id link(const test_node& a, const test_node& b) {
    for (const auto& w : wires_)
      if (!w.over && w.end_of(a) >= 0 && w.end_of(b) >= 0)
        return w.ids[w.end_of(a)];
    CAF_FAIL("they have no connection");
  }
  std::size_t connections(const test_node& a, const test_node& b) {
    std::size_t count = 0;
    for (const auto& w : wires_)
      count += !w.over && w.end_of(a) >= 0 && w.end_of(b) >= 0 ? 1 : 0;
    return count;
  }
  /// Everything a node ever wrote to another.
  std::string written(const test_node& from, const test_node& to) {
    std::string all;
    for (const auto& w : wires_)
      if (w.end_of(from) >= 0 && w.end_of(to) >= 0)
        all += w.written[w.end_of(from)];
    return all;
  }
  /// Both dial each other at the same moment.
  void cross(test_node& a, test_node& b) {
    dials_.emplace_back(&a, dial{b.address, 0});
    dials_.emplace_back(&b, dial{a.address, 0});
  }

private:
  struct wire {
    test_node* ends[2];
    link_id ids[2];
    std::string flight[2];   ///< on its way to that end
    std::string written[2];  ///< by that end
    bool closing[2] = {false, false};
    bool over = false;

    int end_of(const test_node& n) const {
      return ends[0] == &n ? 0 : ends[1] == &n ? 1 : -1;
    }
    bool between(const std::string& a, const std::string& b) const {
      const auto is = [&](int x, int y) {
        return ends[x] && ends[y] && ends[x]->name == a && ends[y]->name == b;
      };
      return is(0, 1) || is(1, 0);
    }
  };

  handshake::nonce fresh() {
    handshake::nonce n{};
    n[0] = static_cast<std::uint8_t>(++nonces_);
    n[1] = static_cast<std::uint8_t>(nonces_ >> 8);
    return n;
  }
  bool held(const wire& w) const {
    for (const auto& [a, b] : held_)
      if (w.between(a, b))
        return true;
    return false;
  }
  std::size_t wire_of(const test_node& n, link_id id) const {
    for (std::size_t i = 0; i < wires_.size(); ++i)
      if (const auto at = wires_[i].end_of(n); at >= 0 && wires_[i].ids[at] == id)
        return i;
    CAF_FAIL("no such connection");
  }
  void mark_closing(test_node& n, link_id id) {
    auto& w = wires_[wire_of(n, id)];
    w.closing[w.end_of(n)] = true;
  }

  bool connect(test_node& from, const dial& wish) {
    test_node* to = nullptr;
    for (const auto& n : nodes_)
      if (n->alive && n->address == wish.address)
        to = n.get();
    wire w{{&from, to}, {0, 0}};
    if (!from.alive)
      return false;
    if (!to || held(w) || !to->core.welcomes(from.address.host, now)) {
      take(from, from.core.on_dial_failed(wish.expected, now));
      return true;
    }
    const bool tls = !from.certificate.empty();
    for (auto& id : w.ids)
      id = ++links_;
    wires_.push_back(w);
    const auto binding = tls ? "binding " + std::to_string(links_) : std::string{};
    take(from,
         from.core.on_open(
             w.ids[0], {true, wish.expected, to->address.host, binding, to->certificate, fresh()},
             now));
    take(*to,
         to->core.on_open(w.ids[1],
                          {false, 0, from.address.host, binding, from.certificate, fresh()}, now));
    return true;
  }
  /// Moves what both ends want to write into the pipe.
  bool collect(std::size_t i) {
    bool moved = false;
    for (int from = 0; from < 2; ++from) {
      auto* n = wires_[i].ends[from];
      if (!n || n->paused)
        continue;
      const auto before = wires_[i].written[from].size();
      while (true) {
        const auto slices = n->core.next_write(wires_[i].ids[from], 64u << 10, now);
        if (slices.empty())
          break;
        for (const auto& each : slices) {
          wires_[i].flight[1 - from] += each.bytes;
          wires_[i].written[from] += each.bytes;
        }
        moved = true;
      }
      if (const auto* to = wires_[i].ends[1 - from]; on_write && to)
        on_write(*n, *to, std::string_view{wires_[i].written[from]}.substr(before));
    }
    return moved;
  }
  bool deliver(std::size_t i, int to) {
    auto* n = wires_[i].ends[to];
    if (!n || n->paused || wires_[i].flight[to].empty())
      return false;
    const auto bytes = std::exchange(wires_[i].flight[to], {});
    const auto id = wires_[i].ids[to];
    take(*n, n->core.on_bytes(id, bytes, now));
    n->core.end_turn(id, n->gives_credit ? 0 : 1);
    return true;
  }
  bool carry(std::size_t i) {
    if (wires_[i].over)
      return false;
    bool moved = collect(i);
    if (held(wires_[i]))
      return false;
    moved |= deliver(i, 0);
    moved |= deliver(i, 1);
    if (wires_[i].over || collect(i) || !(wires_[i].closing[0] || wires_[i].closing[1]))
      return moved;
    end(i);
    return true;
  }
  void end(std::size_t i) {
    wires_[i].over = true;
    for (int at = 0; at < 2; ++at)
      if (auto* n = wires_[i].ends[at]; n && n->alive)
        take(*n, n->core.on_closed(wires_[i].ids[at], now));
  }

  std::vector<std::unique_ptr<test_node>> nodes_;
  std::deque<wire> wires_;
  std::vector<std::pair<test_node*, dial>> dials_;
  std::vector<std::pair<std::string, std::string>> held_;
  link_id links_ = 0;
  epoch_t epochs_ = 0;
  unsigned nonces_ = 0;
};

inline void test_node::call(const node_call& what, std::string_view frames) {
  core.on_call(what, net.now, frames);
  net.take(*this, core.flush(net.now));
}
inline void test_node::want(std::uint64_t ticket, const std::string& channel, bool presence,
                            bool cache) {
  call(calls::want{{0, channel}, key_of(channel), ticket, presence, cache});
}
inline void test_node::unwant(std::uint64_t ticket, const std::string& channel) {
  call(calls::unwant{{0, channel}, key_of(channel), ticket});
}
inline void test_node::join(const std::string& channel, const std::string& user_id,
                            std::string user_info) {
  call(calls::roster_join{{0, channel}, key_of(channel), {user_id, std::move(user_info), 1}});
}
inline void test_node::part(const std::string& channel, const std::string& user_id, bool moving) {
  call(calls::roster_leave{{0, channel}, key_of(channel), user_id, moving});
}
inline void test_node::publish(event_frame event, std::uint64_t bridge) {
  event.key = key_of(std::string{event.channel});
  const auto bytes = encoded(event);
  call(calls::forward{event.key, 0, bytes.size(), (event.flags & event_flag::cache) != 0, bridge},
       bytes);
}
inline void test_node::publish(const std::string& channel, const std::string& data) {
  publish({.channel = channel, .event = "ev", .data = data});
}

template <class T>
std::vector<T> test_node::take() {
  std::vector<T> found;
  std::erase_if(log, [&](node_effect& each) {
    if (auto* one = std::get_if<T>(&each)) {
      found.push_back(std::move(*one));
      return true;
    }
    return false;
  });
  return found;
}
inline std::string test_node::take_data() {
  std::string all;
  for (const auto& each : take<remote_event>())
    all += (all.empty() ? "" : " ") + each.data;
  return all;
}
inline bool test_node::linked_to(const test_node& other) const {
  for (const auto& each : core.peers())
    if (each.name == other.name)
      return each.linked;
  return false;
}

}  // namespace grapevine::cluster
