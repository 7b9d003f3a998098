// Figures as people write them: dollars, days and hours, a row of blocks.
//
// Text is UTF-8; a rounding is that of printf. Cost: a few hundred nanoseconds a figure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace delever {
inline namespace v1 {

/// $431M, $2.51B or $63,280: three digits, or the whole price.
std::string dollars(double value);
/// A time in ns since 1970 as day and UTC: 5 Feb 21:15.
std::string day_and_clock(std::int64_t time_ns);
/// One block per value, the largest full.
std::string sparkline(std::span<const double> values);

}  // namespace v1
}  // namespace delever
