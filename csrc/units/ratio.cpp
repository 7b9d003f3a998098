#include "units/ratio.hpp"

#include <stdexcept>

namespace delever {
inline namespace v1 {
namespace {

Int128 common_factor(Int128 a, Int128 b) {
  if (a < 0) a = checked_subtract(0, a);
  if (b < 0) b = checked_subtract(0, b);
  while (b != 0) {
    const Int128 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

}  // namespace

Ratio Ratio::of(Int128 above, Int128 below) {
  if (below == 0) throw std::domain_error("a ratio over zero");
  const Int128 factor = common_factor(above, below);
  Ratio ratio;
  ratio.numerator = above / factor;
  ratio.denominator = below / factor;
  if (ratio.denominator < 0) {
    ratio.numerator = checked_subtract(0, ratio.numerator);
    ratio.denominator = checked_subtract(0, ratio.denominator);
  }
  return ratio;
}

Ratio operator*(const Ratio& a, const Ratio& b) {
  const Ratio first = Ratio::of(a.numerator, b.denominator);
  const Ratio second = Ratio::of(b.numerator, a.denominator);
  return Ratio::of(checked_multiply(first.numerator, second.numerator),
                   checked_multiply(first.denominator, second.denominator));
}

Ratio operator/(const Ratio& a, const Ratio& b) {
  return a * Ratio::of(b.denominator, b.numerator);
}

Ratio operator+(const Ratio& a, const Ratio& b) {
  const Int128 shared = common_factor(a.denominator, b.denominator);
  const Int128 a_scale = b.denominator / shared;
  const Int128 b_scale = a.denominator / shared;
  return Ratio::of(
      checked_add(checked_multiply(a.numerator, a_scale), checked_multiply(b.numerator, b_scale)),
      checked_multiply(a.denominator, a_scale));
}

Ratio operator-(const Ratio& a, const Ratio& b) {
  return a + Ratio::of(checked_subtract(0, b.numerator), b.denominator);
}

Ratio ratio_power_of_ten(std::int64_t exponent) {
  if (exponent >= 0) return power_of_ten(exponent);
  return Ratio::of(1, power_of_ten(-exponent));
}

}  // namespace v1
}  // namespace delever
