#include "sim_network.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

/// Stands in a stream where the acceptor's kernel answers the dialler's.
struct established {};

}  // namespace

sim_network::sim_network(sim_clock& clock, random_source& random, const network_settings& settings,
                         std::size_t hosts)
    : clock_{clock}, random_{random}, settings_{settings}, hosts_(hosts), paths_(hosts * hosts) {}

/// Log-uniform in the fourth power: half of all are within a tenth of a decade of the minimum, one
/// in a hundred is near the maximum.
duration sim_network::delay() {
  const auto uniform = static_cast<double>(random_.next() >> 11) * 0x1p-53;
  const auto low = static_cast<double>(settings_.delay_min.count());
  const auto high = static_cast<double>(settings_.delay_max.count());
  return duration{static_cast<duration::rep>(low * std::pow(high / low, std::pow(uniform, 4)))};
}

sim_network::pipe* sim_network::find(connection_id id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second;
}

bool sim_network::held(host_id from, host_id to) const {
  const auto& p = at(from, to);
  return p.blocks > 0 || p.stalled_until > clock_.now() || !hosts_[to].powered;
}

// -- connections

connection_id sim_network::connect(host_id from, host_id to) {
  const auto id = next_connection_++;
  auto& c = connections_[id];
  c.ends[0] = {from, hosts_[from].run, true, {}};
  c.ends[1].host = to;
  clock_.after(delay(), [this, id] { arrive_syn(id); });
  return id;
}

void sim_network::arrive_syn(connection_id id) {
  auto* c = find(id);
  if (!c)
    return;
  auto& [dialler, acceptor] = c->ends;
  const auto fault = at(dialler.host, acceptor.host).fault;
  if (held(dialler.host, acceptor.host) || held(acceptor.host, dialler.host)
      || fault == dial_fault::hanging)
    return;
  if (!hosts_[acceptor.host].process || fault == dial_fault::refused) {
    clock_.after(delay(), [this, id] {
      if (auto* refused = find(id)) {
        const auto by = refused->ends[0];
        connections_.erase(id);
        tell(by, [id](sim_process& p) { p.refused(id); });
      }
    });
    return;
  }
  acceptor.run = hosts_[acceptor.host].run;
  acceptor.open = true;
  tell(acceptor, [id](sim_process& p) { p.accepted(id); });
  push(id, 1, established{});
}

void sim_network::send(connection_id id, host_id from, std::any content) {
  const auto* c = find(id);
  if (!c)
    return;
  const unsigned side = c->ends[0].host == from ? 0 : 1;
  if (c->ends[side].open)
    push(id, side, std::move(content));
}

void sim_network::close(connection_id id, host_id from) {
  auto* c = find(id);
  if (!c)
    return;
  const unsigned side = c->ends[0].host == from ? 0 : 1;
  if (std::exchange(c->ends[side].open, false))
    end_stream(id, side);
}

void sim_network::end_stream(connection_id id, unsigned side) {
  const auto* c = find(id);
  if (c->ends[1 - side].open)
    push(id, side, {});
  forget_if_closed(id);
}

void sim_network::forget_if_closed(connection_id id) {
  if (const auto* c = find(id); c && !c->ends[0].open && !c->ends[1].open)
    connections_.erase(id);
}

void sim_network::push(connection_id id, unsigned side, std::any content) {
  auto* c = find(id);
  if (!c || c->lost)
    return;
  auto& out = c->ends[side].out;
  auto ready = clock_.now() + transmission(at(c->ends[side].host, c->ends[1 - side].host), content)
               + delay();
  if (!out.empty())
    ready = std::max(ready, out.back().ready);
  out.push_back({next_sequence_++, ready, std::move(content)});
  clock_.schedule(ready, [this, id, side] { pump(id, side); });
}

/// What is sent on a path with a limit waits for what was sent there before.
duration sim_network::transmission(path& p, const std::any& content) const {
  const auto* bytes = std::any_cast<std::string>(&content);
  if (p.bytes_per_second == 0 || !bytes)
    return {};
  const auto size = static_cast<double>(bytes->size());
  const std::chrono::duration<double> takes{size / static_cast<double>(p.bytes_per_second)};
  p.busy_until = std::max(p.busy_until, clock_.now()) + std::chrono::duration_cast<duration>(takes);
  return p.busy_until - clock_.now();
}

