// A small closed world for tests: two coins, a spot market and three venues on the fixture's fall.
#pragma once

#include "sim/world.hpp"
#include "sim_fixture.hpp"

namespace delever::testing {

inline WorldConfig world_config(std::uint64_t seed = 7, std::uint32_t accounts = 6'000) {
  WorldConfig config;
  config.market = sim_config(seed, accounts);
  config.market.population.scale = 0.25;
  config.control_ns = 10 * second_ns;
  config.clip = 0.02;
  config.arbitrage.capital_usd = 5e7;
  const double shares[] = {0.5, 0.3, 0.2};
  const char* names[] = {"first", "second", "third"};
  for (std::size_t i = 0; i < 3; ++i) {
    VenueConfig venue;
    venue.name = names[i];
    venue.share = shares[i];
    venue.insurance_usd = 1e8;
    for (std::uint32_t coin = 0; coin < 2; ++coin) {
      const InstrumentConfig& one = config.market.instruments[coin];
      venue.listings.push_back({coin, one.spec, one.tick_usd, one.lot_coin});
    }
    config.venues.push_back(venue);
  }
  return config;
}

/// Run to the end.
inline std::unique_ptr<World> run_world(const WorldConfig& config) {
  auto world = std::make_unique<World>(config);
  world->run(config.market.end_ns());
  return world;
}

/// The same, with what `factual` saved.
inline WorldConfig counterfactual_of(const WorldConfig& config, const World& factual) {
  WorldConfig again = config;
  again.saved = factual.driver().saved();
  return again;
}

inline std::int64_t liquidations_of(const World& world) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < world.venue_count(); ++i) {
    count += world.venue(i).series().liquidations;
  }
  return count;
}

}  // namespace delever::testing
