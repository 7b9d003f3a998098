#include "feed/table_text.hpp"

#include <array>
#include <cstdlib>

namespace delever {
inline namespace v1 {
namespace {

constexpr std::array<double, 23> powers_of_ten{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

}  // namespace

double decimal_in(const Field& field) {
  Decimal value;
  const DecimalFault fault = parse_decimal(field.text, value);
  const bool scalable = value.exponent >= -22 && value.exponent <= 22;
  if (fault == DecimalFault::NoNumber || !scalable)
    throw FeedFault(field.column, quoted(field.text) + " is no decimal number; correct the row");
  if (fault != DecimalFault::None)
    throw FeedFault(field.column,
                    quoted(field.text) + " has more than 18 digits; round it to what is known");
  const auto size = static_cast<double>(value.coefficient);
  const double scale = powers_of_ten[static_cast<std::size_t>(std::abs(value.exponent))];
  return value.exponent < 0 ? size / scale : size * scale;
}

std::int64_t clock_time_in(const Field& field) {
  const double size = decimal_in(field);
  const bool whole = field.text.find_first_of(".eE") == std::string_view::npos;
  if (!(size >= 1e8 && size < 9.2e18) || (!whole && size >= 1e14))
    throw FeedFault(field.column, quoted(field.text) +
                                      " is no time since 1970 in s, ms, us or ns; correct the row");
  const std::int64_t unit_ns = size < 1e11   ? 1'000'000'000
                               : size < 1e14 ? 1'000'000
                               : size < 1e17 ? 1'000
                                             : 1;
  if (whole) return integer_in(field) * unit_ns;
  const auto units = static_cast<std::int64_t>(size);  // the rest apart: doubles hold no ns of now
  const double rest = (size - static_cast<double>(units)) * static_cast<double>(unit_ns);
  return units * unit_ns + static_cast<std::int64_t>(rest + 0.5);
}

}  // namespace v1
}  // namespace delever
