#include <cmath>
#include <numeric>

#include "check.hpp"
#include "sim/verdict_statistics.hpp"

namespace delever::testing {
namespace {

DELEVER_TEST(verdict_classes_change_at_the_frozen_cuts) {
  CHECK_EQUAL(verdict_class(0.19, 0.49), 0);
  CHECK_EQUAL(verdict_class(0.2, 0.49), 1);
  CHECK_EQUAL(verdict_class(0.19, 0.5), 1);
  CHECK_EQUAL(verdict_class(0.5, 0.99), 1);
  CHECK_EQUAL(verdict_class(0.49, 1.0), 1);
  CHECK_EQUAL(verdict_class(0.5, 1.0), 2);
}

DELEVER_TEST(an_unknown_that_tells_the_classes_apart_takes_all_their_entropy) {
  const std::vector<std::int64_t> classes{0, 0, 1, 1, 2, 2};
  const std::vector<double> telling{1, 2, 3, 4, 5, 6}, mute{1, 4, 2, 5, 3, 6};
  CHECK(std::fabs(information(classes, telling) - std::log2(3.0)) < 1e-12);
  CHECK(information(classes, mute) < information(classes, telling));
  CHECK_EQUAL(information(std::vector<std::int64_t>(6, 3), telling), 0.0);
}

DELEVER_TEST(a_dividing_value_keeps_the_most_draws_on_their_side) {
  const std::vector<double> values{4, 1, 3, 2};
  const std::vector<std::size_t> order{1, 3, 2, 0};
  CHECK_EQUAL(dividing_value(values, {false, true, false, true}, order), 2.0);
  CHECK_EQUAL(dividing_value(values, {true, true, true, true}, order), 4.0);
  CHECK_EQUAL(dividing_value(values, {false, false, false, false}, order), 0.0);
}

DELEVER_TEST(quantiles_are_interpolated) {
  CHECK_EQUAL(quantile({3, 1, 2}, 0.5), 2.0);
  CHECK_EQUAL(quantile({1, 2}, 0.25), 1.25);
  CHECK_EQUAL(quantile({1, 2}, 0.75), 1.75);
  CHECK_EQUAL(quantile({5}, 0.95), 5.0);
}

DELEVER_TEST(a_leg_is_kicked_at_a_third_and_two_thirds_of_its_fall) {
  const std::vector<double> path{0, 1, 0.9, 0.6, 0.3, 0.1, 0.5};
  const std::vector<std::size_t> expected{3, 4};
  CHECK(kick_steps(path, 0, 6) == expected);
  const std::vector<double> rising{0, 1, 2};
  CHECK(kick_steps(rising, 0, 2) == (std::vector<std::size_t>{0, 0}));
}

}  // namespace
}  // namespace delever::testing
