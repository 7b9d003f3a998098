// The closed world: what must hold of a factual run and of its counterfactuals.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "check.hpp"
#include "world_fixture.hpp"

namespace delever::testing {
namespace {

double lowest(const World& world, std::size_t coin = 0) {
  double low = 1e300;
  const std::size_t coins = world.config().market.instruments.size();
  for (std::size_t at = coin; at < world.series().log_price.size(); at += coins) {
    low = std::min(low, world.series().log_price[at]);
  }
  return low;
}

DELEVER_TEST(sim_world_follows_the_recorded_path_and_is_sound) {
  const auto world = run_world(world_config());
  CHECK(world->finished());
  CHECK(liquidations_of(*world) > 50);
  CHECK(world->driver().path_error(0) < 0.002);
  CHECK(world->driver().clipped_share(0) < 0.01);
  for (std::size_t i = 0; i < world->venue_count(); ++i) {
    CHECK(world->venue(i).venue().audit().empty());
    CHECK(world->venue(i).venue().poisoned().empty());
  }
  CHECK(world->spot().venue().audit().empty());
  double recorded_low = 1e300;
  for (const PriceBar& bar : world->config().market.instruments[0].path) {
    recorded_low = std::min(recorded_low, std::log(bar.low));
  }
  CHECK(std::fabs(lowest(*world) - recorded_low) < 0.003);
}

DELEVER_TEST(sim_world_is_the_same_on_two_workers_and_in_pieces) {
  WorldConfig config = world_config(3, 3'000);
  const auto one = run_world(config);
  config.workers = 2;
  World two(config);
  for (std::int64_t until = config.market.start_ns; !two.finished(); until += 7 * minute_ns) {
    two.run(until);
  }
  CHECK_EQUAL(one->digest(), two.digest());
  CHECK(one->cascades().parents == two.cascades().parents);
  config.market.seed = 4;
  CHECK(run_world(config)->digest() != one->digest());
}

DELEVER_TEST(sim_world_replayed_is_itself) {
  const WorldConfig config = world_config(5, 3'000);
  const auto factual = run_world(config);
  const auto again = run_world(counterfactual_of(config, *factual));
  CHECK_EQUAL(factual->digest(), again->digest());
  CHECK(factual->series().log_price == again->series().log_price);
}

DELEVER_TEST(sim_world_counterfactual_is_the_target_less_the_impact) {
  WorldConfig config = world_config();
  config.market.market.withdrawal = false;
  const auto factual = run_world(config);
  WorldConfig without = counterfactual_of(config, *factual);
  without.switches.liquidations = ForcedClosing::Off;
  const auto other = run_world(without);
  CHECK_EQUAL(liquidations_of(*other), std::int64_t{0});
  double worst = 0, apart = 0;
  const WorldSeries &f = factual->series(), &c = other->series();
  for (std::size_t at = 0; at < f.log_price.size(); at += 2) {
    const double target_less_impact = f.log_price[at] - f.impact[at] + c.impact[at];
    worst = std::max(worst, std::fabs(c.log_price[at] - target_less_impact));
    apart = std::max(apart, std::fabs(c.log_price[at] - f.log_price[at]));
  }
  CHECK(worst < 1e-9);
  CHECK(apart > 0.002);
  CHECK(lowest(*other) > lowest(*factual));
}

// The world's impact is the flows it reports, pushed through constant depth.
DELEVER_TEST(sim_world_impact_is_the_sum_of_its_flows) {
  WorldConfig config = world_config(11, 3'000);
  config.market.market.withdrawal = false;
  config.impact_half_life_s = std::numeric_limits<double>::infinity();
  const auto world = run_world(config);
  double sum = 0, worst = 0;
  const WorldSeries& s = world->series();
  for (std::size_t at = 0; at < s.log_price.size(); at += 2) {
    worst = std::max(worst, std::fabs(s.impact[at] - sum));
    sum += s.flow_usd[at] / (100 * config.market.instruments[0].depth_usd_per_percent);
  }
  CHECK(worst < 1e-9);
  CHECK(std::fabs(sum) > 1e-4);
}

DELEVER_TEST(sim_world_is_untouched_by_switches_of_what_never_fires) {
  WorldConfig config = world_config(7, 2'000);
  config.market.population.leverage_median = 1.0;
  config.market.population.leverage_sigma = 0.0;
  config.market.market.withdrawal = false;
  const auto factual = run_world(config);
  CHECK_EQUAL(liquidations_of(*factual), std::int64_t{0});
  const auto same = [&](auto change) {
    WorldConfig other = counterfactual_of(config, *factual);
    change(other);
    return run_world(other)->digest() == factual->digest();
  };
  CHECK(same([](WorldConfig& c) { c.switches.liquidations = ForcedClosing::Off; }));
  CHECK(same([](WorldConfig& c) { c.switches.liquidations = ForcedClosing::AtMark; }));
  CHECK(same([](WorldConfig& c) { c.switches.liquidations = ForcedClosing::Deleverage; }));
  CHECK(same([](WorldConfig& c) { c.switches.withdrawal = false; }));
  CHECK(same([](WorldConfig& c) { c.switches.stops = false; }));
  CHECK(same([](WorldConfig& c) { c.switches.momentum = false; }));
  CHECK(same([](WorldConfig& c) { c.switches.leverage_cap = 10; }));
  CHECK(same([](WorldConfig& c) {
    c.switches.halt_fall = 0.5;
    c.switches.halt_minutes = 10;
  }));
  CHECK(same([](WorldConfig& c) {
    c.sales.push_back({0, c.market.start_ns + hour_ns, c.market.start_ns + hour_ns, 0.0});
  }));
  CHECK(!same([](WorldConfig& c) { c.switches.depth = 2; }));
}

// Prices agree to the bit until the first liquidation that the other world does not make.
DELEVER_TEST(sim_world_differs_only_after_the_first_liquidation) {
  const WorldConfig config = world_config(7, 3'000);
  const auto factual = run_world(config);
  WorldConfig without = counterfactual_of(config, *factual);
  without.switches.liquidations = ForcedClosing::Off;
  const auto other = run_world(without);
  const WorldSeries &f = factual->series(), &c = other->series();
  const std::size_t coins = 2;
  std::size_t forced = 0, differs = 0;
  while (forced < f.forced_usd.size() && f.forced_usd[forced] == 0) ++forced;
  while (differs < f.flow_usd.size() && f.flow_usd[differs] == c.flow_usd[differs]) ++differs;
  CHECK(forced < f.forced_usd.size());
  CHECK(differs < f.flow_usd.size());
  CHECK(differs / coins >= forced / coins);
  for (std::size_t at = 0; at <= forced; ++at) CHECK(f.log_price[at] == c.log_price[at]);
}

DELEVER_TEST(sim_world_sales_push_the_price_down_by_their_share_of_depth) {
  WorldConfig config = world_config(9, 2'000);
  config.market.market.withdrawal = false;
  config.market.population.leverage_median = 1.0;
  config.market.population.leverage_sigma = 0.0;
  config.impact_half_life_s = std::numeric_limits<double>::infinity();
  const auto factual = run_world(config);
  WorldConfig kicked = counterfactual_of(config, *factual);
  const double kick = 20e6 * 0.2;  // a fifth of a percent of all depth
  kicked.sales.push_back({0, config.market.start_ns + hour_ns,
                          config.market.start_ns + hour_ns + 10 * minute_ns, kick});
  const auto other = run_world(kicked);
  const std::size_t last = factual->series().log_price.size() - 2;
  const double moved = other->series().log_price[last] - factual->series().log_price[last];
  CHECK(std::fabs(moved + 0.002) < 0.0003);
  const double follower =
      other->series().log_price[last + 1] - factual->series().log_price[last + 1];
  CHECK(std::fabs(follower - 1.2 * moved) < 0.0005);
}

double variance(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size() - 1);
}

std::vector<double> difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result;
  for (std::size_t i = 0; i < a.size(); ++i) result.push_back(a[i] - b[i]);
  return result;
}

/// What a run came to, crowd by crowd.
struct Outcomes {
  std::vector<double> impact, flow_usd, forced_usd;

  void run(const WorldConfig& config) {
    const auto world = run_world(config);
    const WorldSeries& series = world->series();
    impact.push_back(series.impact.back());
    flow_usd.push_back(std::accumulate(series.flow_usd.begin(), series.flow_usd.end(), 0.0));
    forced_usd.push_back(std::accumulate(series.forced_usd.begin(), series.forced_usd.end(), 0.0));
  }
};

// Twelve crowds on one market's fair value, each with and without a kick, and without
// liquidations. Var(F - C) of runs with the same draws over that of runs with different ones shows
// what common draws save. A kick is the same for everybody, so little is left. Liquidations are
// not: their own dollars differ from crowd to crowd as much as the crowds do, and no keying of
// draws can take that away. What it can is everything else, which must all but vanish.
DELEVER_TEST(sim_world_paired_runs_differ_less_than_unpaired_ones) {
  WorldConfig config = world_config(1, 2'000);
  config.market.windows = {{sim_start_ns + 2 * hour_ns, 10 * second_ns}};
  config.market.instruments.resize(1);
  for (VenueConfig& venue : config.venues) venue.listings.resize(1);
  config.saved = run_world(config)->driver().saved();
  Outcomes factual, kicked, kept;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    config.market.seed = seed;
    factual.run(config);
    WorldConfig other = config;
    other.sales.push_back({0, sim_start_ns + hour_ns, sim_start_ns + hour_ns + minute_ns, 4e6});
    kicked.run(other);
    other = config;
    other.switches.liquidations = ForcedClosing::Off;
    kept.run(other);
  }
  const auto paired_over_unpaired = [&](const std::vector<double>& f,
                                        const std::vector<double>& c) {
    return variance(difference(f, c)) / (variance(f) + variance(c));
  };
  const double of_kick = paired_over_unpaired(factual.impact, kicked.impact);
  const double of_keeping = paired_over_unpaired(factual.impact, kept.impact);
  const std::vector<double> others =
      difference(difference(factual.flow_usd, kept.flow_usd), factual.forced_usd);
  const double beside = variance(others) / (variance(factual.flow_usd) + variance(kept.flow_usd));
  std::cout << "Var(F-C) paired / unpaired: kick " << of_kick << ", liquidations off " << of_keeping
            << "; beside the forced dollars themselves " << beside << "\n";
  CHECK(of_kick < 0.5);
  CHECK(of_keeping < 1.0);
  CHECK(beside < 0.1);
}

}  // namespace
}  // namespace delever::testing
