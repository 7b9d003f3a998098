#include "sim/priors.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {

namespace {
std::uint32_t index_of(const auto& edges, double unit) {
  std::uint32_t index = 0;
  while (index + 1 < edges.size() && unit >= edges[index]) ++index;
  return index;
}

double logistic(double x) { return 1.0 / (1.0 + exponential(-std::clamp(x, -30.0, 30.0))); }
}  // namespace

Priors::Priors(const SimulationConfig& config)
    : population_(config.population),
      instrument_(config.seed, Purpose::Instrument),
      size_(config.seed, Purpose::Size),
      leverage_(config.seed, Purpose::Leverage),
      horizon_(config.seed, Purpose::Horizon),
      occupied_(config.seed, Purpose::Occupied),
      age_(config.seed, Purpose::Age),
      entry_price_(config.seed, Purpose::EntryPrice),
      direction_(config.seed, Purpose::Direction),
      stay_(config.seed, Purpose::Stay),
      gap_(config.seed, Purpose::Gap),
      reentry_(config.seed, Purpose::Reentry),
      reentry_delay_(config.seed, Purpose::ReentryDelay),
      looks_(config.seed, Purpose::Looks),
      looked_at_(config.seed, Purpose::LookedAt),
      gives_up_(config.seed, Purpose::GivesUp) {
  half_dollar_size_usd_ =
      population_.size_max_usd * power(0.5, 1.0 / std::max(0.05, 1.0 - population_.size_alpha));
  for (const InstrumentConfig& instrument : config.instruments) {
    instruments_.push_back(&instrument);
    const std::int64_t seeded_ns = population_.seeded_ns;
    history_.emplace_back(instrument, seeded_ns != 0 ? seeded_ns : config.start_ns);
  }
  weigh_horizons();
  deal_accounts();
  for (std::uint32_t id = 0; id < instruments_.size(); ++id) fit_sizes(id);
}

void Priors::weigh_horizons() {
  double weights = 0, stock = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    entry_edges_[k] = weights += population_.holding_weights[k];
    stock_edges_[k] = stock += population_.holding_weights[k] * population_.holding_hours[k];
  }
  mean_stay_hours_ = stock / weights;
  for (std::size_t k = 0; k < 3; ++k) {
    entry_edges_[k] /= weights;
    stock_edges_[k] /= stock;
  }
}

void Priors::deal_accounts() {
  double open_interest = 0, shares = 0;
  for (const InstrumentConfig* instrument : instruments_) {
    open_interest += instrument->open_interest_usd;
  }
  for (const InstrumentConfig* instrument : instruments_) {
    shares += instrument->account_share > 0 ? instrument->account_share
                                            : instrument->open_interest_usd / open_interest;
    share_edges_.push_back(shares);
  }
  for (double& edge : share_edges_) edge /= shares;
}

/// The lower end of the sizes at which the survivors hold scale x open interest, in expectation.
void Priors::fit_sizes(std::uint32_t instrument) {
  const double below = instrument == 0 ? 0.0 : share_edges_[instrument - 1];
  const double accounts = population_.accounts * (share_edges_[instrument] - below);
  const double held = accounts * population_.occupancy;
  const double target = population_.scale * instruments_[instrument]->open_interest_usd;
  size_min_.push_back(solve_size_min(target / (held * 0.7)));  // a first guess of the survivors
  surviving_.push_back(std::max(estimate_surviving(instrument), 0.02));
  size_min_[instrument] = solve_size_min(target / (held * surviving_[instrument]));
}

std::uint32_t Priors::instrument(std::uint32_t trader) const {
  return index_of(share_edges_, instrument_.unit(trader, 0));
}

double Priors::size_usd(std::uint32_t trader, std::uint32_t instrument) const {
  return pareto_quantile(size_.unit(trader, 0), population_.size_alpha, size_min_[instrument],
                         population_.size_max_usd);
}

double Priors::leverage_at(double unit, std::uint32_t instrument, double size_usd) const {
  const double median = population_.leverage_median * power(size_usd / half_dollar_size_usd_,
                                                            -population_.leverage_size_exponent);
  const double drawn = lognormal_quantile(unit, median, population_.leverage_sigma);
  const InstrumentSpec& spec = instruments_[instrument]->spec;
  const Money notional{static_cast<std::int64_t>(size_usd * 1.1e8)};
  const auto tier_max = static_cast<double>(spec.tier_of(notional).leverage_max);
  return std::clamp(drawn, 1.0, std::min(population_.leverage_max, tier_max));
}

std::uint32_t Priors::leverage(std::uint32_t trader, std::uint32_t instrument,
                               double size_usd) const {
  const double value = leverage_at(leverage_.unit(trader, 0), instrument, size_usd);
  return static_cast<std::uint32_t>(value + 0.5);
}

