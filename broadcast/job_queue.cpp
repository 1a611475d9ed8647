#include "broadcast/job_queue.hpp"

#include "broadcast/retry.hpp"

namespace grapevine::broadcasting {

job_queue::job_queue(const queue_settings& settings, std::uint64_t seed)
    : settings_{settings}, random_{static_cast<std::minstd_rand::result_type>(
                               seed % std::minstd_rand::modulus)} {}

void job_queue::put(job one, time_point due) {
  waiting_.emplace(place{due, count_++}, std::move(one));
}

bool job_queue::push(broadcast_item item, time_point now) {
  if (waiting_.size() + figures_.sending >= settings_.events_max)
    return false;
  put({std::move(item), 0}, now);
  return true;
}

std::optional<job> job_queue::take(time_point now) {
  if (waiting_.empty() || waiting_.begin()->first.first > now)
    return std::nullopt;
  auto one = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  ++one.attempts;
  ++figures_.sending;
  return one;
}

std::optional<time_point> job_queue::due() const {
  if (waiting_.empty())
    return std::nullopt;
  return waiting_.begin()->first.first;
}

std::optional<job> job_queue::finished(job one, const broadcast_result& result, time_point now) {
  --figures_.sending;
  if (result.ok()) {
    ++figures_.delivered;
    return std::nullopt;
  }
  const auto delay = retry_after(settings_.retry, one.attempts, result.code(), random_());
  if (!delay) {
    ++figures_.failed;
    return one;
  }
  ++figures_.retried;
  put(std::move(one), now + *delay);
  return std::nullopt;
}

void job_queue::hurry(time_point now) {
  std::map<place, job> all;
  for (auto& [at, one] : waiting_)
    all.emplace_hint(all.end(), place{std::min(at.first, now), at.second}, std::move(one));
  waiting_ = std::move(all);
}

std::vector<job> job_queue::abandon() {
  std::vector<job> all;
  for (auto& [at, one] : waiting_)
    all.push_back(std::move(one));
  figures_.failed += all.size();
  waiting_.clear();
  return all;
}

queue_figures job_queue::figures() const noexcept {
  auto result = figures_;
  result.waiting = waiting_.size();
  return result;
}

}  // namespace grapevine::broadcasting
