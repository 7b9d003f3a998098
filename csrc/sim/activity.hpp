// How busy the market is: volatility and an activity clock, both causal functions of the index
// path.
//
// Volatility is the square root of an exponential average of squared one-minute index returns (half
// life 30 minutes). Activity at a step is the hour's profile times (volatility / the calm one) to
// the population's volume exponent; recorded volume is not used, so that no held-out hour leaks in.
// The clock is the running integral of activity in hours: what happens once per activity hour
// happens more often in a storm. `step_at` inverts it by binary search. Built once, 12 bytes a
// step.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/clock.hpp"

namespace delever {
inline namespace v1 {

class Activity {
 public:
  Activity(const StepClock& clock, std::span<const double> index, double calm_per_sqrt_minute,
           double exponent, const std::array<double, 24>& day_profile);

  double at(std::uint32_t step) const { return activity_[step]; }
  /// The first step that begins `hours` of activity or more after `step`; no_step: after the end.
  std::uint32_t step_after(std::uint32_t step, double hours) const;
  /// Of activity, from a step to the end.
  double hours_after(std::uint32_t step) const { return total_hours_ - elapsed_hours_[step]; }

 private:
  std::vector<float> activity_;
  std::vector<double> elapsed_hours_;  // at the beginning of each step
  double total_hours_ = 0;
};

}  // namespace v1
}  // namespace delever
