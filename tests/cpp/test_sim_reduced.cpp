#include <cmath>
#include <numeric>

#include "check.hpp"
#include "sim/reduced_model.hpp"
#include "sim_fixture.hpp"

namespace delever::testing {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

ReducedTerms linear_terms(double depth_usd = 20e6) {
  ReducedTerms terms;
  terms.impact = {depth_usd, infinite, 0};
  terms.depth.withdrawal = false;
  return terms;
}

StepClock ten_second_clock(std::uint32_t steps) {
  return StepClock(0, {{10 * second_ns * steps, 10 * second_ns}});
}

struct DrawnWorld {
  explicit DrawnWorld(std::uint64_t seed = 7, double cluster_share = 0)
      : config(sim_config(seed)), driver(make_driver(config)) {
    config.instruments.resize(1);
    config.population.exit_drawdown_slope = 0.3;
    config.population.reentry_hours = 0.5;
    population = draw_population(config, driver.clock(), driver.path(0), cluster_share);
  }
  static Driver make_driver(SimulationConfig config) {
    config.instruments.resize(1);
    return Driver(config, 10 * second_ns, 0.01);
  }
  ReducedRun factual(const ReducedTerms& terms) const {
    ReducedRun run(population, terms, driver);
    run.run_to(population.clock.step_count());
    return run;
  }
  ReducedRun repeated(const ReducedTerms& terms, const std::vector<double>& innovations) const {
    ReducedRun run(population, terms, innovations);
    run.run_to(population.clock.step_count());
    return run;
  }
  SimulationConfig config;
  Driver driver;
  ReducedPopulation population{ten_second_clock(1), 0, {}, {}, {}, nullptr};
};

DELEVER_TEST(reduced_ladder_agrees_with_a_plain_list) {
  Random random(5);
  constexpr std::uint32_t traders = 300;
  ReducedLadder ladder(traders, -1.0, 1.0);
  std::vector<double> threshold(traders, infinite);
  std::vector<bool> is_long(traders);
  double price = 0;
  for (int turn = 0; turn < 4000; ++turn) {
    const auto trader = static_cast<std::uint32_t>(random.below(traders));
    if (threshold[trader] == infinite) {
      is_long[trader] = random.below(2) == 0;
      const double distance = static_cast<double>(random.between(1, 3000)) * 1e-5;
      threshold[trader] = is_long[trader] ? price - distance : price + distance;
      ladder.add(trader, is_long[trader], threshold[trader]);
    } else if (random.below(8) == 0) {
      threshold[trader] = infinite;
      ladder.remove(trader);
    }
    price += static_cast<double>(random.between(-50, 50)) * 1e-5;
    price = std::clamp(price, -0.5, 0.5);
    std::vector<bool> taken(traders);
    ladder.take_crossed(price, [&](std::uint32_t one) { taken[one] = true; });
    for (std::uint32_t one = 0; one < traders; ++one) {
      const bool crossed = threshold[one] != infinite &&
                           (is_long[one] ? threshold[one] >= price : threshold[one] <= price);
      CHECK_EQUAL(bool(taken[one]), crossed);
      if (crossed) threshold[one] = infinite;
    }
  }
}

DELEVER_TEST(reduced_ladder_sums_what_lies_between_two_prices) {
  ReducedLadder ladder(4, -1.0, 1.0);
  ladder.add(0, true, -0.010);
  ladder.add(1, true, -0.0101);
  ladder.add(2, true, -0.030);
  ladder.add(3, false, 0.010);
  std::uint32_t seen = 0;
  ladder.visit_between(true, -0.02, 0.0,
                       [&](std::uint32_t trader, double) { seen |= 1 << trader; });
  CHECK_EQUAL(seen, 3U);
  ladder.add(3, true, 5.0);  // outside the range: never crossed
  ladder.take_crossed(-0.99, [&](std::uint32_t trader) { CHECK(trader != 3); });
}

// 10 longs of $2M, one per 0.1 % under the price: rho = $20M per 1 %, D = $40M per 1 %
DELEVER_TEST(reduced_run_amplifies_a_fall_by_one_over_one_minus_R) {
  const StepClock clock = ten_second_clock(400);
  std::vector<double> thresholds, sizes;
  for (int i = 0; i < 20'000; ++i) {
    thresholds.push_back(-1e-5 * (i + 0.5));
    sizes.push_back(20'000);
  }
  const ReducedPopulation population = fixed_positions(clock, 0, thresholds, sizes);
  ReducedTerms terms = linear_terms(40e6);
  std::vector<double> innovations(400, -0.05 / 400);
  ReducedRun run(population, terms, innovations);
  run.run_to(400);
  CHECK(std::fabs(-run.log_price() / 0.05 - 2.0) < 0.005);
  terms.liquidations = Liquidations::Off;
  ReducedRun without(population, terms, innovations);
  without.run_to(400);
  CHECK(std::fabs(without.log_price() + 0.05) < 1e-12);
  terms.liquidations = Liquidations::OffBook;
  ReducedRun off_book(population, terms, innovations);
  off_book.run_to(400);
  CHECK(std::fabs(off_book.log_price() + 0.05) < 1e-12);
  CHECK(off_book.liquidated_long_usd() > 99e6 && off_book.liquidated_long_usd() < 101e6);
}

DELEVER_TEST(reduced_counterfactual_is_target_less_impact_with_linear_depth) {
  const DrawnWorld world;
  ReducedTerms terms = linear_terms();
  terms.population_flow = false;
  const ReducedRun factual = world.factual(terms);
  CHECK(factual.liquidated_long_usd() > 0);
  ReducedTerms off = terms;
  off.liquidations = Liquidations::Off;
  ReducedRun branch(world.population, terms, factual.innovations());
  ReducedRun without(world.population, off, factual.innovations());
  double worst = 0;
  for (std::uint32_t step = 1; step <= world.population.clock.step_count(); ++step) {
    branch.run_to(step);
    without.run_to(step);
    worst = std::max(worst,
                     std::fabs(without.log_price() - (branch.log_price() - branch.impact_log())));
  }
  CHECK(worst < 1e-9);
}

DELEVER_TEST(reduced_run_repeats_itself_and_a_kick_of_nothing_changes_nothing) {
  const DrawnWorld world;
  ReducedTerms terms = linear_terms();
  terms.depth.withdrawal = true;
  terms.impact.half_life_s = 3600;
  const ReducedRun factual = world.factual(terms);
  CHECK_EQUAL(factual.digest(), world.factual(terms).digest());
  CHECK_EQUAL(factual.digest(), world.repeated(terms, factual.innovations()).digest());
  ReducedRun kicked(world.population, terms, factual.innovations());
  kicked.run_to(300);
  ReducedRun branch = kicked;
  branch.kick(0.0);
  branch.run_to(world.population.clock.step_count());
  CHECK_EQUAL(factual.digest(), branch.digest());
  kicked.kick(20e6);
  kicked.run_to(world.population.clock.step_count());
  CHECK(factual.digest() != kicked.digest());
  CHECK(DrawnWorld(8).factual(terms).digest() != factual.digest());
}

DELEVER_TEST(reduced_mechanisms_that_never_act_leave_every_bit) {
  const DrawnWorld world;
  ReducedTerms terms = linear_terms(1e9);
  const std::vector<double> still(world.population.clock.step_count(), 0.0);
  const ReducedRun calm = world.repeated(terms, still);
  CHECK_EQUAL(calm.liquidated_long_usd(), 0.0);
  ReducedTerms other = terms;
  other.liquidations = Liquidations::Off;
  CHECK_EQUAL(calm.digest(), world.repeated(other, still).digest());
  other.liquidations = Liquidations::OffBook;
  other.leverage_max = 125;
  CHECK_EQUAL(calm.digest(), world.repeated(other, still).digest());
}

DELEVER_TEST(reduced_driver_follows_the_recorded_closes) {
  const DrawnWorld world;
  ReducedTerms terms = linear_terms(400e6);
  const ReducedRun run = world.factual(terms);
  CHECK(run.path_error() < 0.0005);
  CHECK(run.clipped_share() < 0.01);
}

DELEVER_TEST(reduced_intents_are_sorted_and_one_trader_holds_one_at_a_time) {
  for (const double cluster_share : {0.0, 0.5}) {
    const DrawnWorld world(3, cluster_share);
    const ReducedPopulation& population = world.population;
    std::vector<std::uint32_t> free_at(population.traders.size(), 0);
    CHECK_EQUAL(population.first_intent.back(), population.intents.size());
    std::uint32_t previous = 0;
    for (const ReducedIntent& intent : population.intents) {
      CHECK(intent.entry_step >= previous);
      previous = intent.entry_step;
      CHECK(free_at[intent.trader] != no_step && intent.entry_step >= free_at[intent.trader]);
      CHECK(intent.held == (intent.entry_log != 0));
      free_at[intent.trader] = intent.exit_step;
    }
  }
}

// Caccioli, Bouchaud, Farmer (2012): unwinding Q at impact I(Q) ruins its holder from leverage
// 2 / I on when impact is linear, 3 / (2 I) when it follows a square root.
DELEVER_TEST(reduced_impact_gives_the_critical_leverage_of_both_laws) {
  const StepClock clock = ten_second_clock(2);
  const ReducedPopulation nobody = fixed_positions(clock, 0, {}, {});
  for (const double total : {0.02, 0.05, 0.10}) {
    for (const bool square_root : {false, true}) {
      ReducedTerms terms = linear_terms(1e6);
      double usd = 100e6 * total;
      if (square_root) {
        terms.concave_scale = 1e-6;
        usd = 1e8 * total * total / (4 * terms.concave_scale);
      }
      ReducedRun run(nobody, terms, std::vector<double>(2, 0.0));
      constexpr int slices = 20'000;
      double proceeds = 0;
      for (int i = 0; i < slices; ++i) {
        const double before = run.log_price();
        run.kick(usd / slices);
        proceeds += 0.5 * (before + run.log_price()) / slices;
      }
      const double impact = -run.log_price();
      const double critical = 1.0 / -proceeds;  // the equity 1/leverage is the mean loss
      const double expected = (square_root ? 1.5 : 2.0) / impact;
      CHECK(std::fabs(impact / total - 1.0) < 0.05);
      CHECK(std::fabs(critical / expected - 1.0) < 0.05);
    }
  }
}

DELEVER_TEST(reduced_model_answers_with_the_smaller_share) {
  const DrawnWorld world;
  ReducedTerms terms = linear_terms(100e6);
  const std::uint32_t last = world.population.clock.step_count() - 1;
  ReducedQuestion question;
  question.horizons = {{0, 0}, {0, last}};
  question.kick_steps = {100, 700};
  question.branches = true;
  const ReducedAnswer found =
      answer(world.population, terms, ReducedRun(world.population, terms, world.driver), question);
  CHECK_EQUAL(found.falls.size(), std::size_t{2});
  CHECK_EQUAL(found.multiplier.size(), std::size_t{2});
  CHECK(found.falls[0].low_step - found.falls[0].high_step <= 30);
  CHECK(found.falls[1].with > 0.05 && found.falls[1].share() <= found.falls[1].at_low());
  ReducedRun run(world.population, terms, found.innovations);
  run.run_to(last + 1);
  const double now = std::exp(run.log_price());
  const std::vector<NextLevel> levels = next_levels(run, {now * 0.97, now * 0.9});
  CHECK(levels[0].liquidated_usd <= levels[1].liquidated_usd && levels[1].liquidated_usd > 0);
  CHECK(levels[1].stop_price <= now * 0.9 * (1 + 1e-9));
  CHECK(levels[1].pushed_log < std::log(1 / 0.9));
}

}  // namespace
}  // namespace delever::testing
