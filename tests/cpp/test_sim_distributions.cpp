#include <cmath>

#include "check.hpp"
#include "sim/distributions.hpp"

namespace delever::testing {
namespace {

bool close(double value, double expected, double relative) {
  return std::fabs(value - expected) <= relative * std::fabs(expected) + 1e-300;
}

DELEVER_TEST(sim_log_and_exp_agree_with_the_library_to_a_few_ulp) {
  for (double x = 1e-12; x < 1e12; x *= 1.37) CHECK(close(natural_log(x), std::log(x), 1e-15));
  for (double x = 0.7; x < 1.4; x += 0.0013) {
    CHECK(std::fabs(natural_log(x) - std::log(x)) < 3e-16);
  }
  for (double x = -600; x < 600; x += 0.83) CHECK(close(exponential(x), std::exp(x), 2e-15));
  CHECK_EQUAL(natural_log(1.0), 0.0);
  CHECK_EQUAL(exponential(0.0), 1.0);
}

DELEVER_TEST(sim_normal_quantile_inverts_the_distribution) {
  for (double p = 1e-9; p < 1.0; p += 0.00137) {
    const double x = normal_quantile(p);
    CHECK(std::fabs(0.5 * std::erfc(-x / std::sqrt(2.0)) - p) < 3e-9);
  }
  CHECK(std::fabs(normal_quantile(0.5)) < 1e-12);
}

DELEVER_TEST(sim_random_stream_is_a_function_of_its_key) {
  const RandomStream one(7, 3), again(7, 3), other_purpose(7, 4), other_seed(8, 3);
  CHECK_EQUAL(one.bits(5, 6), again.bits(5, 6));
  CHECK(one.bits(5, 6) != one.bits(6, 5));
  CHECK(one.bits(5, 6) != other_purpose.bits(5, 6));
  CHECK(one.bits(5, 6) != other_seed.bits(5, 6));
}

DELEVER_TEST(sim_random_bits_are_balanced_and_uncorrelated) {
  const RandomStream stream(11, 1);
  constexpr std::uint32_t count = 200'000;
  std::int64_t ones[64] = {};
  double sum = 0, product = 0;
  double last = 0.5;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t bits = stream.bits(i / 100, i % 100);
    for (int bit = 0; bit < 64; ++bit) ones[bit] += static_cast<std::int64_t>(bits >> bit & 1);
    const double unit = unit_interval(bits);
    sum += unit;
    product += (unit - 0.5) * (last - 0.5);
    last = unit;
  }
  for (const std::int64_t bit : ones) CHECK(std::fabs(double(bit) / count - 0.5) < 0.006);
  CHECK(std::fabs(sum / count - 0.5) < 0.003);
  CHECK(std::fabs(product / count) < 0.001);
}

DELEVER_TEST(sim_pareto_draws_have_the_closed_form_mean) {
  const Draws draws(3, Purpose::Size);
  for (const double alpha : {0.75, 1.0, 2.5}) {
    double sum = 0;
    constexpr std::uint32_t count = 100'000;
    for (std::uint32_t i = 0; i < count; ++i) {
      const double size = pareto_quantile((i + 0.5) / count, alpha, 10.0, 1e4);
      CHECK(size >= 10.0 * (1 - 1e-12) && size <= 1e4 * (1 + 1e-12));
      sum += size;
    }
    CHECK(close(sum / count, pareto_mean(alpha, 10.0, 1e4), 1e-3));
  }
}

DELEVER_TEST(sim_poisson_quantile_has_its_mean_and_variance) {
  const Draws draws(3, Purpose::TakerCount);
  for (const double mean : {0.03, 2.5, 30.0, 400.0}) {
    double sum = 0, squares = 0;
    constexpr std::uint32_t count = 50'000;
    for (std::uint32_t i = 0; i < count; ++i) {
      const double value = poisson_quantile(draws.unit(1, i), mean);
      sum += value;
      squares += value * value;
    }
    const double average = sum / count;
    const double error = 4 * std::sqrt(mean / count);
    CHECK(std::fabs(average - mean) < error);
    CHECK(std::fabs(squares / count - average * average - mean) <
          error * (1 + 2 * std::sqrt(mean)));
  }
  CHECK_EQUAL(poisson_quantile(0.5, 0.0), std::uint32_t{0});
}

}  // namespace
}  // namespace delever::testing
