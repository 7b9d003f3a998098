// Stops, trend followers, arbitrageurs, halts and workers of the closed world, each by itself.
#include <atomic>
#include <cmath>
#include <stdexcept>

#include "check.hpp"
#include "world_fixture.hpp"

namespace delever::testing {
namespace {

/// A venue's desk with a book that somebody else keeps.
struct Bench {
  SimulationConfig config = sim_config();
  Venue venue{{config.instruments[0].spec}, Rulebook{}};
  Desk desk{venue};
  AccountId maker = 0;
  OrderId bid = no_order;
  Hedgers hedgers;

  Bench() : hedgers(prepared(desk), config.market, config.instruments[0], 0) {
    maker = desk.open_account(1e9);
    desk.set_leverage(maker, 0, 1);
  }
  static Desk& prepared(Desk& desk) {
    desk.set_time(sim_start_ns);
    desk.update_index(0, 700'000, false);
    return desk;
  }
  /// Quotes one lot at a price, and has it taken.
  void print(double price_usd) {
    const auto ticks = static_cast<std::int64_t>(price_usd * 10);
    if (bid == no_order) {
      bid = desk.quote(maker, 0, Side::Buy, ticks - 1, 1'000'000);
    } else {
      desk.amend(maker, 0, bid, ticks - 1, 1'000'000);
    }
    desk.quote(maker, 0, Side::Sell, ticks, 1);
    const AccountId buyer = desk.open_account(1e6);
    desk.trade(buyer, 0, Side::Buy, 1);
  }
};

DELEVER_TEST(sim_stops_rest_and_sell_what_the_last_price_goes_through) {
  Bench bench;
  StopConfig config{.usd_per_percent = 1e6, .reach = 0.1, .per_side = 200};
  const StopOrders stops(bench.desk, config, 5, bench.config.instruments[0], 0, 1.0, 70'000.0,
                         bench.hedgers);
  CHECK_EQUAL(bench.desk.rejected(), std::int64_t{0});
  CHECK_EQUAL(stops.accounts().size(), std::size_t{400});
  const auto longs_usd = [&] {
    double usd = 0;
    for (const AccountId account : stops.accounts()) {
      usd += std::max<double>(0, static_cast<double>(bench.desk.lots_of(account, 0))) * 70.0;
    }
    return usd;
  };
  const double before = longs_usd();
  CHECK(std::fabs(before / 10e6 - 1) < 0.25);
  bench.print(70'000);
  CHECK_EQUAL(longs_usd(), before);
  bench.print(70'000 * 0.96);
  const double sold = before - longs_usd();
  CHECK(std::fabs(sold / (0.4 * before) - 1) < 0.3);  // two fifths of the reach
  bench.print(70'000 * 0.97);
  CHECK_EQUAL(before - longs_usd(), sold);
}

DELEVER_TEST(sim_momentum_sells_a_fall_and_stops_at_its_limit) {
  Bench bench;
  bench.print(70'000);
  MomentumConfig config{.usd_per_percent = 1e4, .usd_max = 25e3, .trail_hours = 1};
  MomentumTraders traders(bench.desk, config, bench.config.instruments[0], 0, 1.0);
  const double flat[] = {70'000}, fallen[] = {70'000 * 0.98}, crashed[] = {70'000 * 0.90};
  traders.act(sim_start_ns + second_ns, flat);
  CHECK_EQUAL(bench.desk.lots_of(traders.account(), 0), std::int64_t{0});
  traders.act(sim_start_ns + 2 * minute_ns, fallen);
  const std::int64_t sold = -bench.desk.lots_of(traders.account(), 0);
  CHECK(std::fabs(static_cast<double>(sold) * 70.0 / 20e3 - 1) < 0.1);
  traders.act(sim_start_ns + 2 * minute_ns + second_ns, crashed);  // does not look yet
  CHECK_EQUAL(bench.desk.lots_of(traders.account(), 0), -sold);
  traders.act(sim_start_ns + 4 * minute_ns, crashed);
  const double most = -static_cast<double>(bench.desk.lots_of(traders.account(), 0)) * 63.0;
  CHECK(std::fabs(most / 25e3 - 1) < 0.05);
}

DELEVER_TEST(sim_arbitrageurs_lean_against_the_basis_after_their_delay) {
  ArbitrageConfig config{.threshold = 0.001, .full_basis = 0.002};
  config.delay_steps = 2;
  Arbitrageurs arbitrageurs(config, 3);
  const auto decide = [&](double basis, double held_usd, double half_spread = 0) {
    arbitrageurs.begin();
    const double middle = 100 * (1 + basis);
    const Spread spread{.bid_usd = middle - half_spread,
                        .ask_usd = middle + half_spread,
                        .index_usd = 100,
                        .held_usd = held_usd,
                        .capital_usd = 1e6};
    arbitrageurs.consider(1, 0, spread, 1e9);
    arbitrageurs.end();
  };
  const auto arrived = [&](double usd, double limit_usd) {
    const std::vector<RemoteOrder>& orders = arbitrageurs.arriving()[1];
    return orders.size() == 1 && std::fabs(orders[0].usd - usd) < 1 &&
           std::fabs(orders[0].limit_usd - limit_usd) < 1e-6;
  };
  decide(-0.002, 0);
  CHECK(arbitrageurs.arriving()[1].empty());
  decide(0.0005, 0);
  CHECK(arrived(5e5, 99.9));  // bought where it is cheap, no dearer than the threshold
  decide(-0.0005, 4e5);
  CHECK(arbitrageurs.arriving()[1].empty());  // inside the threshold nothing is opened,
  decide(-0.0015, 4e5);
  CHECK(arbitrageurs.arriving()[1].empty());  // and what is held waits
  decide(0.0, 4e5);
  CHECK(arbitrageurs.arriving()[1].empty());  // a gap that wants less than is held: nothing is sold
  decide(0.02, 4e5);
  CHECK(arrived(-4e5, 100));  // the gap is gone
  decide(0.02, 0);
  CHECK(arrived(-4e5, 100));  // first out of the long
  decide(-0.002, 0, 0.3);     // the middle is low, but nobody sells there
  CHECK(arrived(-1e6, 100.1));
  decide(0, 0);
  CHECK(arbitrageurs.arriving()[1].empty());
  arbitrageurs.begin();
  arbitrageurs.hedge(0, 3e5);
  arbitrageurs.end();
  arbitrageurs.begin();
  arbitrageurs.end();
  CHECK_EQUAL(arbitrageurs.arriving()[0].size(), std::size_t{1});
  CHECK(arbitrageurs.arriving()[0][0].usd == -3e5);
}

DELEVER_TEST(sim_world_halts_what_falls_too_fast) {
  WorldConfig config = world_config(7, 2'000);
  config.momentum.usd_per_percent = 1e5;
  config.stops.usd_per_percent = 2e5;
  const auto factual = run_world(config);
  WorldConfig halted = counterfactual_of(config, *factual);
  halted.switches.halt_fall = 0.01;
  halted.switches.halt_minutes = 15;
  const auto other = run_world(halted);
  CHECK(other->digest() != factual->digest());
  CHECK(liquidations_of(*other) != liquidations_of(*factual));
  for (std::size_t i = 0; i < other->venue_count(); ++i) {
    CHECK(other->venue(i).venue().audit().empty());
  }
}

DELEVER_TEST(sim_world_agents_fire_when_they_are_there) {
  WorldConfig config = world_config(7, 2'000);
  const auto bare = run_world(config);
  config.saved = bare->driver().saved();
  WorldConfig with_stops = config, with_momentum = config, apart = config;
  with_stops.stops.usd_per_percent = 1e6;
  with_momentum.momentum.usd_per_percent = 1e6;
  apart.switches.links = false;
  const auto low = [](const World& world) {
    double lowest = 1e300;
    for (std::size_t at = 0; at < world.series().log_price.size(); at += 2) {
      lowest = std::min(lowest, world.series().log_price[at]);
    }
    return lowest;
  };
  CHECK(low(*run_world(with_stops)) < low(*bare) - 1e-4);
  CHECK(low(*run_world(with_momentum)) < low(*bare) - 1e-4);
  CHECK(run_world(apart)->digest() != bare->digest());
}

DELEVER_TEST(sim_world_other_closings_take_the_flow_away) {
  WorldConfig config = world_config(7, 4'000);
  const auto factual = run_world(config);
  config.saved = factual->driver().saved();
  for (const ForcedClosing closing : {ForcedClosing::AtMark, ForcedClosing::Deleverage}) {
    config.switches.liquidations = closing;
    const auto other = run_world(config);
    CHECK(liquidations_of(*other) > 0);
    double forced = 0;
    for (const double usd : other->series().forced_usd) forced += std::fabs(usd);
    CHECK_EQUAL(forced, 0.0);
    for (std::size_t i = 0; i < other->venue_count(); ++i) {
      CHECK(other->venue(i).venue().audit().empty());
    }
  }
}

DELEVER_TEST(sim_workers_run_every_task_once_and_pass_on_what_is_thrown) {
  WorkerPool pool(3);
  std::vector<std::atomic<int>> runs(100);
  auto count = [&](std::uint32_t number) { ++runs[number]; };
  for (int round = 0; round < 50; ++round) pool.run(100, count);
  for (const std::atomic<int>& times : runs) CHECK_EQUAL(times.load(), 50);
  auto fail = [](std::uint32_t number) {
    if (number % 2 == 1) throw std::runtime_error(std::to_string(number));
  };
  std::string what;
  try {
    pool.run(8, fail);
  } catch (const std::runtime_error& error) {
    what = error.what();
  }
  CHECK(what == "1");
  pool.run(100, count);
  CHECK_EQUAL(runs[99].load(), 51);
}

DELEVER_TEST(sim_world_refuses_what_cannot_be) {
  const auto refuses = [](auto change) {
    WorldConfig config = world_config(1, 2'000);
    change(config);
    return !config.validate().empty();
  };
  CHECK(!refuses([](WorldConfig&) {}));
  CHECK(refuses([](WorldConfig& c) { c.venues.clear(); }));
  CHECK(refuses([](WorldConfig& c) { c.venues[0].share = 0.9; }));
  CHECK(refuses([](WorldConfig& c) { c.venues[1].listings[0].coin = 5; }));
  CHECK(refuses([](WorldConfig& c) { c.spot_share = 1; }));
  CHECK(refuses([](WorldConfig& c) { c.impact_half_life_s = 0; }));
  CHECK(refuses([](WorldConfig& c) { c.permanent_share = 1.5; }));
  CHECK(refuses([](WorldConfig& c) { c.switches.depth = 0; }));
  CHECK(refuses([](WorldConfig& c) { c.arbitrage.delay_steps = 0; }));
}

}  // namespace
}  // namespace delever::testing
