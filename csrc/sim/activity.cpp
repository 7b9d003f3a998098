#include "sim/activity.hpp"

#include <algorithm>
#include <cmath>

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

namespace {
constexpr double volatility_half_life_minutes = 30.0;

/// Variance per minute, an exponential average that looks back only.
std::vector<double> trailing_variance(const StepClock& clock, std::span<const double> index) {
  std::vector<double> variance(clock.step_count());
  double sum = 0, weight = 0;
  std::uint32_t minute_step = 0;
  for (std::uint32_t step = 0; step < clock.step_count(); ++step) {
    const double minutes =
        static_cast<double>(clock.time_ns(step) - clock.time_ns(minute_step)) / minute_ns;
    if (minutes >= 1.0) {
      const double move = natural_log(index[step] / index[minute_step]);
      const double keep = power(0.5, minutes / volatility_half_life_minutes);
      sum = keep * sum + (1.0 - keep) * move * move / minutes;
      weight = keep * weight + (1.0 - keep);
      minute_step = step;
    }
    variance[step] = weight > 0 ? sum / weight : 0.0;
  }
  return variance;
}
}  // namespace

Activity::Activity(const StepClock& clock, std::span<const double> index,
                   double calm_per_sqrt_minute, double exponent,
                   const std::array<double, 24>& day_profile) {
  const std::vector<double> variance = trailing_variance(clock, index);
  double elapsed = 0;
  for (std::uint32_t step = 0; step < clock.step_count(); ++step) {
    const auto hour = static_cast<std::size_t>(clock.time_ns(step) / hour_ns % 24);
    const double relative = std::max(std::sqrt(variance[step]) / calm_per_sqrt_minute, 0.1);
    activity_.push_back(static_cast<float>(day_profile[hour] * power(relative, exponent)));
    elapsed_hours_.push_back(elapsed);
    elapsed += activity_.back() * clock.duration_seconds(step) / 3600.0;
  }
  total_hours_ = elapsed;
}

std::uint32_t Activity::step_after(std::uint32_t step, double hours) const {
  const double target = elapsed_hours_[step] + hours;
  const auto from = elapsed_hours_.begin() + step;
  const auto found = std::lower_bound(from, elapsed_hours_.end(), target);
  if (found == elapsed_hours_.end()) return no_step;
  const auto result = static_cast<std::uint32_t>(found - elapsed_hours_.begin());
  return std::max(result, step + 1) < elapsed_hours_.size() ? std::max(result, step + 1) : no_step;
}

}  // namespace v1
}  // namespace delever