double Priors::holding_hours(std::uint32_t trader, std::uint32_t episode, bool stock) const {
  const double unit = horizon_.unit(trader, episode);
  return population_.holding_hours[index_of(stock ? stock_edges_ : entry_edges_, unit)];
}

double Priors::stay_hours(std::uint32_t trader, std::uint32_t episode) const {
  const bool stock = episode == stock_episode;
  return exponential_quantile(stay_.unit(trader, episode), holding_hours(trader, episode, stock));
}

double Priors::gap_hours(std::uint32_t trader, std::uint32_t episode) const {
  const double mean = mean_stay_hours_ * (1.0 - population_.occupancy) / population_.occupancy;
  return exponential_quantile(gap_.unit(trader, episode), mean);
}

bool Priors::is_long(std::uint32_t trader, std::uint32_t episode, double momentum) const {
  const double share = population_.long_share;
  const double logit = natural_log(share / (1.0 - share)) + population_.chase * momentum / 0.02;
  return direction_.unit(trader, episode) < logistic(logit);
}

double Priors::reentry_hours(std::uint32_t trader, std::uint32_t episode) const {
  if (reentry_.unit(trader, episode) >= population_.reentry) return -1.0;
  return exponential_quantile(reentry_delay_.unit(trader, episode), population_.reentry_hours);
}

SeededEntry Priors::seeded(std::uint32_t trader, std::uint32_t instrument, std::uint32_t leverage,
                           double size_usd) const {
  const double age =
      exponential_quantile(age_.unit(trader, 0), holding_hours(trader, stock_episode, true));
  const PastEntry entry = history_[instrument].entry(age, entry_price_.unit(trader, 0));
  SeededEntry result;
  result.is_long = is_long(trader, stock_episode, 0.0);
  result.price = entry.price;
  result.survives = survives(instrument, entry, result.is_long, leverage, size_usd);
  return result;
}

double Priors::room(std::uint32_t instrument, std::uint32_t leverage, double size_usd) const {
  const InstrumentSpec& spec = instruments_[instrument]->spec;
  const MarginTier& tier = spec.tier_of(Money{static_cast<std::int64_t>(size_usd * 1e8)});
  return 1.0 / leverage - static_cast<double>(tier.maintenance_ppm) * 1e-6;
}

bool Priors::survives(std::uint32_t instrument, const PastEntry& entry, bool is_long,
                      std::uint32_t leverage, double size_usd) const {
  const double room = this->room(instrument, leverage, size_usd);
  return is_long ? entry.low_since > entry.price * (1.0 - room) * 1.001
                 : entry.high_since < entry.price * (1.0 + room) * 0.999;
}

/// The part of one size's positions, over horizons, ages and sides, that the past left alive.
double Priors::surviving_at(std::uint32_t instrument, double size_usd,
                            std::uint32_t leverage) const {
  constexpr int ages = 16;
  double alive = 0, before = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    double in_horizon = 0;
    for (int i = 0; i < ages; ++i) {
      const double age = exponential_quantile((i + 0.5) / ages, population_.holding_hours[k]);
      for (const double unit : {0.17, 0.5, 0.83}) {
        const PastEntry entry = history_[instrument].entry(age, unit);
        const double longs = survives(instrument, entry, true, leverage, size_usd);
        const double shorts = survives(instrument, entry, false, leverage, size_usd);
        in_horizon += population_.long_share * longs + (1.0 - population_.long_share) * shorts;
      }
    }
    alive += in_horizon / (3 * ages) * (stock_edges_[k] - before);
    before = stock_edges_[k];
  }
  return alive;
}

double Priors::estimate_surviving(std::uint32_t instrument) const {
  // equal dollars per point: the dollar-weighted law is a Pareto of exponent alpha - 1
  constexpr int sizes = 24, leverages = 16;
  double alive = 0;
  for (int i = 0; i < sizes; ++i) {
    const double size = pareto_quantile((i + 0.5) / sizes, population_.size_alpha - 1.0 - 1e-6,
                                        size_min_[instrument], population_.size_max_usd);
    for (int k = 0; k < leverages; ++k) {
      const double value = leverage_at((k + 0.5) / leverages, instrument, size);
      alive += surviving_at(instrument, size, static_cast<std::uint32_t>(value + 0.5));
    }
  }
  return alive / (sizes * leverages);
}

double Priors::solve_size_min(double mean_usd) const {
  double low = 0.01, high = population_.size_max_usd * 0.999;
  for (int round = 0; round < 100; ++round) {
    const double middle = std::sqrt(low * high);
    const bool too_small =
        pareto_mean(population_.size_alpha, middle, population_.size_max_usd) < mean_usd;
    (too_small ? low : high) = middle;
  }
  return low;
}

}  // namespace v1
}  // namespace delever
