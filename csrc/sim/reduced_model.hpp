// What is asked of the reduced model: one parameter point in, falls and shares out.
//
// The factual run is solved on the recorded points, or driven by given innovations; the
// counterfactual repeats its innovations with liquidations off. Per horizon: the fall from its high
// to the low after it, the same without liquidations at the same two times and between own
// extremes, and the endogenous share E = 1 - fall without / fall with; the smaller E decides. Per
// kick time: the first generation R (dollars that a sale of D dollars triggers before their own
// impact, over D) and, where asked for, the multiplier M (extra forced dollars over D until the
// kick's horizon ends, from a branch with the same innovations). n = M / (1 + M) equals R where R <
// 1 and impact is linear, but can never reach 1; R can.
//
// `NextLevels` answers how far a fall would go on by itself. Cost of a point: two runs, and with
// branches one more and six short ones.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/reduced_market.hpp"

namespace delever {
inline namespace v1 {

/// Intervals first..last, both included. first == last: the five minutes of the steepest fall.
struct Horizon {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

struct ReducedQuestion {
  std::vector<Horizon> horizons;
  std::vector<std::uint32_t> kick_steps;   ///< ascending
  std::uint32_t kick_horizon_steps = 360;  ///< of a branch
  double kick_usd = 0;                     ///< 0: the depth, 1 % of the calm price
  bool branches = false;                   ///< whether multipliers are measured
};

/// A horizon's fall, as a fraction of its high.
struct FallShare {
  std::uint32_t high_step = 0, low_step = 0;
  double with = 0;         ///< factual
  double without = 0;      ///< counterfactual, at the factual high's and low's times
  double without_own = 0;  ///< counterfactual, its largest fall in the horizon
  double at_low() const { return 1.0 - without / with; }
  double own() const { return 1.0 - without_own / with; }
  double share() const { return at_low() < own() ? at_low() : own(); }
};

struct ReducedAnswer {
  std::vector<FallShare> falls;          ///< per horizon
  std::vector<double> first_generation;  ///< R, per kick
  std::vector<double> multiplier;        ///< M, per kick; empty without branches
  double liquidated_long_usd = 0, liquidated_short_usd = 0;
  double path_error = 0, clipped_share = 0;
  double excursion_log = 0;  ///< the furthest the factual price got out of a recorded bar
  std::vector<double> factual_log, counterfactual_log, innovations;  ///< per interval
  std::vector<double> long_usd, short_usd;
};

/// The largest fall of a series in a horizon.
FallShare largest_fall(const std::vector<double>& price_log, const Horizon& horizon);

/// Runs `factual` (at its first interval) to the end and everything that is compared with it.
ReducedAnswer answer(const ReducedPopulation& population, const ReducedTerms& terms,
                     ReducedRun factual, const ReducedQuestion& question);

/// One step of the ladder below the end of a run.
struct NextLevel {
  double price = 0;           ///< the fall is pushed to here
  double liquidated_usd = 0;  ///< longs, on the way and after it
  double pushed_log = 0;      ///< what exogenous selling had to contribute
  double stop_price = 0;      ///< where it ends without any more of it
};

/// From where `run` stands: pushes fair value down until the price reaches each level, then lets
/// liquidations run out. At once: no time passes, nobody enters, depth stays as it is.
std::vector<NextLevel> next_levels(const ReducedRun& run, const std::vector<double>& prices);

}  // namespace v1
}  // namespace delever
