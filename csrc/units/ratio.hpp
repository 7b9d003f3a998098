// An exact fraction of two 128-bit integers, always in lowest terms, for rules whose answer a venue
// states as a rational number (dYdX's fillable price, its impact price over the index).
//
// The denominator is positive. Each operation cancels common factors before it multiplies; what
// still does not fit throws std::overflow_error. Cost: two or three Euclidean runs an operation.
#pragma once

#include "units/wide.hpp"

namespace delever {
inline namespace v1 {

struct Ratio {
  Int128 numerator = 0;
  Int128 denominator = 1;

  Ratio() = default;
  Ratio(Int128 whole) : numerator(whole) {}  // NOLINT: a whole number is a ratio
  /// In lowest terms; std::domain_error where `below` is zero.
  static Ratio of(Int128 above, Int128 below);

  friend bool operator==(const Ratio&, const Ratio&) = default;
  friend Ratio operator*(const Ratio& a, const Ratio& b);
  friend Ratio operator/(const Ratio& a, const Ratio& b);
  friend Ratio operator+(const Ratio& a, const Ratio& b);
  friend Ratio operator-(const Ratio& a, const Ratio& b);
  friend bool operator<(const Ratio& a, const Ratio& b) { return (a - b).numerator < 0; }

  Int128 rounded(Rounding rounding) const {
    return wide_mul_div(numerator, 1, denominator, rounding);
  }
};

/// 10^exponent, of either sign.
Ratio ratio_power_of_ten(std::int64_t exponent);

}  // namespace v1
}  // namespace delever
