#include "cluster/interest/subscribe_barrier.hpp"

#include <algorithm>
#include <limits>

namespace grapevine::cluster {

subscribe_barrier::subscribe_barrier(duration bound) noexcept : bound_{bound} {}

void subscribe_barrier::add_peer(epoch_t epoch) {
  peers_[epoch] = {.since = next_serial_};
}

void subscribe_barrier::remove_peer(epoch_t epoch) {
  peers_.erase(epoch);
}

void subscribe_barrier::on_ack(epoch_t epoch, std::uint64_t version) {
  const auto found = peers_.find(epoch);
  if (found == peers_.end())
    return;
  auto& one = found->second;
  one.acked = std::max(one.acked, version);
  if (one.acked >= log_version_)
    one.late = false;
}

void subscribe_barrier::set_log_version(std::uint64_t version) noexcept {
  log_version_ = version;
}

void subscribe_barrier::wait(std::uint64_t ticket, std::uint64_t version, time_point now) {
  cancel(ticket);
  const auto serial = next_serial_++;
  waiting_.emplace(serial, held{ticket, version, now + bound_});
  by_version_.emplace(version, serial);
  serials_.emplace(ticket, serial);
}

void subscribe_barrier::cancel(std::uint64_t ticket) {
  if (const auto found = serials_.find(ticket); found != serials_.end())
    release_one(found->second);
}

std::vector<std::uint64_t> subscribe_barrier::release(time_point now) {
  std::vector<std::uint64_t> serials;
  // Against what was acknowledged before anybody is found late: each of these waited in vain.
  const auto acked = acked_by_all();
  for (auto it = waiting_.begin(); it != waiting_.end() && it->second.until <= now; ++it)
    if (it->second.version > acked) {
      serials.push_back(it->first);
      ++timeouts_;
      mark_late(it->first, it->second.version);
    }
  // Lateness only ever lets more through, so none of the above is met again here but once.
  const auto enough = acked_by_all();
  for (auto it = by_version_.begin(); it != by_version_.end() && it->first <= enough; ++it)
    serials.push_back(it->second);
  std::sort(serials.begin(), serials.end());
  serials.erase(std::unique(serials.begin(), serials.end()), serials.end());
  std::vector<std::uint64_t> tickets;
  tickets.reserve(serials.size());
  for (const auto serial : serials) {
    tickets.push_back(waiting_.find(serial)->second.ticket);
    release_one(serial);
  }
  return tickets;
}

std::uint64_t subscribe_barrier::acked_by_all() const noexcept {
  auto least = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [epoch, one] : peers_)
    if (!one.late)
      least = std::min(least, one.acked);
  return least;
}

void subscribe_barrier::mark_late(std::uint64_t serial, std::uint64_t version) noexcept {
  for (auto& [epoch, one] : peers_)
    if (one.since <= serial && one.acked < version)
      one.late = true;
}

void subscribe_barrier::release_one(std::uint64_t serial) {
  const auto found = waiting_.find(serial);
  by_version_.erase({found->second.version, serial});
  serials_.erase(found->second.ticket);
  waiting_.erase(found);
}

}  // namespace grapevine::cluster
