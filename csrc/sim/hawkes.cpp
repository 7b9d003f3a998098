#include "sim/hawkes.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

namespace {
// Streams of this process alone: far from the numbers of the agents' purposes.
constexpr auto base_arrival = static_cast<Purpose>(0x4001);
constexpr auto excited_arrival = static_cast<Purpose>(0x4002);
}  // namespace

std::vector<double> simulate_hawkes(const HawkesLaw& law, double horizon_s, std::uint64_t seed) {
  const bool sound = law.base_per_s > 0 && law.branching >= 0 && law.branching < 1 &&
                     law.decay_per_s > 0 && horizon_s > 0;
  if (!sound) {
    throw std::invalid_argument(
        "simulate_hawkes: base, decay and horizon must be above 0 and branching in [0, 1)");
  }
  // The excitation decays to zero by itself, so the next event is the earlier of a Poisson one and
  // one of the excitation's, drawn by inversion (A. Dassios and H. Zhao, ECP 18, 2013).
  const Draws base(seed, base_arrival), excited(seed, excited_arrival);
  std::vector<double> times;
  double now = 0, excitation = 0;
  while (true) {
    const auto event = static_cast<std::uint32_t>(times.size());
    double wait = exponential_quantile(base.unit(0, event), 1.0 / law.base_per_s);
    if (excitation > 0) {
      const double share = 1.0 + law.decay_per_s * natural_log(excited.unit(0, event)) / excitation;
      if (share > 0) wait = std::min(wait, -natural_log(share) / law.decay_per_s);
    }
    now += wait;
    if (now >= horizon_s) return times;
    excitation = excitation * exponential(-std::min(law.decay_per_s * wait, 600.0)) +
                 law.branching * law.decay_per_s;
    times.push_back(now);
  }
}

namespace {

/// One round of expectation-maximisation: who was whose child, in the mean.
struct Expected {
  double immigrants = 0;
  double children = 0;
  double ages = 0;   ///< of the children, summed
  double reach = 0;  ///< kernel mass of all events inside the horizon
};

Expected expect(std::span<const double> times, double horizon_s, const HawkesLaw& law) {
  Expected sums;
  double kernel = 0, aged = 0;  // sums over past events of exp(-b a) and a exp(-b a)
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (i > 0) {
      const double gap = times[i] - times[i - 1];
      const double left = exponential(-std::min(law.decay_per_s * gap, 600.0));
      aged = left * (aged + gap * (kernel + 1.0));
      kernel = left * (kernel + 1.0);
    }
    const double weight = law.branching * law.decay_per_s;
    const double intensity = law.base_per_s + weight * kernel;
    sums.immigrants += law.base_per_s / intensity;
    sums.children += weight * kernel / intensity;
    sums.ages += weight * aged / intensity;
    sums.reach += 1.0 - exponential(-std::min(law.decay_per_s * (horizon_s - times[i]), 600.0));
  }
  return sums;
}

void check_times(std::span<const double> times, double horizon_s) {
  const bool inside = times.size() >= 10 && times.front() >= 0 && times.back() <= horizon_s;
  if (!inside || !std::is_sorted(times.begin(), times.end()) || !(horizon_s > 0)) {
    throw std::invalid_argument("fit_hawkes: " + std::to_string(times.size()) +
                                " times; give ten or more, ascending, within the horizon");
  }
}

}  // namespace

HawkesLaw fit_hawkes(std::span<const double> times_s, double horizon_s, std::int64_t rounds_max) {
  check_times(times_s, horizon_s);
  const double rate = static_cast<double>(times_s.size()) / horizon_s;
  const double slowest = 1.0 / horizon_s, fastest = 1e6 * rate;
  HawkesLaw law{0.5 * rate, 0.5, rate};
  for (std::int64_t round = 0; round < rounds_max; ++round) {
    const Expected sums = expect(times_s, horizon_s, law);
    HawkesLaw next;
    next.base_per_s = sums.immigrants / horizon_s;
    next.branching = sums.reach > 0 ? sums.children / sums.reach : 0.0;
    const double decay = sums.ages > 0 ? sums.children / sums.ages : fastest;
    next.decay_per_s = std::clamp(decay, slowest, fastest);
    const double moved = std::abs(next.branching - law.branching) +
                         std::abs(next.decay_per_s - law.decay_per_s) / law.decay_per_s;
    law = next;
    if (moved < 1e-7) break;
  }
  return law;
}

double branching_from_counts(std::span<const double> times_s, double horizon_s, double window_s) {
  if (!(window_s > 0) || !(horizon_s >= 10 * window_s)) {
    throw std::invalid_argument("branching_from_counts: give a window of at most horizon / 10");
  }
  const auto windows = static_cast<std::size_t>(horizon_s / window_s);
  std::vector<double> counts(windows, 0.0);
  for (const double time : times_s) {
    const auto window = static_cast<std::size_t>(time / window_s);
    if (window < windows) counts[window] += 1.0;
  }
  double mean = 0, square = 0;
  for (const double count : counts) mean += count;
  mean /= static_cast<double>(windows);
  for (const double count : counts) square += (count - mean) * (count - mean);
  const double variance = square / static_cast<double>(windows - 1);
  return variance > mean ? 1.0 - std::sqrt(mean / variance) : 0.0;
}

std::vector<double> burst_times(std::span<const double> times_s, double apart_s) {
  std::vector<double> bursts;
  for (std::size_t i = 0; i < times_s.size(); ++i) {
    if (i == 0 || times_s[i] - times_s[i - 1] > apart_s) bursts.push_back(times_s[i]);
  }
  return bursts;
}

}  // namespace v1
}  // namespace delever
