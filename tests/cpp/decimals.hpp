// Decimals written as text, for tests of the rules that count in Fixed.
#pragma once

#include <string_view>

#include "units/fixed.hpp"

namespace delever::testing {

inline Fixed decimal(std::string_view text) {
  const bool negative = text.front() == '-';
  if (negative) text.remove_prefix(1);
  Int128 steps = 0;
  int places = -1;
  for (const char digit : text) {
    if (digit == '.') {
      places = 0;
      continue;
    }
    steps = checked_add(checked_multiply(steps, 10), digit - '0');
    if (places >= 0) ++places;
  }
  steps = checked_multiply(steps, power_of_ten(Fixed::places - (places < 0 ? 0 : places)));
  return Fixed::of_steps(negative ? -steps : steps);
}

/// Whether two agree to within `most`.
inline bool near(Fixed one, Fixed other, const char* most) {
  return absolute(one - other) <= decimal(most);
}

}  // namespace delever::testing
