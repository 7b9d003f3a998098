// The observation operator, cascade trees against Borel's law, Hawkes estimators.
#include <cmath>
#include <vector>

#include "check.hpp"
#include "sim/cascade_tree.hpp"
#include "sim/distributions.hpp"
#include "sim/hawkes.hpp"
#include "sim/observation.hpp"

namespace delever {
namespace {

using testing::Random;

constexpr std::int64_t second = 1'000'000'000;

bool near(double value, double expected, double relative) {
  if (std::abs(value - expected) <= relative * std::abs(expected)) return true;
  std::cout << value << " is not " << expected << " within " << relative << "\n";
  return false;
}

Liquidation of(std::int64_t time_ns, double usd, std::uint32_t instrument = 0) {
  return {time_ns, 100.0, usd, instrument, long_position};
}

DELEVER_TEST(a_feed_shows_the_last_or_the_largest_of_each_second) {
  const std::vector<Liquidation> truth{of(1, 5),    of(2, 9),      of(3, 7),
                                       of(3, 1, 1), of(second, 4), of(second + 1, 3)};
  const auto shown = [&](FeedKeeps keeps) { return observed(truth, {{0, second, keeps}}); };
  CHECK(shown(FeedKeeps::Last) == std::vector<std::size_t>({2, 3, 5}));
  CHECK(shown(FeedKeeps::Largest) == std::vector<std::size_t>({1, 3, 4}));
  CHECK_EQUAL(shown(FeedKeeps::All).size(), truth.size());
  // a rule holds from its own time on
  const std::vector<FeedRule> dated{{second, second, FeedKeeps::Last}};
  CHECK(observed(truth, dated) == std::vector<std::size_t>({0, 1, 2, 3, 5}));
  CHECK_THROWS(observed(truth, {{0, 0, FeedKeeps::Last}}), std::invalid_argument);
  CHECK_THROWS(FeedFilter({{5, 1, FeedKeeps::All}, {5, 1, FeedKeeps::All}}), std::invalid_argument);
  const std::vector<Liquidation> unsorted{of(2, 1), of(1, 1)};
  CHECK_THROWS(observed(unsorted, dated), std::invalid_argument);
}

/// A9 on synthetic bursts: the busier the feed, the larger true / shown.
DELEVER_TEST(what_a_feed_drops_grows_with_intensity) {
  for (const FeedKeeps keeps : {FeedKeeps::Last, FeedKeeps::Largest}) {
    double before = 0;
    for (const double per_second : {0.1, 1.0, 10.0, 100.0, 1000.0}) {
      const Draws gaps(7, Purpose::Gap), sizes(7, Purpose::Size);
      std::vector<Liquidation> truth;
      double time = 0;
      for (std::uint32_t i = 0; i < 50'000; ++i) {
        time += exponential_quantile(gaps.unit(0, i), 1e9 / per_second);
        truth.push_back(
            of(static_cast<std::int64_t>(time), pareto_quantile(sizes.unit(0, i), 0.75, 1e2, 1e7)));
      }
      double all = 0, seen = 0;
      for (const Liquidation& one : truth) all += one.usd;
      for (const std::size_t row : observed(truth, {{0, second, keeps}})) seen += truth[row].usd;
      CHECK(all / seen > before);
      before = all / seen;
    }
    CHECK(before > (keeps == FeedKeeps::Last ? 100.0 : 1.5));
  }
}

DELEVER_TEST(the_last_mover_through_a_level_is_known) {
  PassageMap map;
  CHECK_EQUAL(map.mover_through(100, true), no_parent);
  map.move(110, 100, 1);  // brings the price down through 109 .. 100
  map.move(100, 95, 2);
  CHECK_EQUAL(map.mover_through(100, true), 1);
  CHECK_EQUAL(map.mover_through(109, true), 1);
  CHECK_EQUAL(map.mover_through(110, true), no_parent);
  CHECK_EQUAL(map.mover_through(95, true), 2);
  CHECK_EQUAL(map.mover_through(94, true), no_parent);
  map.move(95, 105, no_parent);
  map.move(105, 98, no_parent);  // fell by itself: those levels have no forced mover any more
  CHECK_EQUAL(map.mover_through(100, true), no_parent);
  CHECK_EQUAL(map.mover_through(97, true), 2);
  CHECK_EQUAL(map.mover_through(106, true), 1);
  CHECK_EQUAL(map.mover_through(105, false), no_parent);
  map.move(98, 120, 9);
  CHECK_EQUAL(map.mover_through(120, false), 9);
  CHECK_EQUAL(map.mover_through(98, false), no_parent);
}

/// The same map, level by level.
DELEVER_TEST(passages_agree_with_a_plain_array) {
  Random random(11);
  PassageMap map;
  std::vector<std::int64_t> fallen(200, no_parent), risen(200, no_parent);
  std::int64_t price = 100;
  for (std::int64_t mover = 0; mover < 3'000; ++mover) {
    const std::int64_t to = random.below(200), who = random.below(3) == 0 ? no_parent : mover;
    map.move(price, to, who);
    for (std::int64_t x = to; x < price; ++x) fallen[static_cast<std::size_t>(x)] = who;
    for (std::int64_t x = price + 1; x <= to; ++x) risen[static_cast<std::size_t>(x)] = who;
    price = to;
    const std::int64_t asked = random.below(200);
    CHECK_EQUAL(map.mover_through(asked, true), fallen[static_cast<std::size_t>(asked)]);
    CHECK_EQUAL(map.mover_through(asked, false), risen[static_cast<std::size_t>(asked)]);
  }
}

/// Galton-Watson trees with Poisson offspring, as a list of parents; at most `cap` in a tree.
std::vector<Cascade> grown(double mean, std::uint32_t trees, std::size_t cap) {
  const Draws offspring(3, Purpose::TakerCount);
  std::vector<std::int64_t> parents, times;
  std::vector<double> usd;
  for (std::uint32_t tree = 0; tree < trees; ++tree) {
    const std::size_t root = parents.size();
    parents.push_back(no_parent);
    for (std::size_t node = root; node < parents.size() && parents.size() - root < cap; ++node) {
      const auto within = static_cast<std::uint32_t>(node - root);
      const std::uint32_t born = poisson_quantile(offspring.unit(tree, within), mean);
      parents.insert(parents.end(), born, static_cast<std::int64_t>(node));
    }
  }
  times.resize(parents.size());
  usd.assign(parents.size(), 2.0);
  for (std::size_t i = 0; i < times.size(); ++i) times[i] = static_cast<std::int64_t>(i);
  return cascades(parents, times, usd);
}

/// A2: Borel's law (E. Borel, C. R. Acad. Sci. 214, 1942).
DELEVER_TEST(cascade_sizes_below_criticality_are_borel) {
  for (const double n : {0.5, 0.8}) {
    const std::vector<Cascade> trees = grown(n, 400'000, 1'000'000);
    double total = 0, ones = 0, twos = 0;
    for (const Cascade& tree : trees) {
      total += static_cast<double>(tree.size);
      ones += tree.size == 1;
      twos += tree.size == 2;
      CHECK(tree.usd == 2.0 * static_cast<double>(tree.size));
      CHECK(tree.depth >= 1 && tree.depth <= tree.size);
      CHECK(tree.end_ns >= tree.start_ns);
    }
    const auto count = static_cast<double>(trees.size());
    CHECK(near(total / count, 1 / (1 - n), 0.02));
    CHECK(near(ones / count, std::exp(-n), 0.02));
    CHECK(near(twos / count, n * std::exp(-2 * n), 0.02));
  }
}

DELEVER_TEST(critical_cascades_have_the_tail_one_half) {
  std::vector<double> sizes;
  for (const Cascade& tree : grown(1.0, 8'000, 200'000)) {
    sizes.push_back(static_cast<double>(tree.size));
  }
  const TailFit fit = hill_fit(sizes, 30, true);
  CHECK(std::abs(fit.exponent - 0.5) < 0.05);
  CHECK(fit.distance < 0.05);
  CHECK(fit.count > 500);
}

DELEVER_TEST(a_tail_fit_finds_the_law_and_rejects_another) {
  const Draws units(5, Purpose::Size);
  std::vector<double> pareto, uniform;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    pareto.push_back(pareto_quantile(units.unit(0, i), 1.2, 1.0, 1e12));
    uniform.push_back(1.0 + units.unit(1, i));
  }
  const TailFit fit = hill_fit(pareto, 1.0, false);
  CHECK(std::abs(fit.exponent - 1.2) < 3 * fit.standard_error);
  CHECK(fit.distance < 1.63 / std::sqrt(20'000.0));  // the one per cent point
  CHECK(hill_fit(uniform, 1.0, false).distance > 0.1);
  CHECK_THROWS(hill_fit(std::vector<double>{1, 2, 3}, 1.0, false), std::invalid_argument);
  CHECK_THROWS(hill_fit(pareto, 0.0, false), std::invalid_argument);
  CHECK_THROWS(hill_fit(std::vector<double>(50, 7.0), 7.0, false), std::invalid_argument);
}

DELEVER_TEST(cascades_refuse_what_is_no_forest) {
  const std::vector<std::int64_t> later{1, no_parent}, self{0}, times{0, 0};
  const std::vector<double> usd{1, 1};
  CHECK_THROWS(cascades(later, times, usd), std::invalid_argument);
  CHECK_THROWS(cascades(self, times, usd), std::invalid_argument);
  CHECK_THROWS(cascades(self, std::vector<std::int64_t>{0}, std::vector<double>{1}),
               std::invalid_argument);
}

/// A7: Poisson -> 0, n = .5 -> .5, batches are not taken for a cascade.
DELEVER_TEST(hawkes_estimators_find_what_was_simulated) {
  const double horizon = 20'000;
  const std::vector<double> poisson = simulate_hawkes({1.0, 0.0, 1.0}, horizon, 1);
  CHECK(near(static_cast<double>(poisson.size()), horizon, 0.03));
  CHECK(fit_hawkes(poisson, horizon).branching < 0.05);
  CHECK(branching_from_counts(poisson, horizon, 20) < 0.05);

  const std::vector<double> excited = simulate_hawkes({0.5, 0.5, 2.0}, horizon, 2);
  CHECK(near(static_cast<double>(excited.size()), horizon, 0.05));
  const HawkesLaw law = fit_hawkes(excited, horizon);
  CHECK(std::abs(law.branching - 0.5) < 0.05);
  CHECK(near(law.base_per_s, 0.5, 0.1));
  CHECK(near(law.decay_per_s, 2.0, 0.15));
  CHECK(std::abs(branching_from_counts(excited, horizon, 50) - 0.5) < 0.05);

  std::vector<double> batched;  // five at each instant of a Poisson process
  for (const double time : poisson) batched.insert(batched.end(), 5, time);
  const double naive = fit_hawkes(batched, horizon).branching;
  const double bursts = fit_hawkes(burst_times(batched, 1e-9), horizon).branching;
  CHECK(std::abs(naive - 0.8) < 0.05);  // four of five look like children
  CHECK(branching_from_counts(batched, horizon, 20) > 0.5);
  CHECK(bursts < 0.05);
}

/// A rate that jumps is read as excitation: the upward bias that regimes must be controlled for.
DELEVER_TEST(a_switching_rate_biases_the_branching_ratio_upward) {
  const std::vector<double> calm = simulate_hawkes({0.2, 0.0, 1.0}, 5'000, 3);
  const std::vector<double> busy = simulate_hawkes({4.0, 0.0, 1.0}, 1'000, 4);
  std::vector<double> both = calm;
  for (const double time : busy) both.push_back(5'000 + time);
  CHECK(fit_hawkes(both, 6'000).branching > 0.3);
  CHECK(fit_hawkes(busy, 1'000).branching < 0.08);
}

DELEVER_TEST(hawkes_refuses_what_it_cannot_read) {
  const std::vector<double> few{1, 2, 3}, late(20, 5.0);
  CHECK_THROWS(fit_hawkes(few, 10), std::invalid_argument);
  CHECK_THROWS(fit_hawkes(late, 4), std::invalid_argument);
  CHECK_THROWS(simulate_hawkes({1, 1, 1}, 10, 1), std::invalid_argument);
  CHECK_THROWS(branching_from_counts(late, 10, 5), std::invalid_argument);
}

}  // namespace
}  // namespace delever