std::size_t sim_network::backlog(connection_id id, host_id from) const {
  const auto found = connections_.find(id);
  if (found == connections_.end())
    return 0;
  const auto& ends = found->second.ends;
  std::size_t bytes = 0;
  for (const auto& each : ends[ends[0].host == from ? 0 : 1].out)
    if (const auto* text = std::any_cast<std::string>(&each.content))
      bytes += text->size();
  return bytes;
}

/// Delivers what is due in one direction. The receiving process may do anything to the connection,
/// so it is looked up again for each message.
void sim_network::pump(connection_id id, unsigned side) {
  while (auto* c = find(id)) {
    auto& from = c->ends[side];
    auto& to = c->ends[1 - side];
    if (from.out.empty() || from.out.front().ready > clock_.now())
      return;
    if (held(from.host, to.host))
      return watch(id, side);
    const auto content = std::move(from.out.front().content);
    from.out.pop_front();
    if (!to.open) {
      clock_.after(delay(), [this, id, side] { lose(id, side); });
      return;
    }
    if (from.open && held(to.host, from.host))
      watch_acknowledgement(id, side);
    const auto receiver = to;
    if (!content.has_value()) {
      to.open = false;
      forget_if_closed(id);
      tell(receiver, [id](sim_process& p) { p.closed(id); });
    } else if (std::any_cast<established>(&content)) {
      tell(receiver, [id](sim_process& p) { p.connected(id); });
    } else {
      tell(receiver, [id, content](sim_process& p) { p.received(id, content); });
    }
  }
}

void sim_network::watch(connection_id id, unsigned side) {
  auto& from = find(id)->ends[side];
  const auto sequence = from.out.front().sequence;
  if (std::exchange(from.watched, sequence) == sequence)
    return;
  clock_.after(settings_.user_timeout, [this, id, side, sequence] {
    if (auto* c = find(id)) {
      const auto& out = c->ends[side].out;
      if (!out.empty() && out.front().sequence == sequence)
        lose(id, side);
    }
  });
}

void sim_network::watch_acknowledgement(connection_id id, unsigned side) {
  if (std::exchange(find(id)->ends[side].unacknowledged, true))
    return;
  clock_.after(settings_.user_timeout, [this, id, side] {
    if (auto* c = find(id)) {
      auto& from = c->ends[side];
      from.unacknowledged = false;
      if (held(c->ends[1 - side].host, from.host))
        lose(id, side);
    }
  });
}

/// The kernel at this end gives the connection up.
void sim_network::lose(connection_id id, unsigned side) {
  auto* c = find(id);
  if (!c)
    return;
  auto& end = c->ends[side];
  end.out.clear();
  if (!std::exchange(end.open, false))
    return;
  const auto by = end;
  end_stream(id, side);
  tell(by, [id](sim_process& p) { p.closed(id); });
}

void sim_network::tell(const endpoint& who, std::function<void(sim_process&)> what) {
  auto& h = hosts_[who.host];
  if (!h.process || h.run != who.run)
    return;
  if (h.paused)
    h.inbox.push_back([process = h.process, what = std::move(what)] { what(*process); });
  else
    what(*h.process);
}

// -- hosts

void sim_network::run(host_id id, sim_process& process) {
  auto& h = hosts_[id];
  h.process = &process;
  h.powered = true;
  h.awake_since = clock_.now();
  // What the run before has left open is answered by resets at the latest when it is used.
  for (const auto& [connection, c] : connections_)
    for (const unsigned side : {0u, 1u})
      if (c.ends[1 - side].host == id && !c.ends[1 - side].open && c.ends[side].open
          && c.ends[1 - side].run != 0)
        clock_.after(random_.between(0ms, 500ms),
                     [this, lost = connection, side] { lose(lost, side); });
  for (host_id other = 0; other < hosts_.size(); ++other)
    if (other != id)
      release(other, id);
}

void sim_network::stop(host_id id) {
  auto& h = hosts_[id];
  h.process = nullptr;
  h.paused = false;
  h.inbox.clear();
  ++h.run;
}

void sim_network::kill(host_id id) {
  std::vector<std::pair<connection_id, unsigned>> ours;
  for (auto& [connection, c] : connections_)
    for (const unsigned side : {0u, 1u})
      if (auto& end = c.ends[side]; end.host == id && std::exchange(end.open, false))
        ours.emplace_back(connection, side);
  stop(id);
  for (const auto& [connection, side] : ours)
    end_stream(connection, side);
}

