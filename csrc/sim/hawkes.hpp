// Hawkes processes with an exponential kernel: simulated, and estimated from times.
//
// The intensity is mu + branching * decay * sum exp(-decay * age) over past events, so `branching`
// is the mean number of children of an event: the endogenous share. `fit_hawkes` is maximum
// likelihood by expectation-maximisation with the recursion of T. Ozaki (Ann. Inst. Statist. Math.
// 31, 1979), O(events) a round; `branching_from_counts` is the mean-variance estimator 1 -
// sqrt(mean / variance) (S. Hardiman and J.-P. Bouchaud, Phys. Rev. E 90, 2014). Both read batched
// arrivals (many events at one instant) as self-excitation: `burst_times` gives the batches' own
// clock, and a fit there that is far below the naive one is that bias, not a cascade.
//
// Draws are keyed by (seed, event), so a longer horizon does not move earlier events. Worst case:
// an estimate does `rounds_max` rounds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace delever {
inline namespace v1 {

struct HawkesLaw {
  double base_per_s = 1.0;   ///< mu
  double branching = 0.0;    ///< n, below 1
  double decay_per_s = 1.0;  ///< of the kernel
};

/// Times in s, ascending, below `horizon_s`; starts from an empty past.
std::vector<double> simulate_hawkes(const HawkesLaw& law, double horizon_s, std::uint64_t seed);

/// Maximum likelihood. Needs ten events or more, ascending, in [0, horizon_s]; decay is kept within
/// what the times can tell apart (1 / horizon to 1e6 times the mean rate). Throws
/// std::invalid_argument otherwise.
HawkesLaw fit_hawkes(std::span<const double> times_s, double horizon_s,
                     std::int64_t rounds_max = 2'000);

/// 1 - sqrt(mean / variance) of counts in windows; 0 where they vary less than Poisson's.
double branching_from_counts(std::span<const double> times_s, double horizon_s, double window_s);

/// The first time of each run of events no further apart than `apart_s`.
std::vector<double> burst_times(std::span<const double> times_s, double apart_s);

}  // namespace v1
}  // namespace delever
