#include "units/wide.hpp"

#include <stdexcept>

namespace delever {
inline namespace v1 {
namespace {

constexpr Uint128 low_half_mask = ~std::uint64_t{0};
constexpr Uint128 top_bit = static_cast<Uint128>(1) << 127;
constexpr Uint128 largest = top_bit - 1;

[[noreturn]] void overflow() {
  throw std::overflow_error("the result does not fit 128 bits; use smaller numbers");
}

struct Wide {
  Uint128 high = 0;
  Uint128 low = 0;
};

Uint128 magnitude(Int128 value) {
  return value < 0 ? ~static_cast<Uint128>(value) + 1 : static_cast<Uint128>(value);
}

Wide multiply(Uint128 a, Uint128 b) {
  const Uint128 a_low = a & low_half_mask, a_high = a >> 64;
  const Uint128 b_low = b & low_half_mask, b_high = b >> 64;
  const Uint128 low = a_low * b_low;
  const Uint128 cross = a_high * b_low + (low >> 64);
  const Uint128 middle = a_low * b_high + (cross & low_half_mask);
  return {a_high * b_high + (cross >> 64) + (middle >> 64), (middle << 64) | (low & low_half_mask)};
}

struct Quotient {
  Uint128 whole = 0;
  Uint128 rest = 0;
};

Quotient divide(Wide dividend, Uint128 divisor) {
  if (dividend.high == 0) return {dividend.low / divisor, dividend.low % divisor};
  if (dividend.high >= divisor) overflow();
  Quotient result{0, dividend.high};
  for (int bit = 127; bit >= 0; --bit) {
    const bool carry = (result.rest & top_bit) != 0;
    result.rest = (result.rest << 1) | ((dividend.low >> bit) & 1);
    if (!carry && result.rest < divisor) continue;
    result.rest -= divisor;
    result.whole |= static_cast<Uint128>(1) << bit;
  }
  return result;
}

bool rounds_away(const Quotient& result, Uint128 divisor, bool negative, Rounding rounding) {
  if (result.rest == 0) return false;
  if (rounding == Rounding::Floor) return negative;
  if (rounding == Rounding::Ceil) return !negative;
  if (rounding == Rounding::Trunc) return false;
  const Uint128 missing = divisor - result.rest;
  if (result.rest == missing) return (result.whole & 1) != 0;
  return result.rest > missing;
}

}  // namespace

Int128 wide_mul_div(Int128 a, Int128 b, Int128 c, Rounding rounding) {
  if (c == 0) throw std::domain_error("division by zero");
  const bool negative = ((a < 0) != (b < 0)) != (c < 0);
  const Uint128 divisor = magnitude(c);
  const Quotient result = divide(multiply(magnitude(a), magnitude(b)), divisor);
  if (result.whole >= largest) overflow();
  const bool away = rounds_away(result, divisor, negative, rounding);
  const auto whole = static_cast<Int128>(result.whole + (away ? 1 : 0));
  return negative ? -whole : whole;
}

Int128 checked_add(Int128 a, Int128 b) {
  Int128 sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) overflow();
  return sum;
}

Int128 checked_subtract(Int128 a, Int128 b) {
  Int128 difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) overflow();
  return difference;
}

// Not __builtin_mul_overflow, which clang turns into a call that libgcc does not have.
Int128 checked_multiply(Int128 a, Int128 b) {
  const Wide product = multiply(magnitude(a), magnitude(b));
  if (product.high != 0 || product.low > largest) overflow();
  const auto whole = static_cast<Int128>(product.low);
  return (a < 0) != (b < 0) ? -whole : whole;
}

Int128 power_of_ten(std::int64_t exponent) {
  if (exponent < 0 || exponent > 38) overflow();
  Int128 power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

}  // namespace v1
}  // namespace delever
