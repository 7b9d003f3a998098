#include "sim/plain_figures.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace delever {
inline namespace v1 {
namespace {

std::string fixed(double value, int digits) {
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string grouped(std::string digits) {
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

}  // namespace

std::string dollars(double value) {
  const std::string sign = value < 0 ? "−$" : "$";
  const double size = std::fabs(value);
  for (const auto& [unit, scale] : {std::pair{"B", 1e9}, std::pair{"M", 1e6}})
    if (size >= scale * 0.9995)
      return sign +
             fixed(size / scale, size >= 100 * scale  ? 0
                                 : size >= 10 * scale ? 1
                                                      : 2) +
             unit;
  return sign + (size >= 1000 || size == 0 ? grouped(fixed(size, 0)) : fixed(size, 2));
}

std::string day_and_clock(std::int64_t time_ns) {
  using std::chrono::seconds;
  const std::chrono::sys_seconds when{
      std::chrono::floor<seconds>(std::chrono::nanoseconds{time_ns})};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss<seconds> time{when - day};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[40];
  std::snprintf(text, sizeof text, "%u %s %02d:%02d", static_cast<unsigned>(date.day()),
                months[static_cast<unsigned>(date.month()) - 1],
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()));
  return text;
}

std::string sparkline(std::span<const double> values) {
  constexpr const char* blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double top = 1e-9;
  for (const double value : values) top = std::max(top, value);
  std::string line;
  for (const double value : values)
    line += blocks[static_cast<std::size_t>(std::lrint(8 * std::max(value, 0.0) / top))];
  return line;
}

}  // namespace v1
}  // namespace delever
