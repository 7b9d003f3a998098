// 256-bit quotients, fixed-point decimals and exact ratios: roundings, signs, limits, refusals.
#include <limits>
#include <stdexcept>

#include "check.hpp"
#include "decimals.hpp"
#include "units/ratio.hpp"

namespace delever {
inline namespace v1 {
namespace {

using testing::decimal;
using testing::near;
using testing::Random;

constexpr Int128 int128_max = static_cast<Int128>(~static_cast<Uint128>(0) >> 1);

DELEVER_TEST(wide_mul_div_agrees_with_128_bits_where_they_suffice) {
  Random random(11);
  for (int trial = 0; trial < 20'000; ++trial) {
    const std::int64_t a = random.between(-1'000'000'000'000, 1'000'000'000'000);
    const std::int64_t b = random.between(-1'000'000'000'000, 1'000'000'000'000);
    const std::int64_t c = random.between(1, 1'000'000'000);
    const Int128 product = static_cast<Int128>(a) * b;
    CHECK(wide_mul_div(a, b, c, Rounding::Floor) == divide(product, c, Round::Floor));
    CHECK(wide_mul_div(a, b, c, Rounding::Ceil) == divide(product, c, Round::Ceil));
    CHECK(wide_mul_div(a, b, c, Rounding::Trunc) == divide(product, c, Round::Trunc));
    CHECK(wide_mul_div(a, b, -c, Rounding::Floor) == -divide(product, c, Round::Ceil));
  }
}

DELEVER_TEST(wide_mul_div_holds_256_bits) {
  Random random(12);
  for (int trial = 0; trial < 2'000; ++trial) {
    const Int128 a = (static_cast<Int128>(random.next() >> 2) << 64) | random.next();
    const Int128 c = (static_cast<Int128>(random.next() >> 2) << 64) | random.next();
    const Int128 b = random.between(1, 1'000'000);
    CHECK(wide_mul_div(a, c, c, Rounding::Trunc) == a);
    const Int128 back = wide_mul_div(wide_mul_div(a, b, c, Rounding::Floor), c, b, Rounding::Floor);
    CHECK(back <= a && a - back <= c / b + 1);
  }
}

DELEVER_TEST(ties_go_to_the_even_one) {
  const std::int64_t wanted[][2] = {{1, 0}, {3, 2}, {5, 2}, {7, 4}, {-1, 0}, {-3, -2}, {-5, -2}};
  for (const auto& [halves, whole] : wanted)
    CHECK(wide_mul_div(halves, 1, 2, Rounding::HalfEven) == whole);
  CHECK(wide_mul_div(2, 1, 3, Rounding::HalfEven) == 1);
  CHECK(wide_mul_div(-2, 1, 3, Rounding::HalfEven) == -1);
}

DELEVER_TEST(what_does_not_fit_is_refused) {
  CHECK_THROWS(wide_mul_div(int128_max, 2, 1, Rounding::Floor), std::overflow_error);
  CHECK_THROWS(wide_mul_div(int128_max, int128_max, 3, Rounding::Floor), std::overflow_error);
  CHECK_THROWS(wide_mul_div(1, 1, 0, Rounding::Floor), std::domain_error);
  CHECK_THROWS(checked_add(int128_max, 1), std::overflow_error);
  CHECK_THROWS(checked_subtract(-int128_max, 2), std::overflow_error);
  CHECK_THROWS(checked_multiply(int128_max, -2), std::overflow_error);
  CHECK_THROWS(power_of_ten(39), std::overflow_error);
  CHECK_THROWS(power_of_ten(-1), std::overflow_error);
  CHECK_THROWS(decimal("100000000000000000000") * Fixed(10), std::overflow_error);
  CHECK_THROWS(Fixed(1) / Fixed(0), std::domain_error);
}

DELEVER_TEST(fixed_point_is_exact_where_decimals_are) {
  CHECK(decimal("0.1") + decimal("0.2") == decimal("0.3"));
  CHECK(decimal("-1.5") * decimal("0.004") == decimal("-0.006"));
  CHECK(Fixed(1) / Fixed(3) == decimal("0.333333333333333333"));
  CHECK(Fixed(2) / Fixed(3) == decimal("0.666666666666666667"));
  CHECK(mul_div(Fixed(1), Fixed(3), Fixed(3)) == 1);
  CHECK(sign(decimal("-0.000000000000000001")) == -1);
  CHECK(clamp(Fixed(5), Fixed(-1), Fixed(1)) == 1);
}

DELEVER_TEST(ticks_round_by_name) {
  CHECK(to_multiple(decimal("7735.37"), decimal("0.5"), Rounding::Ceil) == decimal("7735.5"));
  CHECK(to_multiple(decimal("8248.73"), decimal("0.5"), Rounding::Floor) == decimal("8248.5"));
  CHECK(to_multiple(decimal("-0.3"), decimal("0.5"), Rounding::Floor) == decimal("-0.5"));
  CHECK(to_multiple(decimal("1.5"), decimal("0.5"), Rounding::Ceil) == decimal("1.5"));
  CHECK_THROWS(to_multiple(1, 0, Rounding::Ceil), std::domain_error);
}

DELEVER_TEST(exponentials_decay) {
  CHECK(exp_of_negative(0) == 1);
  CHECK(near(exp_of_negative(1), decimal("0.367879441171442322"), "0.0000000000000001"));
  CHECK(near(exp_of_negative(10), decimal("0.000045399929762485"), "0.0000000000000001"));
  CHECK(near(exp_of_negative(decimal("0.02")), decimal("0.980198673306755302"),
             "0.0000000000000001"));
  CHECK(exp_of_negative(1'000) == 0);
  CHECK_THROWS(exp_of_negative(-1), std::domain_error);
}

DELEVER_TEST(ratios_are_in_lowest_terms) {
  const Ratio half = Ratio::of(-2, -4);
  CHECK(half.numerator == 1 && half.denominator == 2);
  const Ratio sum = half + Ratio::of(1, -3);
  CHECK(sum.numerator == 1 && sum.denominator == 6);
  CHECK(Ratio::of(1, 3) < half && !(half < half));
  CHECK((half / Ratio::of(-1, 4)) == Ratio(-2));
  CHECK(ratio_power_of_ten(-2) == Ratio::of(1, 100));
  CHECK(Ratio::of(-7, 2).rounded(Rounding::Trunc) == -3);
  CHECK(Ratio::of(0, 7).denominator == 1);
  CHECK_THROWS(Ratio::of(1, 0), std::domain_error);
  CHECK_THROWS(half / Ratio(0), std::domain_error);
  CHECK_THROWS(Ratio(int128_max) * Ratio(2), std::overflow_error);
}

}  // namespace
}  // namespace v1
}  // namespace delever
