#include "feed/decimal_scale.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <stdexcept>

#include "units/arithmetic.hpp"

namespace delever {
inline namespace v1 {
namespace {

constexpr std::int32_t digits_max = 18;
constexpr std::int32_t exponent_limit = 1000;  // what is written, before any shift
constexpr std::int64_t count_limit = std::int64_t{1} << 62;

constexpr std::array<std::int64_t, digits_max + 1> powers_of_ten = [] {
  std::array<std::int64_t, digits_max + 1> powers{1};
  for (std::size_t at = 1; at < powers.size(); ++at) powers[at] = powers[at - 1] * 10;
  return powers;
}();

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

template <class Integer>
bool parse_whole(std::string_view text, Integer& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

bool parse_exponent(std::string_view text, Decimal& out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int32_t exponent = 0;
  if (!parse_whole(text, exponent) || std::abs(exponent) > exponent_limit) return false;
  out.exponent += exponent;
  return true;
}

// Digits and a point, from the start of the text to `end`. This many bytes cannot overflow.
DecimalFault read_short(std::string_view text, Decimal& out, std::size_t& end) {
  const char* at = text.data();
  const char* const stop = at + text.size();
  std::int64_t coefficient = 0;
  for (; at != stop && is_digit(*at); ++at) coefficient = coefficient * 10 + (*at - '0');
  std::ptrdiff_t digits = at - text.data();
  if (at != stop && *at == '.') {
    const char* const point = at++;
    for (; at != stop && is_digit(*at); ++at) coefficient = coefficient * 10 + (*at - '0');
    out.exponent = -static_cast<std::int32_t>(at - point - 1);
    digits += at - point - 1;
  }
  out.coefficient = coefficient;
  end = static_cast<std::size_t>(at - text.data());
  return digits == 0 ? DecimalFault::NoNumber : DecimalFault::None;
}

// The same for a text of any length: zeros before the number do not count as its digits.
DecimalFault read_long(std::string_view text, Decimal& out, std::size_t& end) {
  std::int32_t significant = 0;
  bool any = false;
  bool after_point = false;
  for (end = 0; end < text.size(); ++end) {
    const char byte = text[end];
    if (byte == '.' && !after_point) {
      after_point = true;
    } else if (is_digit(byte)) {
      any = true;
      if (out.coefficient != 0 || byte != '0') ++significant;
      if (significant > digits_max) return DecimalFault::TooLong;
      out.coefficient = out.coefficient * 10 + (byte - '0');
      out.exponent -= after_point ? 1 : 0;
      if (out.exponent < -exponent_limit) return DecimalFault::TooLong;
    } else {
      break;
    }
  }
  return any ? DecimalFault::None : DecimalFault::NoNumber;
}

}  // namespace

Decimal without_zeros(Decimal value) {
  if (value.coefficient == 0) return {};
  while (value.coefficient % 10 == 0) {
    value.coefficient /= 10;
    ++value.exponent;
  }
  return value;
}

bool parse_integer(std::string_view text, std::int64_t& out) { return parse_whole(text, out); }
bool parse_unsigned(std::string_view text, std::uint64_t& out) { return parse_whole(text, out); }

DecimalFault parse_decimal(std::string_view text, Decimal& out) {
  out = {};
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::size_t end = 0;
  const DecimalFault fault = text.size() <= static_cast<std::size_t>(digits_max)
                                 ? read_short(text, out, end)
                                 : read_long(text, out, end);
  if (fault != DecimalFault::None) return fault;
  if (negative) out.coefficient = -out.coefficient;
  if (end == text.size()) [[likely]]
    return DecimalFault::None;
  if (text[end] != 'e' && text[end] != 'E') return DecimalFault::NoNumber;
  return parse_exponent(text.substr(end + 1), out) ? DecimalFault::None : DecimalFault::NoNumber;
}

DecimalScale::DecimalScale(std::string_view text) {
  Decimal unit;
  const bool good = parse_decimal(text, unit) == DecimalFault::None && unit.coefficient > 0;
  unit = without_zeros(unit);
  if (!good || unit.exponent < -digits_max || unit.exponent > digits_max)
    throw std::invalid_argument("'" + std::string(text.substr(0, 40)) +
                                "' is no tick or lot size; give a decimal above 0, such as 0.01");
  unit_ = unit;
}

DecimalFault DecimalScale::divide(Decimal value, std::int64_t& out) const {
  const std::int32_t shift = value.exponent - unit_.exponent;
  Int128 scaled = value.coefficient;
  if (scaled == 0) {
    out = 0;
    return DecimalFault::None;
  }
  if (shift > digits_max) return DecimalFault::TooLong;
  if (shift >= 0) {
    scaled *= powers_of_ten[static_cast<std::size_t>(shift)];
  } else {
    if (shift < -digits_max) return DecimalFault::NoMultiple;
    const std::int64_t power = powers_of_ten[static_cast<std::size_t>(-shift)];
    if (value.coefficient % power != 0) return DecimalFault::NoMultiple;
    scaled = value.coefficient / power;
  }
  if (unit_.coefficient != 1) {
    if (scaled % unit_.coefficient != 0) return DecimalFault::NoMultiple;
    scaled /= unit_.coefficient;
  }
  if (scaled > count_limit || scaled < -count_limit) return DecimalFault::TooLong;
  out = static_cast<std::int64_t>(scaled);
  return DecimalFault::None;
}

DecimalFault DecimalScale::count_nearest(std::string_view text, std::int64_t& out) const {
  out = 0;
  if (!known()) return DecimalFault::None;
  // 18 digits say all a double does; what follows them is noise of its own.
  std::string kept;
  std::size_t digits = 0;
  for (const char byte : text.substr(0, 64)) {
    const bool fraction = kept.find('.') != std::string::npos;
    if (is_digit(byte) && ++digits > digits_max && fraction) continue;
    kept += byte;
  }
  Decimal value;
  const DecimalFault fault = parse_decimal(kept, value);
  if (fault != DecimalFault::None) return fault;
  const std::int32_t places = unit_.exponent - value.exponent;
  if (places > 0 && places <= digits_max) {
    const std::int64_t power = powers_of_ten[static_cast<std::size_t>(places)];
    const std::int64_t half = value.coefficient < 0 ? -power / 2 : power / 2;
    value.coefficient = (value.coefficient + half) / power;
    value.exponent += places;
  }
  return divide(value, out);
}

DecimalFault DecimalScale::measure(Decimal value, std::int64_t& out) {
  finest_ = std::min(finest_, std::max(value.exponent, -digits_max));
  out = 0;
  return DecimalFault::None;
}

DecimalScale DecimalScale::deduced() const {
  if (known()) return *this;
  DecimalScale scale;
  scale.unit_ = {1, finest_};
  return scale;
}

std::string DecimalScale::text(std::int64_t units) const {
  Int128 rest = Int128{units} * unit_.coefficient;
  const bool negative = rest < 0;
  std::string digits;  // the last first
  for (; rest != 0; rest /= 10)
    digits += static_cast<char>('0' + std::abs(static_cast<int>(rest % 10)));
  std::reverse(digits.begin(), digits.end());
  if (digits.empty()) digits = "0";
  if (unit_.exponent >= 0) {
    if (digits != "0") digits.append(static_cast<std::size_t>(unit_.exponent), '0');
  } else {
    const auto places = static_cast<std::size_t>(-unit_.exponent);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
  }
  if (negative) digits.insert(digits.begin(), '-');
  return digits;
}

}  // namespace v1
}  // namespace delever
