#include "sim_trace.hpp"

#include <iomanip>

namespace grapevine::cluster::sim {

void sim_trace::write_time() const {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(clock_.elapsed()).count();
  *sink_ << us / 1'000'000 << '.' << std::setw(6) << std::setfill('0') << us % 1'000'000 << ' ';
}

}  // namespace grapevine::cluster::sim
