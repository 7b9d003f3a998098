#include "bindings/sim_config.hpp"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/config_reader.hpp"
#include "bindings/machine_config.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

std::vector<PriceBar> read_bars(Reader& reader, const std::string& prefix, bool with_ends) {
  const auto name = [&](const char* suffix) { return prefix + suffix; };
  const auto times = reader.column<std::int64_t>(name("_time_ns").c_str());
  const auto durations = reader.column<std::int64_t>(name("_bar_ns").c_str());
  const auto highs = reader.column<double>(name("_high").c_str());
  const auto lows = reader.column<double>(name("_low").c_str());
  const auto opens = with_ends ? reader.column<double>(name("_open").c_str()) : lows;
  const auto closes = with_ends ? reader.column<double>(name("_close").c_str()) : lows;
  for (const std::size_t size :
       {durations.size(), highs.size(), lows.size(), opens.size(), closes.size()}) {
    if (size != times.size()) {
      refuse(reader.where() + " '" + prefix + "_*' columns differ in length");
    }
  }
  std::vector<PriceBar> bars;
  for (std::size_t i = 0; i < times.size(); ++i) {
    bars.push_back({times[i], durations[i], opens[i], highs[i], lows[i], closes[i]});
  }
  return bars;
}

std::vector<MarginTier> read_tiers(Reader& reader) {
  std::vector<std::array<std::int64_t, 4>> rows;
  reader.required("tiers", rows);
  std::vector<MarginTier> tiers;
  for (const auto& [floor, maintenance, deduction, leverage_max] : rows) {
    tiers.push_back({Money{floor}, maintenance, Money{deduction}, leverage_max});
  }
  return tiers;
}

}  // namespace

InstrumentSpec read_spec(Reader& reader) {
  InstrumentSpec spec;
  reader.required("symbol", spec.symbol);
  reader.required("atoms_per_tick_lot", spec.atoms_per_tick_lot);
  reader.required("price_ticks_max", spec.price_ticks_max);
  reader.required("order_lots_max", spec.order_lots_max);
  reader.required("position_lots_max", spec.position_lots_max);
  reader.optional("maker_fee_ppm", spec.maker_fee_ppm);
  reader.optional("taker_fee_ppm", spec.taker_fee_ppm);
  reader.optional("liquidation_fee_ppm", spec.liquidation_fee_ppm);
  reader.optional("market_bound_ppm", spec.market_bound_ppm);
  reader.optional("leverage_default", spec.leverage_default);
  spec.tiers = read_tiers(reader);
  return spec;
}

namespace {

InstrumentConfig read_instrument(py::dict values, std::size_t index) {
  Reader reader(values, "instrument " + std::to_string(index));
  InstrumentConfig instrument;
  instrument.spec = read_spec(reader);
  reader.required("tick_usd", instrument.tick_usd);
  reader.required("lot_coin", instrument.lot_coin);
  instrument.path = read_bars(reader, "path", true);
  instrument.history = read_bars(reader, "history", reader.has("history_open"));
  reader.optional("noise_per_sqrt_minute", instrument.noise_per_sqrt_minute);
  reader.optional("beta", instrument.beta);
  reader.required("oi_usd", instrument.open_interest_usd);
  reader.required("depth_usd_per_percent", instrument.depth_usd_per_percent);
  reader.optional("account_share", instrument.account_share);
  const auto times = reader.column<std::int64_t>("funding_time_ns");
  const auto rates = reader.column<std::int64_t>("funding_rate_e8");
  if (times.size() != rates.size()) refuse(reader.where() + " 'funding_*' differ in length");
  for (std::size_t i = 0; i < times.size(); ++i) instrument.funding.push_back({times[i], rates[i]});
  reader.done();
  return instrument;
}

PopulationConfig read_population(Reader reader) {
  PopulationConfig population;
  reader.optional("scale", population.scale);
  reader.optional("seeded_ns", population.seeded_ns);
  reader.optional("leverage_median", population.leverage_median);
  reader.optional("leverage_sigma", population.leverage_sigma);
  reader.optional("leverage_max", population.leverage_max);
  reader.optional("leverage_size_exponent", population.leverage_size_exponent);
  reader.optional("size_alpha", population.size_alpha);
  reader.optional("size_max_usd", population.size_max_usd);
  reader.optional("holding_hours", population.holding_hours);
  reader.optional("holding_weights", population.holding_weights);
  reader.optional("occupancy", population.occupancy);
  reader.optional("volume_exponent", population.volume_exponent);
  reader.optional("long_share", population.long_share);
  reader.optional("chase", population.chase);
  reader.optional("chase_hours", population.chase_hours);
  reader.optional("exit_drawdown_slope", population.exit_drawdown_slope);
  reader.optional("reentry", population.reentry);
  reader.optional("reentry_hours", population.reentry_hours);
  reader.optional("day_profile", population.day_profile);
  reader.done();
  return population;
}

MarketConfig read_market(Reader reader) {
  MarketConfig market;
  reader.optional("maker_levels", market.maker_levels);
  reader.optional("maker_accounts", market.maker_accounts);
  reader.optional("half_spread", market.half_spread);
  reader.optional("ladder_reach", market.ladder_reach);
  reader.optional("refresh_fraction", market.refresh_fraction);
  reader.optional("recovery_half_life_s", market.recovery_half_life_s);
  reader.optional("depth_half_life_s", market.depth_half_life_s);
  reader.optional("calm_per_sqrt_minute", market.calm_per_sqrt_minute);
  reader.optional("inventory_skew", market.inventory_skew);
  reader.optional("withdrawal", market.withdrawal);
  market.taker_rate_per_s = reader.column<double>("taker_rate_per_s");
  reader.optional("taker_median_usd", market.taker_median_usd);
  reader.optional("taker_sigma", market.taker_sigma);
  reader.optional("taker_max_usd", market.taker_max_usd);
  reader.optional("taker_accounts", market.taker_accounts);
  reader.optional("hedge_half_life_s", market.hedge_half_life_s);
  reader.done();
  return market;
}

std::vector<StepWindow> read_windows(Reader& reader) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  reader.optional("windows", pairs);
  std::vector<StepWindow> windows;
  for (const auto& [until_ns, step_ns] : pairs) windows.push_back({until_ns, step_ns});
  StepWindow last;
  reader.required("end_ns", last.until_ns);
  reader.optional("step_ns", last.step_ns);
  windows.push_back(last);
  return windows;
}

}  // namespace

SimulationConfig simulation_config(const py::dict& values) {
  Reader reader(values, "config");
  SimulationConfig config;
  reader.required("seed", config.seed);
  reader.required("start_ns", config.start_ns);
  config.windows = read_windows(reader);
  reader.optional("sample_ns", config.sample_ns);
  reader.optional("map_sample_ns", config.map_sample_ns);
  reader.required("map_low", config.map_low_usd);
  reader.required("map_high", config.map_high_usd);
  reader.optional("map_bins", config.map_bins);
  reader.optional("insurance_usd", config.insurance_usd);
  py::dict rulebook;
  reader.optional("rulebook", rulebook);
  if (!rulebook.empty()) config.rulebook = rulebook_from(rulebook);
  config.population = read_population(reader.inner("population"));
  config.market = read_market(reader.inner("market"));
  reader.required("accounts", config.population.accounts);
  std::vector<py::dict> instruments;
  reader.required("instruments", instruments);
  for (std::size_t i = 0; i < instruments.size(); ++i) {
    config.instruments.push_back(read_instrument(instruments[i], i));
  }
  reader.done();
  return config;
}

}  // namespace v1
}  // namespace delever
