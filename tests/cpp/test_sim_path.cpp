#include <algorithm>
#include <cmath>

#include "check.hpp"
#include "sim/activity.hpp"
#include "sim/spot_path.hpp"
#include "sim_fixture.hpp"

namespace delever::testing {
namespace {

double correlation_of_returns(std::span<const double> a, std::span<const double> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 10; i < a.size(); i += 10) {
    const double x = std::log(a[i] / a[i - 10]);
    const double y = std::log(b[i] / b[i - 10]);
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / std::sqrt(aa * bb);
}

DELEVER_TEST(sim_path_hits_every_published_price_and_passes_none) {
  const SimulationConfig config = sim_config();
  const StepClock clock(config.start_ns, config.windows);
  SpotPath path(clock, config);
  for (std::uint32_t id = 0; id < 2; ++id) {
    for (const PriceBar& bar : config.instruments[id].path) {
      const std::uint32_t first = clock.step_at(bar.time_ns);
      const std::uint32_t end =
          std::min(clock.step_at(bar.time_ns + bar.bar_ns), clock.step_count());
      double low = 1e300, high = 0;
      for (std::uint32_t step = first; step < end; ++step) {
        low = std::min(low, path.price(id, step));
        high = std::max(high, path.price(id, step));
      }
      CHECK_EQUAL(low, bar.low);
      CHECK_EQUAL(high, bar.high);
      CHECK_EQUAL(path.price(id, first), bar.open);
      CHECK_EQUAL(path.price(id, end - 1), bar.close);
    }
  }
}

DELEVER_TEST(sim_path_bridges_gaps_and_ends_that_no_bar_covers) {
  SimulationConfig config = sim_config();
  std::vector<PriceBar>& bars = config.instruments[0].path;
  bars.erase(bars.begin() + 3, bars.begin() + 6);
  bars.resize(8);
  const StepClock clock(config.start_ns, config.windows);
  SpotPath path(clock, config);
  for (std::uint32_t step = 0; step < clock.step_count(); ++step) {
    const double price = path.price(0, step);
    CHECK(price > 50'000 && price < 80'000);
  }
  CHECK_EQUAL(path.price(0, clock.step_count() - 1), bars.back().close);
}

DELEVER_TEST(sim_path_of_a_follower_moves_with_its_leader) {
  SimulationConfig config = sim_config();
  config.instruments[1].path.resize(1);
  PriceBar& bar = config.instruments[1].path[0];
  bar = {sim_start_ns, 4 * hour_ns, 2'100, 2'140, 1'850, 1'900};
  const StepClock clock(config.start_ns, config.windows);
  SpotPath follower(clock, config);
  CHECK(correlation_of_returns(follower.prices(0), follower.prices(1)) > 0.5);
  config.instruments[1].beta = 0.0;
  SpotPath stranger(clock, config);
  CHECK(std::fabs(correlation_of_returns(stranger.prices(0), stranger.prices(1))) < 0.2);
}

DELEVER_TEST(sim_path_depends_on_the_seed_alone) {
  const StepClock clock(sim_start_ns, sim_config().windows);
  SpotPath one(clock, sim_config(7)), again(clock, sim_config(7)), other(clock, sim_config(8));
  CHECK(std::ranges::equal(one.prices(1), again.prices(1)));
  CHECK(!std::ranges::equal(one.prices(1), other.prices(1)));
}

DELEVER_TEST(sim_clock_counts_the_steps_of_each_window) {
  const StepClock clock(100 * second_ns,
                        {{160 * second_ns, 20 * second_ns}, {170 * second_ns, 5 * second_ns}});
  CHECK_EQUAL(clock.step_count(), std::uint32_t{5});
  CHECK_EQUAL(clock.time_ns(3), 160 * second_ns);
  CHECK_EQUAL(clock.duration_ns(2), 20 * second_ns);
  CHECK_EQUAL(clock.duration_ns(4), 5 * second_ns);
  CHECK_EQUAL(clock.step_at(141 * second_ns), std::uint32_t{3});
  CHECK_EQUAL(clock.step_at(170 * second_ns), no_step);
  CHECK_THROWS(StepClock(0, {{10, 0}}), std::invalid_argument);
  CHECK_THROWS(StepClock(0, {{0, 1}}), std::invalid_argument);
}

DELEVER_TEST(sim_activity_clock_runs_faster_in_a_storm) {
  const StepClock clock(0, {{8 * hour_ns, 10 * second_ns}});
  std::vector<double> index(clock.step_count(), 100.0);
  for (std::uint32_t step = clock.step_count() / 2; step < clock.step_count(); ++step) {
    index[step] = step % 12 < 6 ? 100.0 : 101.0;
  }
  std::array<double, 24> flat;
  flat.fill(1.0);
  const Activity activity(clock, index, 0.0005, 0.5, flat);
  CHECK(activity.at(clock.step_count() - 1) > 2 * activity.at(clock.step_count() / 4));
  const std::uint32_t calm = activity.step_after(0, 0.1);
  const std::uint32_t busy_from = clock.step_count() * 3 / 4;
  CHECK(activity.step_after(busy_from, 0.1) - busy_from < calm);
  CHECK_EQUAL(activity.step_after(0, 1e9), no_step);
  CHECK(activity.step_after(5, 0.0) == 6);
}

}  // namespace
}  // namespace delever::testing
