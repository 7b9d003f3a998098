#include "sim/reduced_population.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "sim/trader_history.hpp"

namespace delever {
inline namespace v1 {

namespace {
/// Episodes of positions entered after a liquidation draw apart from the intended ones.
constexpr std::uint32_t returned_episode = 0x4000'0000;
constexpr auto cluster_purpose = static_cast<Purpose>(901);
constexpr auto herd_side_purpose = static_cast<Purpose>(902);
constexpr auto rank_purpose = static_cast<Purpose>(903);

std::uint32_t step_in(const StepClock& clock, std::uint32_t step, double hours) {
  const double ns = std::min(hours, 1e6) * static_cast<double>(hour_ns);
  const std::uint32_t found = clock.step_at(clock.time_ns(step) + static_cast<std::int64_t>(ns));
  return found == step ? step + 1 : found;
}

/// The first instrument alone.
SimulationConfig first_coin_of(SimulationConfig config) {
  config.instruments.resize(1);
  return config;
}

double nearest_round_leverage(double leverage) {
  static constexpr std::array<double, 7> offered{3, 5, 10, 20, 25, 50, 100};
  double best = offered[0];
  for (const double one : offered) {
    if (std::fabs(one - leverage) < std::fabs(best - leverage)) best = one;
  }
  return best;
}

/// Draws one trader after another and collects their intents.
class PopulationDraw {
 public:
  PopulationDraw(const ReducedReactions& reactions, const StepClock& clock, double cluster_share)
      : reactions_(reactions),
        priors_(reactions.priors()),
        clock_(clock),
        cluster_share_(cluster_share),
        cluster_(reactions.config().seed, cluster_purpose),
        herd_side_(reactions.config().seed, herd_side_purpose),
        rank_(reactions.config().seed, rank_purpose) {
    if (reactions.config().population.seeded_ns != 0) {
      history_.emplace(reactions.config(), priors_);
    }
  }

  ReducedTrader trader(std::uint32_t index) const {
    const double size = priors_.size_usd(index, 0);
    double leverage = priors_.leverage(index, 0, size);
    if (clustered(index)) leverage = nearest_round_leverage(leverage);
    const InstrumentSpec& spec = reactions_.config().instruments[0].spec;
    const MarginTier& tier = spec.tier_of(Money{static_cast<std::int64_t>(size * 1e8)});
    return {static_cast<float>(size), static_cast<float>(leverage),
            static_cast<float>(static_cast<double>(tier.maintenance_ppm) * 1e-6),
            static_cast<float>(static_cast<double>(tier.deduction.value) * 1e-8 / size),
            static_cast<float>(rank_.unit(index, 0))};
  }

  void collect(std::uint32_t index, const ReducedTrader& trader,
               std::vector<ReducedIntent>& intents) const {
    std::uint32_t step = 0, episode = 0;
    double wait_hours = -1;
    if (history_) {
      const auto leverage = static_cast<std::uint32_t>(trader.leverage);
      const Standing now = history_->standing(index, 0, leverage, trader.size_usd);
      if (now.is_gone) return;
      episode = now.episode;
      if (now.is_held) {
        step = std::max<std::uint32_t>(clock_.step_at(now.exit_ns), 1);
        intents.push_back({natural_log(now.price), index, 0, step, now.is_long, true});
      } else {
        wait_hours = now.wait_hours;
      }
    } else if (priors_.occupied(index)) {
      const auto leverage = static_cast<std::uint32_t>(trader.leverage);
      SeededEntry entry = priors_.seeded(index, 0, leverage, trader.size_usd);
      if (entry.survives) {
        if (clustered(index)) entry.price = 500.0 * std::round(entry.price / 500.0);
        step = step_in(clock_, 0, priors_.stay_hours(index, stock_episode));
        intents.push_back({natural_log(entry.price), index, 0, step, entry.is_long, true});
      }
    }
    for (; step != no_step; ++episode) {
      const double hours = wait_hours >= 0 ? wait_hours : priors_.gap_hours(index, episode);
      wait_hours = -1;
      const std::uint32_t entry = entry_step(index, step, hours);
      if (entry == no_step) return;
      step = step_in(clock_, entry, priors_.stay_hours(index, episode + 1));
      intents.push_back({0, index, entry, step, is_long(index, episode, entry), false});
    }
  }

 private:
  bool clustered(std::uint32_t index) const {
    return cluster_share_ > 0 && cluster_.unit(index, 0) < cluster_share_;
  }
  std::uint32_t hour_of(std::uint32_t step) const {
    return static_cast<std::uint32_t>((clock_.time_ns(step) - clock_.time_ns(0)) / hour_ns);
  }
  std::uint32_t entry_step(std::uint32_t index, std::uint32_t after, double hours) const {
    const std::uint32_t entry = reactions_.activity().step_after(after, hours);
    if (entry == no_step || !clustered(index)) return entry;
    const std::int64_t hour = clock_.time_ns(0) + (hour_of(entry) + 1) * hour_ns;
    return clock_.step_at(hour);
  }
  bool is_long(std::uint32_t index, std::uint32_t episode, std::uint32_t step) const {
    if (clustered(index)) {
      return herd_side_.unit(hour_of(step), 0) < reactions_.config().population.long_share;
    }
    return priors_.is_long(index, episode, reactions_.momentum(step));
  }

  const ReducedReactions& reactions_;
  const Priors& priors_;
  const StepClock& clock_;
  const double cluster_share_;
  const Draws cluster_, herd_side_, rank_;
  std::optional<TraderHistory> history_;
};

void index_by_step(ReducedPopulation& population) {
  const std::uint32_t steps = population.clock.step_count();
  std::stable_sort(population.intents.begin(), population.intents.end(),
                   [](const auto& a, const auto& b) { return a.entry_step < b.entry_step; });
  population.first_intent.assign(steps + 1, 0);
  for (const ReducedIntent& intent : population.intents) {
    ++population.first_intent[intent.entry_step + 1];
  }
  for (std::uint32_t step = 0; step < steps; ++step) {
    population.first_intent[step + 1] += population.first_intent[step];
  }
}
}  // namespace

ReducedReactions::ReducedReactions(const SimulationConfig& config, const StepClock& clock,
                                   std::span<const double> path)
    : config_(first_coin_of(config)),
      clock_(clock),
      priors_(config_),
      activity_(clock_, path, config_.market.calm_per_sqrt_minute,
                config_.population.volume_exponent, config_.population.day_profile) {
  if (config_.population.chase != 0.0) observe_momentum(path);
}

/// The log price over its trailing average, as the traders of the full market see it.
void ReducedReactions::observe_momentum(std::span<const double> path) {
  double average = natural_log(path.front());
  for (std::uint32_t step = 0; step < clock_.step_count(); ++step) {
    const double hours = clock_.duration_seconds(step) / 3600.0;
    const double log_price = natural_log(path[step]);
    average += (log_price - average) * (1.0 - exponential(-hours / config_.population.chase_hours));
    momentum_.push_back(static_cast<float>(log_price - average));
  }
}

std::uint32_t ReducedReactions::return_step(std::uint32_t trader, std::uint32_t episode,
                                            std::uint32_t step) const {
  const double hours = priors_.reentry_hours(trader, episode + returned_episode);
  return hours < 0 ? no_step : activity_.step_after(step, hours);
}

ReducedIntent ReducedReactions::returning(std::uint32_t trader, std::uint32_t episode,
                                          std::uint32_t step) const {
  const std::uint32_t key = episode + returned_episode;
  const std::uint32_t exit = step_in(clock_, step, priors_.stay_hours(trader, key));
  return {0, trader, step, exit, priors_.is_long(trader, key, momentum(step)), false};
}

ReducedPopulation draw_population(const SimulationConfig& config, const StepClock& clock,
                                  std::span<const double> path, double cluster_share) {
  ReducedPopulation population{clock, natural_log(path.front()), {}, {}, {}, nullptr};
  const auto reactions = std::make_shared<ReducedReactions>(config, clock, path);
  const PopulationDraw draw(*reactions, clock, cluster_share);
  for (std::uint32_t index = 0; index < config.population.accounts; ++index) {
    population.traders.push_back(draw.trader(index));
    draw.collect(index, population.traders.back(), population.intents);
  }
  population.reactions = reactions;
  index_by_step(population);
  return population;
}

ReducedPopulation fixed_positions(const StepClock& clock, double first_log_price,
                                  std::span<const double> threshold_log,
                                  std::span<const double> size_usd) {
  ReducedPopulation population{clock, first_log_price, {}, {}, {}, nullptr};
  for (std::uint32_t i = 0; i < threshold_log.size(); ++i) {
    // leverage 0: entry_log is the threshold itself
    population.traders.push_back({static_cast<float>(size_usd[i]), 0, 0, 0, 0});
    population.intents.push_back(
        {threshold_log[i], i, 0, no_step, threshold_log[i] <= first_log_price, true});
  }
  index_by_step(population);
  return population;
}

double liquidation_log(const ReducedTrader& trader, bool is_long, double entry_log,
                       double leverage_max) {
  if (trader.leverage == 0) return entry_log;  // a fixed threshold
  const double margin =
      1.0 / std::min<double>(trader.leverage, leverage_max) + trader.maintenance_deduction;
  const double left = is_long ? (1.0 - margin) / (1.0 - trader.maintenance)
                              : (1.0 + margin) / (1.0 + trader.maintenance);
  constexpr double never = std::numeric_limits<double>::infinity();
  return left <= 1e-3 ? -never : entry_log + natural_log(left);
}

}  // namespace v1
}  // namespace delever
