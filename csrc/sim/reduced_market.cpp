#include "sim/reduced_market.hpp"

#include <bit>
#include <cmath>
#include <utility>

#include "units/digest.hpp"

namespace delever {
inline namespace v1 {

namespace {
/// No run gets further from its first price than this, in logs.
constexpr double reach_log = 1.5;
}  // namespace

ReducedRun::ReducedRun(const ReducedPopulation& population, const ReducedTerms& terms,
                       Driver driver)
    : ReducedRun(population, terms, std::optional<Driver>(std::move(driver)), {}) {}

ReducedRun::ReducedRun(const ReducedPopulation& population, const ReducedTerms& terms,
                       std::vector<double> innovations)
    : ReducedRun(population, terms, std::nullopt, std::move(innovations)) {}

ReducedRun::ReducedRun(const ReducedPopulation& population, const ReducedTerms& terms,
                       std::optional<Driver> driver, std::vector<double> innovations)
    : population_(&population),
      terms_(terms),
      formation_(terms.impact, terms.depth, population.first_log_price),
      driver_(std::move(driver)),
      innovations_(std::move(innovations)),
      ladder_(static_cast<std::uint32_t>(population.traders.size()),
              population.first_log_price - reach_log, population.first_log_price + reach_log),
      agenda_(population.clock.step_count(), static_cast<std::uint32_t>(population.traders.size())),
      holdings_(population.traders.size()) {
  const std::uint32_t steps = population.clock.step_count();
  if (!driver_) innovations_.resize(steps, 0.0);
  for (auto* series : {&price_log_, &low_log_, &usd_[0], &usd_[1]}) series->reserve(steps);
}

const std::vector<double>& ReducedRun::innovations() const {
  return driver_ ? driver_->saved()[0] : innovations_;
}

void ReducedRun::run_to(std::uint32_t step) {
  while (step_ < step && !finished()) run_step();
}

void ReducedRun::run_step() {
  const StepClock& clock = population_->clock;
  const double seconds = step_ == 0 ? 0.0 : clock.duration_seconds(step_ - 1);
  formation_.pass(seconds);
  if (terms_.concave_scale > 0) {
    accumulated_flow_ *= power(0.5, seconds / terms_.concave_half_life_s);
  }
  formation_.innovate(innovation());
  formation_.observe(clock.time_ns(step_), seconds);
  lowest_log_ = formation_.log_price();
  for (auto& series : usd_) series.push_back(0.0);
  act();
  liquidate(terms_.rounds);
  price_log_.push_back(formation_.log_price());
  low_log_.push_back(lowest_log_);
  ++step_;
}

double ReducedRun::innovation() {
  return driver_ ? driver_->innovation(0, step_, formation_, 0.0) : innovations_[step_];
}

double ReducedRun::concave(double x) const {
  const double scale = terms_.concave_scale, exponent = terms_.concave_exponent;
  return std::copysign(scale * (power(1.0 + std::fabs(x) / scale, exponent) - 1.0) / exponent, x);
}

void ReducedRun::move_price(double usd) {
  if (terms_.concave_scale > 0) {
    const double per_log = 100.0 * formation_.depth_usd_per_percent();
    const double before = concave(accumulated_flow_);
    accumulated_flow_ += usd / per_log;
    usd = (concave(accumulated_flow_) - before) * per_log;
  }
  formation_.add_flow(usd);
  lowest_log_ = std::min(lowest_log_, formation_.log_price());
}

void ReducedRun::kick(double usd) { move_price(-usd); }

void ReducedRun::act() {
  agenda_.take(step_, due_);
  for (const std::uint32_t trader : due_) {
    if (holdings_[trader].is_held) {
      leave(trader);
    } else {
      come_back(trader);
    }
  }
  const std::uint32_t end = population_->first_intent[step_ + 1];
  for (std::uint32_t i = population_->first_intent[step_]; i < end; ++i) {
    enter(population_->intents[i]);
  }
  if (population_->reactions) let_losers_go();
  if (terms_.population_flow && flow_usd_ != 0) move_price(flow_usd_);
  flow_usd_ = 0;
}

void ReducedRun::enter(const ReducedIntent& intent) {
  Holding& holding = holdings_[intent.trader];
  if (holding.is_held || holding.has_left) return;  // back early, or gone for good
  if (!takes_part(intent.trader)) return;
  const double entry = intent.held ? intent.entry_log : formation_.log_price();
  ++holding.episode;
  holding.is_held = true;
  holding.is_long = intent.is_long;
  holding.entry_log = entry;
  ladder_.add(intent.trader, intent.is_long,
              liquidation_log(population_->traders[intent.trader], intent.is_long, entry,
                              terms_.leverage_max));
  agenda_.schedule(intent.trader, intent.exit_step);
  if (!intent.held)
    flow_usd_ += intent.is_long ? size_usd(intent.trader) : -size_usd(intent.trader);
}

void ReducedRun::leave(std::uint32_t trader) {
  Holding& holding = holdings_[trader];
  ladder_.remove(trader);
  flow_usd_ += holding.is_long ? -size_usd(trader) : size_usd(trader);
  holding.is_held = false;
}

void ReducedRun::come_back(std::uint32_t trader) {
  enter(population_->reactions->returning(trader, holdings_[trader].episode, step_));
}

void ReducedRun::let_losers_go() {
  const Priors& priors = population_->reactions->priors();
  const double hours = population_->clock.duration_seconds(step_) / 3600.0;
  const auto count = static_cast<double>(holdings_.size());
  const std::uint32_t looks = priors.looks(step_, count * hours);
  for (std::uint32_t rank = 0; rank < looks; ++rank) {
    const auto trader = static_cast<std::uint32_t>(priors.looked_at(step_, rank) * count);
    const Holding& holding = holdings_[trader];
    if (!holding.is_held) continue;
    const double change = exponential(formation_.log_price() - holding.entry_log) - 1.0;
    const double loss =
        (holding.is_long ? -change : change) *
        std::min<double>(population_->traders[trader].leverage, terms_.leverage_max);
    if (loss <= 0 || !priors.gives_up(step_, rank, loss)) continue;
    agenda_.remove(trader);
    leave(trader);
  }
}

void ReducedRun::liquidate(std::uint32_t rounds) {
  if (terms_.liquidations == Liquidations::Off) return;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    flow_usd_ = 0;
    bool any = false;
    ladder_.take_crossed(formation_.log_price(), [&](std::uint32_t trader) {
      any = true;
      liquidate_trader(trader);
    });
    if (!any) break;
    if (terms_.liquidations == Liquidations::On) move_price(flow_usd_);
  }
  flow_usd_ = 0;
}

void ReducedRun::liquidate_trader(std::uint32_t trader) {
  Holding& holding = holdings_[trader];
  const double usd = size_usd(trader);
  const double sign = holding.is_long ? 1.0 : -1.0;
  flow_usd_ -= sign * usd;
  forced_usd_ += sign * usd;
  if (holding.is_long) liquidated_long_usd_ += usd;
  if (!usd_[0].empty()) usd_[holding.is_long ? 0 : 1].back() += usd;
  holding.is_held = false;
  agenda_.remove(trader);
  const ReducedReactions* reactions = population_->reactions.get();
  const std::uint32_t back =
      reactions && !finished() ? reactions->return_step(trader, holding.episode, step_) : no_step;
  holding.has_left = back == no_step;
  agenda_.schedule(trader, back);
}

double ReducedRun::liquidatable_usd(double fraction) const {
  const double now = formation_.log_price();
  double total = 0;
  ladder_.visit_between(true, now + natural_log(1.0 - fraction), now,
                        [&](std::uint32_t trader, double) { total += size_usd(trader); });
  return total;
}

double ReducedRun::push_to(double target_log) {
  constexpr double nudge_log = 1e-4;
  double pushed = 0;
  while (log_price() > target_log) {
    const double change = std::min(nudge_log, log_price() - target_log + 1e-12);
    formation_.innovate(-change);
    pushed += change;
    liquidate(1);
  }
  return pushed;
}

void ReducedRun::run_out() { liquidate(std::numeric_limits<std::uint32_t>::max()); }

std::uint64_t ReducedRun::digest() const {
  std::uint64_t value = 0;
  for (const auto* series : {&price_log_, &low_log_, &usd_[0], &usd_[1]}) {
    for (const double one : *series) {
      value = splitmix64(value ^ std::bit_cast<std::uint64_t>(one));
    }
  }
  return value;
}

}  // namespace v1
}  // namespace delever
