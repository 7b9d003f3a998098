#include <cmath>
#include <numeric>

#include "check.hpp"
#include "sim/simulation.hpp"
#include "sim_fixture.hpp"

namespace delever::testing {
namespace {

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::uint64_t digest_of(std::uint64_t seed, std::int64_t piece_ns) {
  Simulation simulation(sim_config(seed));
  while (!simulation.finished()) simulation.run(simulation.time_ns() + piece_ns);
  return simulation.venue().digest();
}

DELEVER_TEST(sim_run_keeps_the_books_and_its_own_counts) {
  Simulation simulation(sim_config());
  simulation.run(simulation.config().end_ns());
  CHECK(simulation.finished());
  const Venue& venue = simulation.venue();
  CHECK(venue.audit().empty());
  CHECK(venue.poisoned().empty());
  const Population& population = simulation.population();
  std::vector<std::int64_t> lots(4);
  const AccountId first = venue.account_count() - 4'000;  // the traders were opened last or nearly
  std::int64_t wrong = 0;
  for (AccountId account = 0; account < venue.account_count(); ++account) {
    if (!population.owns(account)) continue;
    CHECK(account + 200 > first);
    const Trader& trader = population.traders()[account - population.first_account()];
    const Position* position = venue.position(account, trader.instrument);
    const std::int64_t held = position == nullptr ? 0 : position->qty.value;
    wrong += held != trader.lots;
    lots[2 * trader.instrument + (held > 0 ? 0 : 1)] += std::llabs(held);
  }
  CHECK_EQUAL(wrong, std::int64_t{0});
  for (InstrumentId id = 0; id < 2; ++id) {
    CHECK_EQUAL(population.lots(id, true), lots[2 * id]);
    CHECK_EQUAL(population.lots(id, false), lots[2 * id + 1]);
  }
}

DELEVER_TEST(sim_run_records_a_cascade) {
  Simulation simulation(sim_config());
  simulation.run(simulation.config().end_ns());
  const ResultSeries& series = simulation.series();
  CHECK_EQUAL(series.time_ns.size(), std::size_t{240});
  CHECK_EQUAL(series.spot.size(), std::size_t{480});
  CHECK_EQUAL(series.time_ns.back(), simulation.config().end_ns());
  CHECK(sum(series.liquidated_long_usd) > 2 * sum(series.liquidated_short_usd));
  CHECK(series.liquidations > 50);
  CHECK(simulation.population().traders_liquidated() > 40);
  CHECK_EQUAL(std::accumulate(series.liquidated_count.begin(), series.liquidated_count.end(),
                              std::int64_t{0}),
              series.liquidations);
  for (std::size_t i = 0; i < series.perp.size(); ++i) {
    CHECK(std::fabs(series.perp[i] / series.spot[i] - 1.0) < 0.03);
    CHECK(series.open_interest_lots[i] > 0);
    CHECK(series.spot_low[i] <= series.spot[i] && series.spot[i] <= series.spot_high[i]);
    CHECK(series.perp_low[i] <= series.perp_high[i]);
  }
  CHECK(series.fills > 1'000);
  CHECK(series.map_usd.size() == series.map_time_ns.size() * 240 * 2);
}

DELEVER_TEST(sim_open_interest_begins_at_the_published_one) {
  Simulation simulation(sim_config());
  simulation.run(simulation.config().start_ns + 2 * minute_ns);
  const ResultSeries& series = simulation.series();
  for (std::size_t id = 0; id < 2; ++id) {
    const InstrumentConfig& instrument = simulation.config().instruments[id];
    const double coins = static_cast<double>(series.open_interest_lots[id]) * instrument.lot_coin;
    CHECK(std::fabs(coins * series.spot[id] / instrument.open_interest_usd - 1.0) < 0.01);
  }
}

DELEVER_TEST(sim_map_holds_the_thresholds_of_instrument_zero) {
  Simulation simulation(sim_config());
  simulation.run(simulation.config().start_ns + hour_ns);
  const MapHistogram& map = simulation.population().map();
  std::int64_t binned = 0, held = 0;
  for (const std::int64_t lots : map.lots()) {
    CHECK(lots >= 0);
    binned += lots;
  }
  for (const Trader& trader : simulation.population().traders()) {
    if (trader.instrument == 0 && trader.map_bin != no_bin) held += std::abs(trader.lots);
  }
  CHECK(binned > 0);
  CHECK_EQUAL(binned, held);
}

DELEVER_TEST(sim_digest_is_the_seeds_however_the_run_is_cut) {
  const std::uint64_t digest = digest_of(7, 24 * hour_ns);
  CHECK_EQUAL(digest, digest_of(7, 7 * minute_ns));
  CHECK(digest != digest_of(8, 24 * hour_ns));
}

DELEVER_TEST(sim_config_names_what_it_refuses) {
  const auto complaint = [](auto change) {
    SimulationConfig config = sim_config();
    change(config);
    return config.validate();
  };
  CHECK(complaint([](SimulationConfig&) {}).empty());
  CHECK(complaint([](SimulationConfig& c) { c.population.scale = 2; }).find("scale is 2") !=
        std::string::npos);
  CHECK(complaint([](SimulationConfig& c) { c.population.scale = std::nan(""); }) != "");
  CHECK(complaint([](SimulationConfig& c) {
          c.instruments[0].path[3].low = 1e9;
        }).find("BTCUSDT path bar 3") != std::string::npos);
  CHECK(complaint([](SimulationConfig& c) {
          c.instruments[1].tick_usd *= 2;
        }).find("atoms_per_tick_lot") != std::string::npos);
  CHECK(complaint([](SimulationConfig& c) { c.instruments.clear(); }) != "");
  CHECK(complaint([](SimulationConfig& c) { c.windows.clear(); }) != "");
  CHECK(complaint([](SimulationConfig& c) { c.population.accounts = 10; }) != "");
  SimulationConfig broken = sim_config();
  broken.market.maker_levels = 0;
  CHECK_THROWS(Simulation{broken}, std::invalid_argument);
}

}  // namespace
}  // namespace delever::testing
