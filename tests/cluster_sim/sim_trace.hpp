#pragma once

#include "sim_clock.hpp"

#include <ostream>

namespace grapevine::cluster::sim {

/// Where a run writes what happens, a line per event with its virtual time in seconds. Without a
/// sink nothing is formatted.
class sim_trace {
public:
  sim_trace(const sim_clock& clock, std::ostream* sink) : clock_{clock}, sink_{sink} {}

  template <class... Parts>
  void operator()(const Parts&... parts) const {
    if (!sink_)
      return;
    write_time();
    (*sink_ << ... << parts) << '\n';
  }

private:
  void write_time() const;

  const sim_clock& clock_;
  std::ostream* sink_;
};

}  // namespace grapevine::cluster::sim
