// Everything a closed world is told: the coins, the venues that trade them, and how prices form.
//
// `market` describes the whole market as if it were one venue: the recorded paths, total open
// interest, total depth, all leveraged accounts; each venue gets its share of them. Plain data,
// filled by the bindings from a dict and by C++ tests by hand; a default is a prior.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "sim/config.hpp"
#include "sim/driver.hpp"
#include "sim/observation.hpp"
#include "sim/switches.hpp"

namespace delever {
inline namespace v1 {

/// A coin as a venue lists it.
struct Listing {
  std::uint32_t coin = 0;
  InstrumentSpec spec;
  double tick_usd = 0;
  double lot_coin = 0;
};

struct VenueConfig {
  std::string name;
  double share = 0;  ///< of open interest, of accounts, and of the depth outside spot
  double insurance_usd = 0;
  Rulebook rulebook;
  std::vector<Listing> listings;
  std::vector<FeedRule> feed;  ///< what its public feed shows of liquidations; empty: all
};

struct ArbitrageConfig {
  /// Largest position in the first coin on all venues; a venue's and a coin's part of it is that
  /// of open interest.
  double capital_usd = 3e9;
  double threshold = 0.0004;      ///< basis that is left alone: fees and the spread
  double full_basis = 0.004;      ///< basis at which all capital is in
  double half_life_s = 20.0;      ///< of the distance to the wanted position
  std::uint32_t delay_steps = 1;  ///< between a price seen and an order there
};

/// Dollars sold (or, negative, bought) in the spot market at an even pace.
struct ScheduledSale {
  std::uint32_t coin = 0;
  std::int64_t from_ns = 0, until_ns = 0;
  double usd = 0;
};

struct StopConfig {
  double usd_per_percent = 0;    ///< of the first coin's first price, resting on each side; 0: none
  double reach = 0.15;           ///< the farthest, as a part of the first price
  std::uint32_t per_side = 200;  ///< orders of a venue and coin
};

struct MomentumConfig {
  double usd_per_percent =
      0;  ///< wanted position per percent of trailing return, all venues; 0: none
  double usd_max = 100e6;
  double trail_hours = 1.0;
  std::int64_t look_ns = minute_ns;
};

/// Options of one strike and expiry on a coin, as their hedgers hold them together.
struct OptionHolding {
  std::uint32_t coin = 0;
  double strike_usd = 0;
  std::int64_t expiry_ns = 0;
  double position_coin = 0;  ///< > 0: they are long, hence long gamma; < 0: short
  bool is_call = true;
  double volatility = 0.6;  ///< implied, per year
};

struct OptionHedgingConfig {
  std::vector<OptionHolding> options;  ///< empty: nobody hedges
  std::int64_t look_ns = minute_ns;    ///< one look in each interval
  double band_coin = 0;                ///< what all venues together leave unhedged, per coin
};

struct WorldConfig {
  SimulationConfig market;
  std::vector<VenueConfig> venues;
  double spot_share = 0.3;  ///< of the depth
  double impact_half_life_s = 4 * 3600.0;
  double permanent_share = 0.0;
  std::int64_t control_ns = control_ns_default;
  double clip = 0.005;  ///< of an innovation, per square root of ten seconds
  ArbitrageConfig arbitrage;
  StopConfig stops;
  MomentumConfig momentum;
  OptionHedgingConfig option_hedging;
  std::vector<ScheduledSale> sales;
  Switches switches;
  Innovations saved;  ///< empty: solved for the recorded path
  std::uint32_t workers = 1;

  /// An empty string, or the first value that cannot be simulated and what would do.
  std::string validate() const;
};

/// What venue `number` of the world is told: its share of everything, by its own listings.
SimulationConfig venue_slice(const WorldConfig& config, std::size_t number);
/// What the spot market is told.
SimulationConfig spot_slice(const WorldConfig& config);

}  // namespace v1
}  // namespace delever
