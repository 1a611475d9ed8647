#include "figures.hpp"

#include <algorithm>
#include <iomanip>

namespace grapevine::cluster::sim {

void figures::add(const std::string& what, duration time) {
  times_[what].push_back(time);
}

void figures::add(const figures& others) {
  for (const auto& [what, times] : others.times_) {
    auto& all = times_[what];
    all.insert(all.end(), times.begin(), times.end());
  }
}

std::size_t figures::count(const std::string& what) const {
  const auto found = times_.find(what);
  return found == times_.end() ? 0 : found->second.size();
}

duration figures::percentile(const std::string& what, double share) const {
  const auto found = times_.find(what);
  if (found == times_.end())
    return {};
  auto times = found->second;
  const auto last = static_cast<double>(times.size() - 1);
  const auto place = static_cast<std::ptrdiff_t>(last * share + 0.5);
  std::ranges::nth_element(times, times.begin() + place);
  return times[static_cast<std::size_t>(place)];
}

void figures::print(std::ostream& out) const {
  if (times_.empty())
    return;
  const auto ms = [](duration time) {
    return std::chrono::duration<double, std::milli>{time}.count();
  };
  out << std::left << std::setw(52) << "milliseconds" << std::right << std::setw(9) << "times"
      << std::setw(11) << "p50" << std::setw(11) << "p99" << std::setw(11) << "max" << '\n';
  out << std::fixed << std::setprecision(2);
  for (const auto& [what, times] : times_)
    out << std::left << std::setw(52) << what << std::right << std::setw(9) << times.size()
        << std::setw(11) << ms(percentile(what, 0.5)) << std::setw(11) << ms(percentile(what, 0.99))
        << std::setw(11) << ms(percentile(what, 1)) << '\n';
}

}  // namespace grapevine::cluster::sim
