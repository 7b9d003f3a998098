// The floating side of randomness, and the few functions the agents compute with.
//
// log, exp and the normal quantile are our own, so that a run's digest does not depend on the
// machine's mathematical library; everything else follows from them and from IEEE arithmetic
// (contraction is off in the build). Accuracy: log and exp within 2 ulp over the range agents use
// (normal doubles, |x| < 700), the normal quantile within 2e-9 relative. Each distribution is an
// inverse transform of one uniform, so a draw is monotone in its bits: a common random number moves
// smoothly with a parameter.
#pragma once

#include <cmath>
#include <cstdint>

#include "units/random.hpp"

namespace delever {
inline namespace v1 {

/// x > 0 and normal.
double natural_log(double x);
/// |x| < 700.
double exponential(double x);
/// base > 0.
inline double power(double base, double exponent) {
  return exponential(exponent * natural_log(base));
}
/// 0 < probability < 1.
double normal_quantile(double probability);
/// P(Z <= x), within 1e-14.
double normal_cdf(double x);

/// What a draw is for; the streams of two purposes are unrelated.
enum class Purpose : std::uint32_t {
  PathNoise = 1,
  TakerCount,
  TakerSide,
  TakerSize,
  TakerAccount,
  Instrument,
  Size,
  Leverage,
  Horizon,
  Occupied,
  Age,
  EntryPrice,
  Direction,
  Stay,
  Gap,
  Reentry,
  ReentryDelay,
  Looks,
  LookedAt,
  GivesUp,
  DriverNoise,
  StopSize,
  StopDistance,
  StopSide,
  OptionLook,
  HistoryLook,
  HistoryGivesUp,
};

/// Open unit interval, 53 bits.
inline double unit_interval(std::uint64_t bits) {
  return (static_cast<double>(bits >> 11) + 0.5) * 0x1.0p-53;
}
inline double exponential_quantile(double unit, double mean) { return -mean * natural_log(unit); }
inline double lognormal_quantile(double unit, double median, double sigma) {
  return median * exponential(sigma * normal_quantile(unit));
}
/// Pareto with exponent alpha > 0 between low and high.
double pareto_quantile(double unit, double alpha, double low, double high);
/// Its mean.
double pareto_mean(double alpha, double low, double high);
/// mean >= 0; by inversion up to 40, rounded normal beyond.
std::uint32_t poisson_quantile(double unit, double mean);

/// The draws of one purpose, as uniforms.
class Draws {
 public:
  Draws() = default;
  Draws(std::uint64_t seed, Purpose purpose) : stream_(seed, static_cast<std::uint32_t>(purpose)) {}
  double unit(std::uint32_t agent, std::uint32_t tick) const {
    return unit_interval(stream_.bits(agent, tick));
  }
  double normal(std::uint32_t agent, std::uint32_t tick) const {
    return normal_quantile(unit(agent, tick));
  }

 private:
  RandomStream stream_;
};

}  // namespace v1
}  // namespace delever
