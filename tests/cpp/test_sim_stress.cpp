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
  std::vector<std::int64_t> cross;

  StressColumns columns() const {
    return {holder, instrument, qty, entry_price, leverage, margin, wallet, cross};
  }
};

StressConfig one_coin() {
  const InstrumentConfig coin = sim_instrument("BTCUSDT", 70'000, 0.1, 0.001);
  StressConfig config;
  config.instruments = {coin.spec};
  config.units = {{coin.tick_usd, coin.lot_coin, 0}};
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

// 1 BTC at 70,000 with 8,000 behind it: 8,000 - (70,000 - p) <= 0.4 % x p at 62,248.9...
DELEVER_TEST(sim_stress_liquidates_a_cross_position_where_its_wallet_ends) {
  StressRun run(one_coin());
  Table table;
  table.instrument = {0, 0, 0};
  table.qty = {1, 2, -3};
  table.entry_price = {70'000, 70'000, 70'000};
  table.leverage = {10, 0, 5};
  table.wallet = {8'000, 140'000, 50'000};
  table.cross = {1, 1, 0};
  run.load(table.columns());
  CHECK_EQUAL(run.book().loaded(), std::int64_t{3});
  for (const Position& one : run.venue().positions())
    if (run.book().owns(one.account) && one.cross) CHECK_EQUAL(one.margin.value, std::int64_t{0});
  run.prepare(falling(700'000, 600'000, 200), std::vector<double>{1e8}, 1e8);
  run.run(1);  // the map has a price for it once there is a mark
  const std::vector<double> waiting = run.waiting_usd(0, 62'000, 62'500, 1);
  CHECK(std::fabs(waiting[0] - 62'248) < 2);
  run.run(run.steps());
  const auto& records = run.records().liquidations();
  CHECK_EQUAL(records.size(), std::size_t{1});
  const LiquidationRecord& one = records.front();
  CHECK(one.cross && one.equity_atoms > 0 && one.mark_ticks <= 622'489);
  CHECK_EQUAL(run.book().holder_of(one.account), std::int64_t{0});
  CHECK_EQUAL(one.qty_lots, std::int64_t{1'000});
  CHECK_EQUAL(one.taken_lots - one.closed_lots, one.qty_lots);
  CHECK(run.venue().audit().empty());
}

DELEVER_TEST(sim_stress_takes_inverse_books_in_coins) {
  InstrumentConfig coin = sim_instrument("BTCUSD", 70'000, 0.5, 1);
  coin.spec.contract = ContractKind::Inverse;
  coin.spec.atom_ticks_per_lot = 20'000'000'000;  // 100 USD a lot
  coin.spec.price_ticks_min = 20'000;
  coin.spec.position_lots_max = 100'000'000;
  coin.spec.order_lots_max = 10'000'000;
  StressConfig config;
  config.instruments = {coin.spec};
  config.units = {{0.5, 1, 100}};
  StressRun run(config);
  Table table;
  for (std::int64_t at = 0; at < 200; ++at) {
    table.instrument.push_back(0);
    table.qty.push_back(100 + static_cast<double>(at));
    table.entry_price.push_back(70'000);
    table.leverage.push_back(static_cast<double>(4 + at % 20));
    table.cross.push_back(at % 2);
  }
  run.load(table.columns());
  CHECK_EQUAL(run.book().loaded(), std::int64_t{200});
  double notional = 0;
  for (const double qty : table.qty) notional += 100 * qty;
  CHECK(std::fabs(run.book().notional_usd()[0][0] - notional) < 1);
  run.prepare(falling(140'000, 120'000, 200), std::vector<double>{1e8}, 1e6);
  run.run(run.steps());
  double usd = 0;
  std::size_t crossed = 0;
  for (const LiquidationRecord& one : run.records().liquidations()) {
    usd += 100 * static_cast<double>(one.qty_lots);
    crossed += one.cross ? 1 : 0;
    CHECK_EQUAL(one.taken_lots - one.closed_lots, one.qty_lots);
    CHECK(one.fee_usd >= 0 && one.fee_usd <= 0.0126 * 100 * static_cast<double>(one.qty_lots));
  }
  CHECK(crossed > 20 && crossed < run.records().liquidations().size());
  CHECK(std::fabs(run.records().liquidated_usd() - usd) < 1e-6 * usd);
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
