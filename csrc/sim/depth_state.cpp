#include "sim/depth_state.hpp"

#include <cmath>

#include "sim/clock.hpp"
#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

double depth_survival(double z) {
  // book survival against |z|, median over 21 perpetuals; between the middles of the bins
  static constexpr std::array<std::array<double, 2>, 8> table{{{0.0, 1.0},
                                                               {1.0, 1.08},
                                                               {3.0, 1.13},
                                                               {5.0, 1.23},
                                                               {7.0, 1.40},
                                                               {10.0, 1.75},
                                                               {16.0, 2.40},
                                                               {25.0, 6.10}}};
  if (z >= table.back()[0]) return 1.0 / table.back()[1];
  std::size_t upper = 1;
  while (z > table[upper][0]) ++upper;
  const auto& [z_low, low] = table[upper - 1];
  const auto& [z_high, high] = table[upper];
  return 1.0 / (low + (high - low) * (z - z_low) / (z_high - z_low));
}

double RecentReturn::observe(std::int64_t time_ns, double price) {
  constexpr auto capacity = static_cast<std::uint32_t>(std::tuple_size_v<decltype(seen_)>);
  if (count_ == capacity) {
    oldest_ = (oldest_ + 1) % capacity;
    --count_;
  }
  seen_[(oldest_ + count_) % capacity] = {time_ns, price};
  ++count_;
  while (count_ > 1 && time_ns - seen_[(oldest_ + 1) % capacity].time_ns >= minute_ns) {
    oldest_ = (oldest_ + 1) % capacity;
    --count_;
  }
  return std::fabs(price / seen_[oldest_].price - 1.0);
}

double DepthState::observe(std::int64_t time_ns, double price, double seconds) {
  const double z = recent_.observe(time_ns, price) / terms_.calm_per_sqrt_minute;
  if (!terms_.withdrawal) return factor_;
  const double target = depth_survival(z);
  factor_ = target < factor_
                ? target
                : factor_ + (target - factor_) * (1.0 - power(0.5, seconds / terms_.half_life_s));
  return factor_;
}

}  // namespace v1
}  // namespace delever
