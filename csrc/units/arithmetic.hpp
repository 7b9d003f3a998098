// 128-bit products and divisions with a named rounding: the only way layers 0-3 multiply or divide
// money. `mul_div(a, b, c, Round)` is a*b/c with the product held in 128 bits; the caller proves
// that the quotient fits 64 (Instrument registration does, once, for prices, quantities and
// notionals).
#pragma once

#include <cstdint>

#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

constexpr std::int64_t ppm_scale = 1'000'000;
constexpr std::int64_t rate_e8_scale = 100'000'000;

enum class Round : std::uint8_t {
  Floor,  ///< towards minus infinity
  Ceil,   ///< towards plus infinity
  Trunc,  ///< towards zero
};

/// a / b with the named rounding; b > 0.
constexpr Int128 divide(Int128 dividend, Int128 divisor, Round round) {
  const Int128 quotient = dividend / divisor;
  const Int128 rest = dividend - quotient * divisor;
  if (rest < 0 && round == Round::Floor) return quotient - 1;
  if (rest > 0 && round == Round::Ceil) return quotient + 1;
  return quotient;
}

/// a * b / c with a 128-bit product and the named rounding; c > 0.
constexpr std::int64_t mul_div(std::int64_t a, std::int64_t b, std::int64_t c, Round round) {
  const Int128 product = static_cast<Int128>(a) * b;
  const auto narrow = static_cast<std::int64_t>(product);
  if (narrow == product) [[likely]] {  // a 64-bit division is several times cheaper
    const std::int64_t quotient = narrow / c;
    const std::int64_t rest = narrow - quotient * c;
    if (rest < 0 && round == Round::Floor) return quotient - 1;
    if (rest > 0 && round == Round::Ceil) return quotient + 1;
    return quotient;
  }
  return static_cast<std::int64_t>(divide(product, c, round));
}

/// amount * ppm / 1e6 with the named rounding.
constexpr Money share_ppm(Money amount, std::int64_t ppm, Round round) {
  return Money{mul_div(amount.value, ppm, ppm_scale, round)};
}

}  // namespace v1
}  // namespace delever
