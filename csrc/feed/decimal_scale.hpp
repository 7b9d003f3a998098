// Decimal text to an integer number of units, exactly, or not at all.
//
// A unit is a tick or lot size such as 0.01 or 0.25: coefficient x 10^exponent. No floating point
// takes part: "0.1" is ten units of 0.01, "0.105" is none. Exponents ("1e-7") are read; more than
// 18 digits, or a result above 2^62 units, are not. A scale without a unit measures: it counts
// nothing and remembers the finest decimal place it has seen, which `deduced` makes the unit.
// Cost: one pass over the text and one 128-bit division at most.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace delever {
inline namespace v1 {

/// coefficient x 10^exponent.
struct Decimal {
  std::int64_t coefficient = 0;
  std::int32_t exponent = 0;
};

enum class DecimalFault : std::uint8_t { None, NoNumber, TooLong, NoMultiple };

/// Reads a whole text such as "-12.50" or "1e-7"; at most 18 digits.
DecimalFault parse_decimal(std::string_view text, Decimal& out);
/// The same value without zeros at its end, so that the exponent is the finest place that matters.
Decimal without_zeros(Decimal value);
/// Reads a whole number, the sign allowed; false where it is none or does not fit.
bool parse_integer(std::string_view text, std::int64_t& out);
bool parse_unsigned(std::string_view text, std::uint64_t& out);

class DecimalScale {
 public:
  /// Measures until it is given a unit.
  DecimalScale() = default;
  /// The unit is `text`, above 0; throws std::invalid_argument, naming the value.
  explicit DecimalScale(std::string_view text);

  /// Units in value x 10^shift; in `out` where the answer is None.
  DecimalFault count(Decimal value, std::int64_t& out) {
    if (!known()) return measure(value, out);
    return divide(value, out);
  }
  /// The same for a text: `shift` -4 where the feed writes ten-thousandths.
  DecimalFault count(std::string_view text, std::int32_t shift, std::int64_t& out) {
    Decimal value;
    const DecimalFault fault = parse_decimal(text, value);
    if (fault != DecimalFault::None) return fault;
    value.exponent += shift;
    return count(value, out);
  }
  /// Units nearest to a number that went through binary floating point on its way here, such as
  /// 1.7885566900000001; never measures.
  DecimalFault count_nearest(std::string_view text, std::int64_t& out) const;

  bool known() const { return unit_.coefficient != 0; }
  /// The scale with the finest unit seen while measuring (1 where nothing was).
  DecimalScale deduced() const;
  /// The unit as text: "0.25".
  std::string text() const { return text(1); }
  /// So many units as text.
  std::string text(std::int64_t units) const;

 private:
  DecimalFault measure(Decimal value, std::int64_t& out);
  DecimalFault divide(Decimal value, std::int64_t& out) const;

  Decimal unit_;
  std::int32_t finest_ = 0;  ///< exponent of the finest place seen
};

}  // namespace v1
}  // namespace delever
