// A small market for the simulation's tests: two coins, four hours, one fall of eight percent.
#pragma once

#include "sim/config.hpp"

namespace delever::testing {

constexpr std::int64_t sim_start_ns = 1'770'249'600LL * second_ns;  // 5 Feb 2026 00:00 UTC

inline InstrumentConfig sim_instrument(const char* symbol, double price, double tick_usd,
                                       double lot_coin) {
  InstrumentConfig instrument;
  instrument.spec.symbol = symbol;
  instrument.tick_usd = tick_usd;
  instrument.lot_coin = lot_coin;
  instrument.spec.atoms_per_tick_lot = static_cast<std::int64_t>(tick_usd * lot_coin * 1e8 + 0.5);
  instrument.spec.price_ticks_max = static_cast<std::int64_t>(3 * price / tick_usd);
  instrument.spec.position_lots_max = static_cast<std::int64_t>(5e9 / (price * lot_coin));
  instrument.spec.order_lots_max = instrument.spec.position_lots_max / 20;
  instrument.spec.maker_fee_ppm = 200;
  instrument.spec.taker_fee_ppm = 500;
  instrument.spec.liquidation_fee_ppm = 12'500;
  instrument.spec.tiers = {{Money{0}, 4'000, Money{0}, 125}};
  instrument.open_interest_usd = 1e9;
  instrument.depth_usd_per_percent = 20e6;
  const double moves[] = {0.0, -0.01, 0.005, -0.03, -0.05, 0.01, 0.02, -0.01};
  double open = price;
  for (int bar = 0; bar < 16; ++bar) {
    const double close = open * (1.0 + moves[bar % 8] / 2);
    const double high = (open > close ? open : close) * 1.002;
    const double low = (open < close ? open : close) * 0.996;
    instrument.path.push_back(
        {sim_start_ns + bar * 15 * minute_ns, 15 * minute_ns, open, high, low, close});
    open = close;
  }
  for (int day = 30; day > 0; --day) {
    const double level = price * (1.0 + 0.004 * (day % 7) - 0.01);
    instrument.history.push_back({sim_start_ns - day * 24 * hour_ns, 24 * hour_ns, level,
                                  level * 1.02, level * 0.98, level});
  }
  return instrument;
}

inline SimulationConfig sim_config(std::uint64_t seed = 7, std::uint32_t accounts = 4'000) {
  SimulationConfig config;
  config.seed = seed;
  config.start_ns = sim_start_ns;
  config.windows = {{sim_start_ns + hour_ns, 10 * second_ns},
                    {sim_start_ns + 4 * hour_ns, 2 * second_ns}};
  config.map_low_usd = 50'000;
  config.map_high_usd = 90'000;
  config.instruments = {sim_instrument("BTCUSDT", 70'000, 0.1, 0.001),
                        sim_instrument("ETHUSDT", 2'100, 0.01, 0.01)};
  config.instruments[1].beta = 1.2;
  config.population.accounts = accounts;
  config.population.size_max_usd = 1e6;
  config.population.leverage_median = 20;
  config.market.maker_levels = 12;
  config.market.taker_rate_per_s = {0.5, 0.3};
  return config;
}

}  // namespace delever::testing
