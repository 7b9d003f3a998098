#include "sim/distributions.hpp"

#include <array>
#include <bit>
#include <span>

namespace delever {
inline namespace v1 {

namespace {
constexpr double ln2_high = 0x1.62e42fee00000p-1;  // ln 2 with 21 trailing zero bits
constexpr double ln2_low = 0x1.a39ef35793c76p-33;  // the rest of it
constexpr double one_over_ln2 = 1.4426950408889634;

/// 1/23, 1/21, ... 1/3
constexpr std::array<double, 11> odd_reciprocals = [] {
  std::array<double, 11> values{};
  for (int i = 0; i < 11; ++i) values[i] = 1.0 / (23 - 2 * i);
  return values;
}();

/// 1/13!, 1/12!, ... 1/0!
constexpr std::array<double, 14> factorial_reciprocals = [] {
  std::array<double, 14> values{};
  double factorial = 1.0;
  for (int term = 0; term < 14; ++term) {
    if (term > 0) factorial *= term;
    values[13 - term] = 1.0 / factorial;
  }
  return values;
}();

double power_of_two(std::int64_t exponent) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}
}  // namespace

double natural_log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<std::int64_t>(bits >> 52) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFULL) | 0x3FF0000000000000ULL);
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    ++exponent;
  }
  // log m = 2 atanh(s), s = (m - 1) / (m + 1), |s| < 0.1716: eleven terms reach 1e-17.
  const double s = (mantissa - 1.0) / (mantissa + 1.0);
  const double square = s * s;
  double series = 0.0;
  for (const double coefficient : odd_reciprocals) series = series * square + coefficient;
  const double tail = 2.0 * s * (series * square);
  const auto whole = static_cast<double>(exponent);
  return whole * ln2_high + (2.0 * s + (tail + whole * ln2_low));
}

double exponential(double x) {
  const double scaled = x * one_over_ln2;
  const auto whole = static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
  const auto whole_value = static_cast<double>(whole);
  const double rest = (x - whole_value * ln2_high) - whole_value * ln2_low;
  double series = 0.0;  // the Taylor series, |rest| < 0.347
  for (const double coefficient : factorial_reciprocals) series = series * rest + coefficient;
  return series * power_of_two(whole);
}

namespace {
// Acklam's rational approximations, relative error below 1.2e-9.
double quantile_centre(double probability) {
  const double q = probability - 0.5;
  const double r = q * q;
  const double above =
      (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r +
         1.383577518672690e+02) *
            r -
        3.066479806614716e+01) *
           r +
       2.506628277459239e+00) *
      q;
  const double below =
      ((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r +
        6.680131188771972e+01) *
           r -
       1.328068155288572e+01) *
          r +
      1.0;
  return above / below;
}

double quantile_lower_tail(double probability) {
  const double q = std::sqrt(-2.0 * natural_log(probability));
  const double above =
      ((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e+00) * q -
        2.549732539343734e+00) *
           q +
       4.374664141464968e+00) *
          q +
      2.938163982698783e+00;
  const double below =
      (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e+00) * q +
       3.754408661907416e+00) *
          q +
      1.0;
  return above / below;
}
}  // namespace

double normal_quantile(double probability) {
  constexpr double tail = 0.02425;
  if (probability < tail) return quantile_lower_tail(probability);
  if (probability > 1.0 - tail) return -quantile_lower_tail(1.0 - probability);
  return quantile_centre(probability);
}

namespace {
// J. F. Hart's rational approximation, as G. West gives it (Wilmott, May 2005).
constexpr std::array hart_above{3.52624965998911e-2, 0.700383064443688, 6.37396220353165,
                                33.912866078383,     112.079291497871,  221.213596169931,
                                220.206867912376};
constexpr std::array hart_below{8.83883476483184e-2, 1.75566716318264, 16.064177579207,
                                86.7807322029461,    296.564248779674, 637.333633378831,
                                793.826512519948,    440.413735824752};

double polynomial(std::span<const double> coefficients, double x) {
  double sum = 0;
  for (const double coefficient : coefficients) sum = sum * x + coefficient;
  return sum;
}
}  // namespace

double normal_cdf(double x) {
  const double z = std::fabs(x);
  if (z > 37.0) return x > 0 ? 1.0 : 0.0;
  double tail = exponential(-0.5 * z * z);
  if (z < 7.07106781186547) {
    tail *= polynomial(hart_above, z) / polynomial(hart_below, z);
  } else {
    tail /= (z + 1.0 / (z + 2.0 / (z + 3.0 / (z + 4.0 / (z + 0.65))))) * 2.506628274631;
  }
  return x > 0 ? 1.0 - tail : tail;
}

double pareto_quantile(double unit, double alpha, double low, double high) {
  const double ratio = power(low / high, alpha);  // survival at the top of the untruncated law
  return low * power(1.0 - unit * (1.0 - ratio), -1.0 / alpha);
}

double pareto_mean(double alpha, double low, double high) {
  const double ratio = power(low / high, alpha);
  const double slope = 1.0 - alpha;
  const double integral = slope > -1e-9 && slope < 1e-9 ? natural_log(high / low)
                                                        : (power(high / low, slope) - 1.0) / slope;
  return alpha * low * integral / (1.0 - ratio);
}

std::uint32_t poisson_quantile(double unit, double mean) {
  if (mean > 40.0) {
    const double value = mean + std::sqrt(mean) * normal_quantile(unit) + 0.5;
    return value > 0 ? static_cast<std::uint32_t>(value) : 0;
  }
  double probability = exponential(-mean);
  double cumulative = probability;
  std::uint32_t count = 0;
  while (unit > cumulative && count < 200) {
    ++count;
    probability *= mean / count;
    cumulative += probability;
  }
  return count;
}

}  // namespace v1
}  // namespace delever
