#include "sim/reduced_model.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace delever {
inline namespace v1 {

namespace {
constexpr std::int64_t steep_ns = 5 * minute_ns;

double kick_usd(const ReducedTerms& terms, const ReducedQuestion& question) {
  return question.kick_usd > 0 ? question.kick_usd : terms.impact.depth_usd_per_percent;
}

/// The five minutes in which the series lost most.
Horizon steepest(const StepClock& clock, const std::vector<double>& price_log) {
  Horizon best{0, 0};
  double most = -1e300;
  std::uint32_t first = 0;
  for (std::uint32_t last = 0; last < price_log.size(); ++last) {
    while (clock.time_ns(last) - clock.time_ns(first) > steep_ns) ++first;
    const double fall = price_log[first] - price_log[last];
    if (fall > most) {
      most = fall;
      best = {first, last};
    }
  }
  return best;
}

double fall_between(double high_log, double low_log) {
  return 1.0 - exponential(low_log - high_log);
}

/// How far a price leaves the bar recorded at that time, at most.
double excursion(const ReducedPopulation& population, const std::vector<double>& price_log) {
  if (!population.reactions) return 0;
  double most = 0;
  for (const PriceBar& bar : population.reactions->config().instruments[0].path) {
    const double low = natural_log(bar.low), high = natural_log(bar.high);
    const std::uint32_t end =
        std::min(population.clock.step_at(bar.time_ns + bar.bar_ns), population.clock.step_count());
    for (std::uint32_t step = population.clock.step_at(bar.time_ns); step < end; ++step) {
      most = std::max({most, low - price_log[step], price_log[step] - high});
    }
  }
  return most;
}

/// Extra forced dollars per kick dollar, from a branch of a run that repeats the factual one.
std::vector<double> multipliers(ReducedRun repeated, const ReducedTerms& terms,
                                const ReducedAnswer& factual, const ReducedQuestion& question) {
  std::vector<double> found;
  const double usd = kick_usd(terms, question);
  for (const std::uint32_t step : question.kick_steps) {
    repeated.run_to(step);
    ReducedRun kicked = repeated;
    kicked.kick(usd);
    const std::uint32_t end = std::min<std::uint32_t>(
        step + question.kick_horizon_steps, static_cast<std::uint32_t>(factual.long_usd.size()));
    kicked.run_to(end);
    double base = repeated.forced_usd();
    for (std::uint32_t i = step; i < end; ++i) base += factual.long_usd[i] - factual.short_usd[i];
    found.push_back((kicked.forced_usd() - base) / usd);
  }
  return found;
}
}  // namespace

FallShare largest_fall(const std::vector<double>& price_log, const Horizon& horizon) {
  FallShare result;
  std::uint32_t high = horizon.first;
  double most = -1;
  for (std::uint32_t step = horizon.first; step <= horizon.last; ++step) {
    if (price_log[step] > price_log[high]) high = step;
    const double fall = price_log[high] - price_log[step];
    if (fall <= most) continue;
    most = fall;
    result.high_step = high;
    result.low_step = step;
  }
  result.with = fall_between(price_log[result.high_step], price_log[result.low_step]);
  return result;
}

ReducedAnswer answer(const ReducedPopulation& population, const ReducedTerms& terms,
                     ReducedRun factual, const ReducedQuestion& question) {
  ReducedAnswer result;
  const double usd = kick_usd(terms, question);
  for (const std::uint32_t step : question.kick_steps) {
    factual.run_to(step);
    const double percent = usd / (terms.impact.depth_usd_per_percent * factual.depth_factor());
    const double fraction = std::min(0.01 * percent, 0.5);
    result.first_generation.push_back(factual.liquidatable_usd(fraction) / usd);
  }
  factual.run_to(population.clock.step_count());
  result.factual_log = factual.price_log();
  result.long_usd = factual.long_usd();
  result.short_usd = factual.short_usd();
  result.innovations = factual.innovations();
  result.path_error = factual.path_error();
  result.clipped_share = factual.clipped_share();
  result.excursion_log = excursion(population, result.factual_log);
  const auto total = [](const auto& usd) { return std::accumulate(usd.begin(), usd.end(), 0.0); };
  result.liquidated_long_usd = total(result.long_usd);
  result.liquidated_short_usd = total(result.short_usd);

  ReducedTerms without = terms;
  without.liquidations = Liquidations::Off;
  ReducedRun counterfactual(population, without, result.innovations);
  counterfactual.run_to(population.clock.step_count());
  result.counterfactual_log = counterfactual.price_log();
  for (Horizon horizon : question.horizons) {
    if (horizon.first == horizon.last) horizon = steepest(population.clock, result.factual_log);
    FallShare fall = largest_fall(result.factual_log, horizon);
    fall.without = fall_between(result.counterfactual_log[fall.high_step],
                                result.counterfactual_log[fall.low_step]);
    fall.without_own = largest_fall(result.counterfactual_log, horizon).with;
    result.falls.push_back(fall);
  }
  if (question.branches) {
    result.multiplier =
        multipliers(ReducedRun(population, terms, result.innovations), terms, result, question);
  }
  return result;
}

std::vector<NextLevel> next_levels(const ReducedRun& run, const std::vector<double>& prices) {
  std::vector<NextLevel> levels;
  ReducedRun falling = run;
  const double before = falling.liquidated_long_usd();
  double pushed = 0;
  for (const double price : prices) {
    pushed += falling.push_to(natural_log(price));
    ReducedRun left_alone = falling;
    left_alone.run_out();
    levels.push_back({price, left_alone.liquidated_long_usd() - before, pushed,
                      exponential(left_alone.log_price())});
  }
  return levels;
}

}  // namespace v1
}  // namespace delever
