#include "sim/config.hpp"

#include <cstdio>

namespace delever {
inline namespace v1 {

namespace {
std::string outside(const std::string& name, double value, double low, double high) {
  char text[256];
  std::snprintf(text, sizeof text, "%s is %g; give a value from %g to %g", name.c_str(), value, low,
                high);
  return text;
}

struct Range {
  const char* name;
  double value, low, high;
};

std::string first_outside(const std::string& prefix, const std::vector<Range>& ranges) {
  for (const Range& range : ranges) {
    if (range.value >= range.low && range.value <= range.high) continue;  // NaN is outside
    return outside(prefix + range.name, range.value, range.low, range.high);
  }
  return {};
}

std::string check_bars(const std::string& symbol, const std::vector<PriceBar>& bars) {
  std::int64_t end_ns = INT64_MIN;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const PriceBar& bar = bars[i];
    const std::string where = symbol + " path bar " + std::to_string(i);
    if (bar.time_ns < end_ns) return where + " begins before the one before it has ended";
    if (bar.bar_ns <= 0) return where + " has no duration";
    const bool ordered = bar.low > 0 && bar.low <= bar.open && bar.low <= bar.close &&
                         bar.high >= bar.open && bar.high >= bar.close;
    if (!ordered) return where + " does not satisfy 0 < low <= open, close <= high";
    end_ns = bar.time_ns + bar.bar_ns;
  }
  return bars.empty() ? symbol + " has no path" : std::string{};
}

std::string check_instrument(const InstrumentConfig& instrument) {
  const std::string& symbol = instrument.spec.symbol;
  const double atoms = instrument.tick_usd * instrument.lot_coin * 1e8;
  const double stated = static_cast<double>(instrument.spec.atoms_per_tick_lot);
  std::string complaint = first_outside(
      symbol + " ", {{"tick_usd", instrument.tick_usd, 1e-9, 1e6},
                     {"lot_coin", instrument.lot_coin, 1e-12, 1e9},
                     {"atoms_per_tick_lot (tick_usd x lot_coin x 1e8)", stated, atoms * (1 - 1e-9),
                      atoms * (1 + 1e-9)},
                     {"noise_per_sqrt_minute", instrument.noise_per_sqrt_minute, 0, 0.1},
                     {"beta", instrument.beta, -10, 10},
                     {"oi_usd", instrument.open_interest_usd, 1, 1e13},
                     {"depth_usd_per_percent", instrument.depth_usd_per_percent, 1e3, 1e12},
                     {"account_share", instrument.account_share, 0, 1e9}});
  if (complaint.empty()) complaint = check_bars(symbol, instrument.path);
  return complaint;
}

std::string check_population(const PopulationConfig& population) {
  std::string complaint = first_outside(
      "population ", {{"accounts", double(population.accounts), 1'000, 20'000'000},
                      {"scale", population.scale, 1e-6, 1},
                      {"leverage_median", population.leverage_median, 1, 250},
                      {"leverage_sigma", population.leverage_sigma, 0, 5},
                      {"leverage_max", population.leverage_max, 1, 250},
                      {"leverage_size_exponent", population.leverage_size_exponent, -2, 2},
                      {"size_alpha", population.size_alpha, 0.1, 5},
                      {"size_max_usd", population.size_max_usd, 10, 1e10},
                      {"occupancy", population.occupancy, 0.01, 0.99},
                      {"volume_exponent", population.volume_exponent, -4, 4},
                      {"long_share", population.long_share, 0.001, 0.999},
                      {"chase", population.chase, -50, 50},
                      {"chase_hours", population.chase_hours, 0.01, 1e4},
                      {"exit_drawdown_slope", population.exit_drawdown_slope, 0, 1e3},
                      {"reentry", population.reentry, 0, 1},
                      {"reentry_hours", population.reentry_hours, 0.001, 1e5}});
  for (std::size_t k = 0; k < 3 && complaint.empty(); ++k) {
    complaint =
        first_outside("population ", {{"holding_hours", population.holding_hours[k], 0.01, 1e5},
                                      {"holding_weights", population.holding_weights[k], 0, 1e6}});
  }
  return complaint;
}

std::string check_market(const MarketConfig& market) {
  return first_outside("market ",
                       {{"maker_levels", double(market.maker_levels), 2, 500},
                        {"maker_accounts", double(market.maker_accounts), 1, 64},
                        {"half_spread", market.half_spread, 1e-7, 0.01},
                        {"ladder_reach", market.ladder_reach, market.half_spread * 1.01, 0.5},
                        {"refresh_fraction", market.refresh_fraction, 0, 0.5},
                        {"recovery_half_life_s", market.recovery_half_life_s, 0.01, 1e6},
                        {"depth_half_life_s", market.depth_half_life_s, 0.01, 1e6},
                        {"calm_per_sqrt_minute", market.calm_per_sqrt_minute, 1e-6, 0.1},
                        {"inventory_skew", market.inventory_skew, 0, 100},
                        {"taker_accounts", double(market.taker_accounts), 1, 4096},
                        {"taker_median_usd", market.taker_median_usd, 1, 1e8},
                        {"taker_sigma", market.taker_sigma, 0, 5},
                        {"taker_max_usd", market.taker_max_usd, 1, 1e9},
                        {"hedge_half_life_s", market.hedge_half_life_s, 1, 1e9}});
}
}  // namespace

std::string SimulationConfig::validate() const {
  if (instruments.empty() || instruments.size() > 200) return "give 1 to 200 instruments";
  if (windows.empty() || end_ns() <= start_ns) return "the end must lie after the start";
  for (const StepWindow& window : windows) {
    if (window.step_ns < 1'000'000) return "a step must last at least 1 ms";
  }
  std::string complaint = first_outside("", {{"sample_ns", double(sample_ns), 1e9, 1e15},
                                             {"map_sample_ns", double(map_sample_ns), 1e9, 1e15},
                                             {"map_low", map_low_usd, 0, 1e9},
                                             {"map_high", map_high_usd, map_low_usd + 1e-6, 1e9},
                                             {"map_bins", double(map_bins), 1, 60'000},
                                             {"insurance_usd", insurance_usd, 0, 1.1e10}});
  for (const InstrumentConfig& instrument : instruments) {
    if (complaint.empty()) complaint = check_instrument(instrument);
  }
  if (complaint.empty()) complaint = check_population(population);
  if (complaint.empty()) complaint = check_market(market);
  return complaint;
}

}  // namespace v1
}  // namespace delever
