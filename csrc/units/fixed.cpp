#include "units/fixed.hpp"

#include <stdexcept>

namespace delever {
inline namespace v1 {
namespace {

constexpr std::int64_t halvings_max = 16;
const Fixed negligible_exponent = 50;  // e^-50 < 1e-21

}  // namespace

Fixed to_multiple(Fixed value, Fixed multiple, Rounding rounding) {
  if (multiple <= 0) throw std::domain_error("the step to round to is not positive");
  const Int128 count = wide_mul_div(value.steps, 1, multiple.steps, rounding);
  return Fixed::of_steps(checked_multiply(count, multiple.steps));
}

Fixed exp_of_negative(Fixed x) {
  if (x < 0) throw std::domain_error("the exponent is negative");
  if (x >= negligible_exponent) return 0;
  std::int64_t halvings = 0;
  while (x > 1 && halvings < halvings_max) {
    x = x / 2;
    ++halvings;
  }
  Fixed sum = 1;
  Fixed term = 1;
  for (int count = 1; term != 0; ++count) {
    term = mul_div(term, -x, Fixed(count));
    sum += term;
  }
  for (; halvings > 0; --halvings) sum = sum * sum;
  return sum;
}

}  // namespace v1
}  // namespace delever
