#pragma once

#include "cluster/types.hpp"

namespace grapevine::cluster {

/// How well this node itself does, 0 being well (Lifeguard's local health multiplier, section
/// III.A). A node that was late or accused doubts its own clock before it doubts others: it waits
/// longer for answers, twice as long at most.
class health {
public:
  explicit health(unsigned max) noexcept : max_{max} {}

  unsigned score() const noexcept {
    return score_;
  }
  /// Something was wrong with us.
  void worsen(unsigned by) noexcept;
  /// A protocol period has ended; one without any `worsen` improves the score by one.
  void end_period() noexcept;
  /// value x (1 + score / 2)
  duration scaled(duration value) const noexcept {
    return value + value * static_cast<int>(score_) / 2;
  }

private:
  unsigned max_;
  unsigned score_ = 0;
  bool worse_ = false;
};

}  // namespace grapevine::cluster
