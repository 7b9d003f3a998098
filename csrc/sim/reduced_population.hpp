// The leveraged population of the reduced model: what everybody intends, drawn once per seed.
//
// An intent is a position somebody means to hold: from which interval to which, which side, how
// many dollars. Intents are drawn from the same priors, with the same keys, as the traders of the
// full market (sim/population.hpp): the activity clock is that of the recorded path, so intents are
// exogenous and stay what they are in every counterfactual. What a run recomputes are the
// reactions: liquidations, early exits of losers, and the positions of those who come back.
// `Reactions` answers what these draw. A population without reactions is any list of positions: the
// worlds of known answers are such.
//
// One draw serves every size of the population: a run lets the traders of low rank take part, so
// that more dollars are more positions, not larger ones, and a trader stays who he is.
//
// Optional, for worlds whose mechanism a solver does not have: clustered entries (round leverages,
// entry times and past entry prices, the herd on one side).
//
// Invariants: intents are sorted by entry; those of one trader do not overlap, and only the first
// one of a trader may begin before the start (entry_step 0 with an entry price). Immutable, so runs
// on many threads share one. 32 bytes an intent, 20 a trader; drawing costs about 1 us a trader.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "sim/activity.hpp"
#include "sim/clock.hpp"
#include "sim/config.hpp"
#include "sim/priors.hpp"

namespace delever {
inline namespace v1 {

struct ReducedTrader {
  float size_usd = 0;
  float leverage = 1;               ///< 0: entry_log of its intent is the threshold
  float maintenance = 0;            ///< margin rate of its tier
  float maintenance_deduction = 0;  ///< of its tier, as a part of the size
  float rank = 0;                   ///< uniform: takes part where the share of traders is larger
};

struct ReducedIntent {
  double entry_log = 0;  ///< of a position held at the start; otherwise the market's price decides
  std::uint32_t trader = 0;
  std::uint32_t entry_step = 0;
  std::uint32_t exit_step = no_step;  ///< no_step: after the end
  bool is_long = true;
  bool held = false;  ///< at the start
};

/// What those who are liquidated, or lose, do next.
class ReducedReactions {
 public:
  ReducedReactions(const SimulationConfig& config, const StepClock& clock,
                   std::span<const double> path);

  const Priors& priors() const { return priors_; }
  const Activity& activity() const { return activity_; }
  const SimulationConfig& config() const { return config_; }
  double momentum(std::uint32_t step) const { return momentum_.empty() ? 0 : momentum_[step]; }
  /// Somebody liquidated in `step` during its `episode` comes back in this one; no_step: never.
  std::uint32_t return_step(std::uint32_t trader, std::uint32_t episode, std::uint32_t step) const;
  /// What it holds then, and until when.
  ReducedIntent returning(std::uint32_t trader, std::uint32_t episode, std::uint32_t step) const;

 private:
  void observe_momentum(std::span<const double> path);

  const SimulationConfig config_;
  const StepClock clock_;
  Priors priors_;
  Activity activity_;
  std::vector<float> momentum_;
};

struct ReducedPopulation {
  StepClock clock;
  double first_log_price = 0;
  std::vector<ReducedTrader> traders;
  std::vector<ReducedIntent> intents;
  std::vector<std::uint32_t> first_intent;  ///< of each step, and the end
  std::shared_ptr<const ReducedReactions> reactions;
};

/// The population of a scenario's first instrument; `path` is the recorded price at each step.
/// `cluster_share` of the traders enter in a herd.
ReducedPopulation draw_population(const SimulationConfig& config, const StepClock& clock,
                                  std::span<const double> path, double cluster_share);

/// Positions held from the start to the end, liquidated at a price each; no reactions.
ReducedPopulation fixed_positions(const StepClock& clock, double first_log_price,
                                  std::span<const double> threshold_log,
                                  std::span<const double> size_usd);

/// The log price at which a position entered at `entry_log` is liquidated, its margin isolated as
/// in the full market: what else its owner deposited stays in the wallet. -infinity or infinity:
/// never.
double liquidation_log(const ReducedTrader& trader, bool is_long, double entry_log,
                       double leverage_max);

}  // namespace v1
}  // namespace delever
