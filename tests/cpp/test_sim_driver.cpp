// Price formation and the exogenous driver: closed forms, and the path that the driver must hold.
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "check.hpp"
#include "sim/driver.hpp"
#include "sim_fixture.hpp"

namespace delever::testing {
namespace {

constexpr double forever = std::numeric_limits<double>::infinity();
constexpr DepthTerms constant_depth{.withdrawal = false};

/// A day of one price without a book: flow is a function of interval and price.
struct Day {
  std::vector<double> log_prices, impacts;
};

template <class Flow>
Day run_day(Driver& driver, const ImpactTerms& impact, const DepthTerms& depth, Flow flow) {
  PriceFormation price(impact, depth, driver.first_log_price(0));
  Day day;
  for (std::uint32_t k = 0; k < driver.clock().step_count(); ++k) {
    const double seconds = k == 0 ? 0.0 : driver.clock().duration_seconds(k - 1);
    price.pass(seconds);
    price.innovate(driver.innovation(0, k, price, 0.0));
    price.observe(driver.clock().time_ns(k), seconds);
    day.log_prices.push_back(price.log_price());
    day.impacts.push_back(price.impact());
    price.add_flow(flow(k, price.log_price()));
  }
  return day;
}

DELEVER_TEST(sim_price_formation_is_linear_impact_that_decays) {
  PriceFormation price({.depth_usd_per_percent = 2e6, .half_life_s = 100, .permanent_share = 0.25},
                       constant_depth, 1.0);
  price.add_flow(-4e6);  // two percent of depth
  CHECK(std::fabs(price.impact() + 0.02) < 1e-15);
  CHECK(std::fabs(price.known_decay(100) - 0.0075) < 1e-12);
  price.pass(100);
  CHECK(std::fabs(price.log_price() - (1.0 - 0.005 - 0.0075)) < 1e-12);
  price.innovate(0.5);
  CHECK(std::fabs(price.value() - 1.5) < 1e-15);
  PriceFormation stays({.depth_usd_per_percent = 1e6, .half_life_s = forever}, constant_depth, 0);
  stays.add_flow(1e6);
  stays.pass(1e9);
  CHECK(std::fabs(stays.log_price() - 0.01) < 1e-15);
}

DELEVER_TEST(sim_price_formation_moves_further_when_depth_is_gone) {
  PriceFormation price({.depth_usd_per_percent = 1e6, .half_life_s = forever}, DepthTerms{}, 0);
  price.observe(0, 0);
  price.innovate(-0.0005 * 10);
  price.observe(second_ns, 1);
  CHECK(std::fabs(price.depth_factor() - 1.0 / 1.75) < 0.01);
  const double before = price.log_price();
  price.add_flow(-1e6);
  CHECK(std::fabs(price.log_price() - before + 0.01 / price.depth_factor()) < 1e-12);
}

DELEVER_TEST(sim_driver_holds_the_recorded_path_against_flow) {
  const SimulationConfig config = sim_config();
  Driver driver(config, control_ns_default, 0.02);
  const ImpactTerms impact{.depth_usd_per_percent = 20e6, .half_life_s = 3600};
  const Day day = run_day(driver, impact, DepthTerms{},
                          [](std::uint32_t k, double) { return k % 300 < 40 ? -2e5 : 0.0; });
  for (const PriceBar& bar : config.instruments[0].path) {
    const std::uint32_t first = driver.clock().step_at(bar.time_ns);
    const std::uint32_t end =
        std::min(driver.clock().step_at(bar.time_ns + bar.bar_ns), driver.clock().step_count());
    const auto [low, high] =
        std::minmax_element(day.log_prices.begin() + first, day.log_prices.begin() + end);
    CHECK(std::fabs(*low - std::log(bar.low)) < 1e-9);
    CHECK(std::fabs(*high - std::log(bar.high)) < 1e-9);
    CHECK(std::fabs(day.log_prices[first] - std::log(bar.open)) < 1e-9);
  }
  CHECK_EQUAL(driver.closes(0), std::int64_t{15});  // the last bar ends with the clock
  CHECK(driver.path_error(0) < 3e-4);
  CHECK(driver.path_error(0) > 0);
  CHECK_EQUAL(driver.clipped_share(0), 0.0);
}

DELEVER_TEST(sim_driver_replayed_without_flow_gives_the_path_less_its_impact) {
  SimulationConfig config = sim_config();
  config.instruments.resize(1);
  const ImpactTerms impact{
      .depth_usd_per_percent = 20e6, .half_life_s = 1800, .permanent_share = 0.3};
  Driver driver(config, control_ns_default, 0.02);
  const auto selling = [](std::uint32_t k, double log_price) {
    return log_price < std::log(68'000.0) && k % 3 == 0 ? -1.5e5 : 0.0;
  };
  const Day factual = run_day(driver, impact, constant_depth, selling);
  Driver replayed(config, control_ns_default, driver.saved());
  const Day without =
      run_day(replayed, impact, constant_depth, [](std::uint32_t, double) { return 0.0; });
  double worst = 0, largest = 0;
  for (std::size_t k = 0; k < without.log_prices.size(); ++k) {
    worst = std::max(
        worst, std::fabs(without.log_prices[k] - (factual.log_prices[k] - factual.impacts[k])));
    largest = std::max(largest, std::fabs(factual.impacts[k]));
  }
  CHECK(worst < 1e-9);
  CHECK(largest > 0.005);
}

DELEVER_TEST(sim_driver_with_patience_waits_where_the_record_leads_and_not_on_the_way_back) {
  SimulationConfig config = sim_config();
  config.instruments.resize(1);
  config.instruments[0].noise_per_sqrt_minute = 0.0005;
  std::vector<PriceBar>& bars = config.instruments[0].path;
  bars.resize(6);
  bars[4].close = bars[4].open * 0.9;
  bars[4].low = bars[4].close * 0.999;
  const double after = bars[4].close;
  bars[5] = {bars[5].time_ns, bars[5].bar_ns, after, after * 1.001, after * 0.999, after};
  const auto no_flow = [](std::uint32_t, double) { return 0.0; };
  const ImpactTerms impact{.depth_usd_per_percent = 20e6};
  const auto closed = [&](double patience) {
    Driver driver(config, control_ns_default, 0.02, patience);
    const Day day = run_day(driver, impact, constant_depth, no_flow);
    std::vector<double> gaps;
    for (const PriceBar& bar : bars) {
      const std::uint32_t last = driver.clock().step_at(bar.time_ns + bar.bar_ns) - 1;
      gaps.push_back(day.log_prices[last] - std::log(bar.close));
    }
    return gaps;
  };
  CHECK(std::fabs(closed(0)[4]) < 1e-9);
  CHECK(closed(0) == closed(1e6));
  const std::vector<double> patient = closed(1);
  CHECK(patient[4] > 0.05);
  CHECK(std::fabs(patient[5]) < 1e-9);
}

DELEVER_TEST(sim_driver_reports_where_its_clip_holds) {
  Driver driver(sim_config(), control_ns_default, 1e-5);
  run_day(driver, {.depth_usd_per_percent = 20e6}, constant_depth,
          [](std::uint32_t, double) { return 0.0; });
  CHECK(driver.clipped_share(0) > 0.5);
  CHECK(driver.path_error(0) > 0.001);
}

DELEVER_TEST(sim_driver_gives_a_follower_beta_times_the_leaders_return) {
  SimulationConfig config = sim_config();
  Driver driver(config, control_ns_default, 0.02);
  PriceFormation price({.depth_usd_per_percent = 20e6}, constant_depth, driver.first_log_price(1));
  PriceFormation leader({.depth_usd_per_percent = 20e6}, constant_depth, driver.first_log_price(0));
  double before = leader.log_price();
  for (std::uint32_t k = 0; k < driver.clock().step_count(); ++k) {
    leader.innovate(driver.innovation(0, k, leader, 0.0));
    const double moved = leader.log_price() - before;
    before = leader.log_price();
    const double change = driver.innovation(1, k, price, moved);
    CHECK(std::fabs(change - (1.2 * moved + driver.saved()[1][k])) < 1e-15);
    price.innovate(change);
  }
  CHECK(driver.path_error(1) < 1e-9);
}

DELEVER_TEST(sim_driver_refuses_innovations_of_another_clock) {
  bool refused = false;
  try {
    Driver driver(sim_config(), control_ns_default, Innovations(2, std::vector<double>(3)));
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  CHECK(refused);
}

}  // namespace
}  // namespace delever::testing
