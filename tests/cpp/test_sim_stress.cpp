#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "check.hpp"
#include "risk/margin.hpp"
#include "sim/stress_run.hpp"
#include "sim_fixture.hpp"

namespace delever::testing {
namespace {

/// Columns that own their values.
struct Table {
  std::vector<std::int64_t> holder, instrument;
  std::vector<double> qty, entry_price, leverage, margin, wallet;

  StressColumns columns() const {
    return {holder, instrument, qty, entry_price, leverage, margin, wallet};
  }
};

StressConfig one_coin() {
  const InstrumentConfig coin = sim_instrument("BTCUSDT", 70'000, 0.1, 0.001);
  StressConfig config;
  config.instruments = {coin.spec};
  config.tick_usd = {coin.tick_usd};
  config.lot_coin = {coin.lot_coin};
  return config;
}

StressPath falling(std::int64_t from_ticks, std::int64_t to_ticks, std::size_t steps) {
  StressPath path;
  for (std::size_t at = 0; at < steps; ++at) {
    path.time_ns.push_back(second_ns * static_cast<std::int64_t>(at + 1));
    path.price_ticks.push_back(from_ticks + (to_ticks - from_ticks) *
                                                static_cast<std::int64_t>(at) /
                                                static_cast<std::int64_t>(steps - 1));
  }
  return path;
}

Table longs(std::size_t count) {
  Table table;
  for (std::size_t at = 0; at < count; ++at) {
    table.instrument.push_back(0);
    table.qty.push_back(0.01 * static_cast<double>(1 + at % 7));
    table.entry_price.push_back(70'000);
    table.leverage.push_back(static_cast<double>(5 + 5 * (at % 10)));
  }
  return table;
}

DELEVER_TEST(sim_stress_loads_margins_as_they_were) {
  StressRun run(one_coin());
  Table table;
  table.holder = {0, 0, 1};
  table.instrument = {0, 0, 0};
  table.qty = {1, 0.5, -2};
  table.entry_price = {70'000, 71'000, 70'000.04};
  table.leverage = {10, 10, 12.5};
  table.margin = {9'000, 0, 0};
  table.wallet = {250, 0, 0};
  run.load(table.columns());
  CHECK_EQUAL(run.book().loaded(), std::int64_t{3});
  const Venue& venue = run.venue();
  AccountId first = 0, second = 0;
  for (AccountId id = 1; id < venue.account_count(); ++id) {
    if (!run.book().owns(id)) continue;
    (run.book().holder_of(id) == 0 ? first : second) = id;
  }
  CHECK_EQUAL(venue.position(first, 0)->qty.value, std::int64_t{1'500});
  CHECK_EQUAL(venue.position(first, 0)->margin.value, std::int64_t(12'550) * 100'000'000);
  CHECK_EQUAL(venue.account(first).wallet.value, std::int64_t{250} * 100'000'000);
  CHECK_EQUAL(venue.position(second, 0)->margin.value, std::int64_t(11'200) * 100'000'000);
  CHECK(venue.audit().empty());
}

DELEVER_TEST(sim_stress_counts_what_the_venue_refuses) {
  StressRun run(one_coin());
  Table table;
  table.instrument = {0, 0, 0, 0};
  table.qty = {1, 1, 0.0001, 1};
  table.entry_price = {70'000, 70'000, 70'000, 0};
  table.leverage = {20, 200, 20, 20};
  run.load(table.columns());
  CHECK_EQUAL(run.book().loaded(), std::int64_t{1});
  const auto refused = [&](RejectReason reason) {
    return run.book().refused()[static_cast<std::size_t>(reason)];
  };
  CHECK_EQUAL(refused(RejectReason::LeverageAboveTier), std::int64_t{1});
  CHECK_EQUAL(refused(RejectReason::InvalidQty), std::int64_t{1});
  CHECK_EQUAL(refused(RejectReason::InvalidPrice), std::int64_t{1});
  CHECK_EQUAL(run.book().first_refused_row(), std::int64_t{1});
}

DELEVER_TEST(sim_stress_liquidates_whom_the_mark_reaches_and_nobody_else) {
  StressRun run(one_coin());
  const Table table = longs(500);
  run.load(table.columns());
  std::vector<std::int64_t> thresholds(500);
  for (AccountId id = 1; id < run.venue().account_count(); ++id)
    if (run.book().owns(id))
      thresholds[static_cast<std::size_t>(run.book().holder_of(id))] =
          run.venue().liquidation_price(id, 0);
  run.prepare(falling(700'000, 620'000, 300), std::vector<double>{1e8}, 1e8);
  std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
  while (run.step() < run.steps()) {
    run.run(run.step() + 1);
    lowest = std::min(lowest, run.venue().mark(0).value);
  }
  std::size_t expected = 0;
  for (const std::int64_t threshold : thresholds) expected += threshold >= lowest ? 1 : 0;
  const StressRecords& records = run.records();
  CHECK(expected > 100 && expected < 500);
  CHECK_EQUAL(records.liquidations().size(), expected);
  double usd = 0;
  for (const double part : records.series().liquidated_usd) usd += part;
  CHECK(std::fabs(usd - records.liquidated_usd()) < 1e-6 * usd);
  for (const LiquidationRecord& one : records.liquidations()) {
    CHECK(one.mark_ticks <=
          thresholds[static_cast<std::size_t>(run.book().holder_of(one.account))]);
    CHECK_EQUAL(-(one.closed_lots) + one.taken_lots, one.qty_lots);
  }
  CHECK(run.venue().audit().empty());
}

DELEVER_TEST(sim_stress_map_holds_every_loaded_position_once) {
  StressRun run(one_coin());
  const Table table = longs(300);
  run.load(table.columns());
  double waiting = 0, loaded = run.book().notional_usd()[0][0];
  for (const double part : run.waiting_usd(0, 1'000, 200'000, 500)) waiting += part;
  CHECK(waiting > 0.75 * loaded && waiting < loaded);  // valued at lower prices than the entry
}

DELEVER_TEST(sim_stress_refuses_paths_that_go_back) {
  StressRun run(one_coin());
  StressPath path = falling(700'000, 690'000, 3);
  path.time_ns[2] = path.time_ns[1];
  CHECK_THROWS(run.prepare(path, std::vector<double>{1e8}, 0), std::invalid_argument);
  CHECK_THROWS(run.prepare(falling(7, 6, 2), {}, 0), std::invalid_argument);
  run.prepare(falling(700'000, 690'000, 3), std::vector<double>{1e8}, 0);
  CHECK_THROWS(run.prepare(falling(700'000, 690'000, 3), std::vector<double>{1e8}, 0),
               std::invalid_argument);
}

}  // namespace
}  // namespace delever::testing
