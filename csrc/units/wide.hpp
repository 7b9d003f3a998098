// A product of two 128-bit integers over a third, with the product held in 256 bits.
//
// Fixed-point rules (units/fixed.hpp) and rules in a venue's own quantums meet products beyond 128
// bits; they go through `wide_mul_div`, which rounds once, by name, and throws std::overflow_error
// where the quotient does not fit and std::domain_error where the divisor is zero. `checked_*` are
// the 128-bit operations that throw rather than wrap. Cost: tens of nanoseconds; the worst case is
// one 256-by-128 bit division, 128 shift-and-subtract steps.
#pragma once

#include <cstdint>

#include "units/arithmetic.hpp"

namespace delever {
inline namespace v1 {

/// What a quotient that is not whole becomes.
enum class Rounding : std::uint8_t {
  Floor,     ///< towards minus infinity
  Ceil,      ///< towards plus infinity
  Trunc,     ///< towards zero
  HalfEven,  ///< to the nearest, a tie to the even one
};

/// a * b / c; c may be negative.
Int128 wide_mul_div(Int128 a, Int128 b, Int128 c, Rounding rounding);

Int128 checked_add(Int128 a, Int128 b);
Int128 checked_subtract(Int128 a, Int128 b);
Int128 checked_multiply(Int128 a, Int128 b);

/// 10^exponent, for 0 <= exponent <= 38.
Int128 power_of_ten(std::int64_t exponent);

}  // namespace v1
}  // namespace delever