void sim_network::power_off(host_id id) {
  hosts_[id].powered = false;
  for (auto& [connection, c] : connections_)
    for (auto& end : c.ends)
      if (end.host == id)
        end.open = false;
  std::erase_if(connections_, [](const auto& each) {
    return !each.second.ends[0].open && !each.second.ends[1].open;
  });
  stop(id);
}

void sim_network::pause(host_id id) {
  hosts_[id].paused = true;
}

void sim_network::resume(host_id id) {
  auto& h = hosts_[id];
  h.paused = false;
  h.awake_since = clock_.now();
  const auto run = h.run;
  while (h.run == run && !h.inbox.empty()) {
    const auto next = std::move(h.inbox.front());
    h.inbox.pop_front();
    next();
  }
}

bool sim_network::running(host_id id) const {
  return hosts_[id].process != nullptr;
}

bool sim_network::paused(host_id id) const {
  return hosts_[id].paused;
}

std::optional<time_point> sim_network::awake_since(host_id id) const {
  const auto& h = hosts_[id];
  if (!h.process || h.paused)
    return std::nullopt;
  return h.awake_since;
}

// -- paths

void sim_network::block(host_id from, host_id to) {
  ++at(from, to).blocks;
}

void sim_network::unblock(host_id from, host_id to) {
  --at(from, to).blocks;
  at(from, to).whole_since = std::max(at(from, to).whole_since, clock_.now());
  release(from, to);
}

void sim_network::stall(host_id from, host_id to, duration time) {
  auto& p = at(from, to);
  p.stalled_until = std::max(p.stalled_until, clock_.now() + time);
  p.whole_since = std::max(p.whole_since, p.stalled_until);
  clock_.after(time, [this, from, to] { release(from, to); });
}

void sim_network::begin_dial_fault(host_id a, host_id b, dial_fault fault) {
  for (auto* p : {&at(a, b), &at(b, a)}) {
    ++p->dial_faults;
    p->fault = fault;
  }
}

void sim_network::end_dial_fault(host_id a, host_id b) {
  for (auto* p : {&at(a, b), &at(b, a)})
    if (--p->dial_faults == 0) {
      p->fault = dial_fault::none;
      p->whole_since = std::max(p->whole_since, clock_.now());
    }
}

void sim_network::limit(host_id from, host_id to, std::size_t bytes_per_second) {
  auto& p = at(from, to);
  p.bytes_per_second = bytes_per_second;
  p.whole_since = std::max({p.whole_since, clock_.now(), p.busy_until});
}

/// TCP's next retransmission comes some time after the fault.
void sim_network::release(host_id from, host_id to) {
  if (held(from, to))
    return;
  for (auto& [connection, c] : connections_)
    for (const unsigned side : {0u, 1u}) {
      auto& end = c.ends[side];
      if (end.host != from || c.ends[1 - side].host != to || end.out.empty())
        continue;
      const auto earliest = clock_.now() + random_.between(0ms, settings_.retransmit_max);
      for (auto& each : end.out) {
        each.ready = std::max(each.ready, earliest);
        clock_.schedule(each.ready, [this, id = connection, side] { pump(id, side); });
      }
    }
}

std::optional<time_point> sim_network::last_cut(host_id a, host_id b) const {
  return std::max(at(a, b).cut_at, at(b, a).cut_at);
}

void sim_network::cut(host_id a, host_id b) {
  at(a, b).cut_at = clock_.now();
  for (auto& [connection, c] : connections_) {
    const auto& [dialler, acceptor] = c.ends;
    const bool between =
        (dialler.host == a && acceptor.host == b) || (dialler.host == b && acceptor.host == a);
    if (!between || !acceptor.open)
      continue;
    c.lost = true;
    for (const unsigned side : {0u, 1u}) {
      c.ends[side].out.clear();
      const auto told_after = random_.chance(20) ? random_.between(0ms, 1s) : delay();
      clock_.after(told_after, [this, id = connection, side] { lose(id, side); });
    }
  }
}

std::optional<time_point> sim_network::path_whole_since(host_id a, host_id b) const {
  time_point since{};
  for (const auto* p : {&at(a, b), &at(b, a)}) {
    if (p->blocks > 0 || p->stalled_until > clock_.now() || p->dial_faults > 0
        || p->bytes_per_second > 0)
      return std::nullopt;
    since = std::max(since, p->whole_since);
  }
  return since;
}

}  // namespace grapevine::cluster::sim
