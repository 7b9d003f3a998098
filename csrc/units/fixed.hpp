// `Fixed`: a decimal with 18 places in a 128-bit integer, for rules that speak in people's numbers.
//
// Venues publish formulas over prices, rates and amounts, not over ticks; a calculator answers them
// in the same terms. A Fixed holds +-1.7e20 in steps of 1e-18. Sums are exact; a product or a
// quotient is rounded once, to the nearest step (ties to even), with 256 bits in between; what does
// not fit throws std::overflow_error, never wraps. Where a venue rounds (to its tick, to whole
// contracts) the rule says so with `to_multiple` and a named rounding. The engine itself never uses
// it: it counts ticks, lots and atoms.
#pragma once

#include <compare>
#include <cstdint>

#include "units/wide.hpp"

namespace delever {
inline namespace v1 {

struct Fixed {
  static constexpr int places = 18;
  static constexpr Int128 one_steps = static_cast<Int128>(1'000'000'000'000'000'000);

  Int128 steps = 0;

  constexpr Fixed() = default;
  constexpr Fixed(int whole) : steps(whole * one_steps) {}  // NOLINT: 0 and 1 read as numbers
  static constexpr Fixed of_steps(Int128 steps) {
    Fixed fixed;
    fixed.steps = steps;
    return fixed;
  }

  friend constexpr bool operator==(Fixed, Fixed) = default;
  friend constexpr auto operator<=>(Fixed a, Fixed b) { return a.steps <=> b.steps; }
  friend Fixed operator+(Fixed a, Fixed b) { return of_steps(checked_add(a.steps, b.steps)); }
  friend Fixed operator-(Fixed a, Fixed b) { return of_steps(checked_subtract(a.steps, b.steps)); }
  Fixed operator-() const { return Fixed{} - *this; }
  Fixed& operator+=(Fixed other) { return *this = *this + other; }
  Fixed& operator-=(Fixed other) { return *this = *this - other; }
  friend Fixed operator*(Fixed a, Fixed b) {
    return of_steps(wide_mul_div(a.steps, b.steps, one_steps, Rounding::HalfEven));
  }
  friend Fixed operator/(Fixed a, Fixed b) {
    return of_steps(wide_mul_div(a.steps, one_steps, b.steps, Rounding::HalfEven));
  }
};

/// a * b / c, rounded once.
inline Fixed mul_div(Fixed a, Fixed b, Fixed c) {
  return Fixed::of_steps(wide_mul_div(a.steps, b.steps, c.steps, Rounding::HalfEven));
}

inline Fixed absolute(Fixed value) { return value < 0 ? -value : value; }

/// -1, 0 or +1.
constexpr int sign(Fixed value) { return (value.steps > 0) - (value.steps < 0); }

/// `value` held between `low` and `high`.
constexpr Fixed clamp(Fixed value, Fixed low, Fixed high) {
  return value < low ? low : (high < value ? high : value);
}

/// The multiple of `multiple` (a tick, a lot) that `value` rounds to.
Fixed to_multiple(Fixed value, Fixed multiple, Rounding rounding);

/// e^-x for x >= 0, right to sixteen places.
Fixed exp_of_negative(Fixed x);

}  // namespace v1
}  // namespace delever
