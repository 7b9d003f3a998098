// Everything a simulation is told: plain data, filled by the bindings from a dict and by C++ tests
// by hand.
//
// Money is in USD and prices in USD here, because these are agents' beliefs and published figures;
// what reaches the venue is in ticks, lots and atoms. A default is a prior, and the scenario prints
// the ones it uses with their source. `validate` names the first value that cannot be simulated.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "market/instrument.hpp"
#include "sim/clock.hpp"
#include "venue/rulebook.hpp"

namespace delever {
inline namespace v1 {

/// A published price bar; `bar_ns` long, from `time_ns` on.
struct PriceBar {
  std::int64_t time_ns = 0;
  std::int64_t bar_ns = 0;
  double open = 0, high = 0, low = 0, close = 0;
};

struct FundingPrint {
  std::int64_t time_ns = 0;
  std::int64_t rate_e8 = 0;
};

struct InstrumentConfig {
  InstrumentSpec spec;
  double tick_usd = 0;
  double lot_coin = 0;
  double contract_usd = 0;  ///< what a lot of an inverse contract is worth; 0: linear
  std::vector<PriceBar> path;
  std::vector<PriceBar> history;  ///< bars before the start, oldest first
  double noise_per_sqrt_minute = 0.0021;
  double beta = 0.0;  ///< co-movement with instrument 0 inside the own bars
  double open_interest_usd = 0;
  double depth_usd_per_percent = 0;   ///< one side of the book, within 1 % of the middle
  double account_share = 0;           ///< 0: in proportion to the open interest
  std::vector<FundingPrint> funding;  ///< empty: derived from the premium
};

struct PopulationConfig {
  std::uint32_t accounts = 0;
  double scale = 0.05;            ///< liquidatable share of the open interest when seeded
  std::int64_t seeded_ns = 0;     ///< lives on the recorded bars from then on; 0: from the start
  double leverage_median = 13.0;  ///< of the traders of the size where half the dollars lie
  double leverage_sigma = 1.28;   ///< of its logarithm
  double leverage_max = 125.0;
  double leverage_size_exponent = 0.15;  ///< leverage ~ size^-x
  double leverage_cap = 1e9;             ///< of what was drawn; nobody's size changes
  double size_alpha = 0.75;
  double size_max_usd = 12e6;
  std::array<double, 3> holding_hours{3.0, 36.0, 336.0};
  std::array<double, 3> holding_weights{0.5, 0.3, 0.2};  ///< shares of the entries
  double occupancy = 0.5;         ///< share of the accounts in a position at rest
  double volume_exponent = 0.55;  ///< entries ~ activity^x
  double long_share = 0.6;
  double chase = 0.0;  ///< > 0: entries follow the recent return, < 0: oppose it
  double chase_hours = 4.0;
  double exit_drawdown_slope = 0.05;  ///< exits per hour at full loss of margin
  double reentry = 0.5;               ///< probability that a liquidated trader comes back
  double reentry_hours = 6.0;         ///< ... after this long, on average
  std::array<double, 24> day_profile{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                     1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
};

struct MarketConfig {
  std::uint32_t maker_levels = 24;   ///< per side
  std::uint32_t maker_accounts = 4;  ///< per instrument
  double half_spread = 1e-5;         ///< distance of the first level from the middle
  double ladder_reach = 0.03;        ///< distance of the last level
  double refresh_fraction = 0.0;     ///< a quote moves once it is off by this part of its distance
  double recovery_half_life_s = 20.0;    ///< of an eaten level
  double depth_half_life_s = 300.0;      ///< of withdrawn depth
  double calm_per_sqrt_minute = 0.0005;  ///< the unit of z, the recent absolute return
  double inventory_skew = 0.5;  ///< middle shift in percent per inventory / depth per percent
  bool withdrawal = true;       ///< depth shrinks with z
  std::vector<double> taker_rate_per_s;  ///< per instrument, at activity 1
  double taker_median_usd = 2000.0;
  double taker_sigma = 1.6;
  double taker_max_usd = 500e3;
  std::uint32_t taker_accounts = 16;  ///< per instrument
  double hedge_half_life_s = 1800.0;  ///< of the makers' inventory, taken over by hedgers
};

struct SimulationConfig {
  std::uint64_t seed = 0;
  std::int64_t start_ns = 0;
  std::vector<StepWindow> windows;  ///< the last one ends the simulation
  std::int64_t sample_ns = minute_ns;
  std::int64_t map_sample_ns = 15 * minute_ns;
  double map_low_usd = 0, map_high_usd = 0;
  std::uint32_t map_bins = 240;
  double insurance_usd = 1e9;
  std::vector<InstrumentConfig> instruments;
  Rulebook rulebook;
  PopulationConfig population;
  MarketConfig market;

  std::int64_t end_ns() const { return windows.empty() ? start_ns : windows.back().until_ns; }
  /// An empty string, or the first value that cannot be simulated and what would do.
  std::string validate() const;
};

}  // namespace v1
}  // namespace delever
