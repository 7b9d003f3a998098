// What feeds show of a world's liquidations: spread over steps, thinned by rule, summed by bin.
#include <cmath>
#include <numeric>

#include "check.hpp"
#include "sim/world_feed.hpp"
#include "world_fixture.hpp"

namespace delever::testing {
namespace {

const std::vector<FeedRule> one_a_second{{0, second_ns, FeedKeeps::Last}};

Liquidation at(std::int64_t seconds, double usd, std::uint32_t coin = 0,
               std::uint8_t side = long_position) {
  return {sim_start_ns + seconds * second_ns, 1, usd, coin, side};
}

DELEVER_TEST(sim_feed_thins_a_step_as_if_it_were_spread) {
  const StepClock clock(sim_start_ns, {{sim_start_ns + 20 * second_ns, 10 * second_ns},
                                       {sim_start_ns + 60 * second_ns, second_ns}});
  std::vector<Liquidation> rows;
  for (int i = 0; i < 5; ++i) rows.push_back(at(0, 1));    // every other second of ten
  for (int i = 0; i < 20; ++i) rows.push_back(at(10, 1));  // two a second: the last of each
  rows.push_back(at(10, 1, 1));                            // another coin's
  for (int i = 0; i < 3; ++i) rows.push_back(at(30, 1));   // in a step of one second: the last
  const std::vector<std::uint8_t> shown = shown_by_feed(rows, clock, one_a_second);
  CHECK_EQUAL(std::accumulate(shown.begin(), shown.begin() + 5, 0), 5);
  for (std::size_t i = 0; i < 20; ++i) CHECK_EQUAL(int{shown[5 + i]}, static_cast<int>(i % 2));
  CHECK_EQUAL(int{shown[25]}, 1);
  CHECK(std::vector<std::uint8_t>(shown.begin() + 26, shown.end()) ==
        std::vector<std::uint8_t>({0, 0, 1}));
  const std::vector<std::uint8_t> all = shown_by_feed(rows, clock, {});
  CHECK_EQUAL(std::accumulate(all.begin(), all.end(), std::size_t{0}), rows.size());
}

DELEVER_TEST(sim_feed_sums_what_it_shows_by_bin_coin_and_side) {
  const std::vector<Liquidation> rows{
      at(0, 1), at(59, 2), at(60, 4, 3), at(61, 8, 3, short_position), at(62, 16), at(500, 32)};
  const std::vector<std::uint8_t> marked{1, 1, 1, 1, 0, 1};
  const std::vector<std::uint32_t> coins{0, 3};
  const std::vector<double> sums = sums_by_bin(rows, marked, coins, sim_start_ns, minute_ns, 2);
  CHECK(sums == std::vector<double>({3, 0, 0, 0, 0, 0, 4, 8}));
}

DELEVER_TEST(sim_world_feeds_show_less_and_less_the_busier_it_is) {
  WorldConfig config = world_config();
  config.venues[0].feed = one_a_second;
  const auto world = run_world(config);
  CHECK_EQUAL(run_world(world_config())->digest(), world->digest());  // nobody trades on a feed
  for (std::size_t i = 0; i < 2; ++i) {
    const PerpVenue& venue = world->venue(i);
    const std::vector<Liquidation>& rows = venue.liquidations();
    const auto shown = shown_by_feed(rows, world->clock(), venue.feed());
    const std::size_t bins = venue.series().time_ns.size();
    const auto sums = [&](const std::vector<std::uint8_t>& marked) {
      return sums_by_bin(rows, marked, venue.coins(), config.market.start_ns,
                         config.market.sample_ns, bins);
    };
    const std::vector<double> seen = sums(shown);
    const std::vector<double> truth = sums(std::vector<std::uint8_t>(rows.size(), 1));
    for (std::size_t cell = 0; cell < truth.size() / 2; ++cell) {  // the recorder's own sums
      CHECK(std::fabs(truth[2 * cell] - venue.series().liquidated_long_usd[cell]) < 1);
      CHECK(std::fabs(truth[2 * cell + 1] - venue.series().liquidated_short_usd[cell]) < 1);
      CHECK(seen[2 * cell] <= truth[2 * cell]);
    }
    const double part = std::accumulate(seen.begin(), seen.end(), 0.0) /
                        std::accumulate(truth.begin(), truth.end(), 0.0);
    CHECK(i == 0 ? part < 0.95 && part > 0.05 : part == 1.0);
  }
  config.venues[0].feed = {{0, 0, FeedKeeps::Last}};
  CHECK(!config.validate().empty());
}

}  // namespace
}  // namespace delever::testing
