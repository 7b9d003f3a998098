// From a replay's time series to the figures that were published: one window rule per kind of fact.
//
// Pure functions on columns with one value per bin; a bin is named by its end. Times are ns since
// 1970, prices and liquidations USD, returns and basis percent, shares fractions. Where a figure
// was printed at an uncertain minute, the rule is the mean over every minute it may have been. The
// coin "all" is the source's business. Cost: O(bins + window ends) a rule.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/clock.hpp"

namespace delever {
inline namespace v1 {

using Values = std::vector<double>;
using Times = std::vector<std::int64_t>;

struct TimeSpan {
  std::int64_t first = 0, last = 0;
};

/// A published bar of varying length.
struct PublishedBar {
  std::int64_t time_ns, bar_ns;
  double open, high, low, close;
};

/// What a rule looks at. `price_column` of "spot" or "perp" may end in "_low" or "_high".
class ReplaySource {
 public:
  virtual ~ReplaySource() = default;
  virtual const Times& time_ns() const = 0;
  virtual Values column(const std::string& name, const std::string& coin) const = 0;
  /// Reported dollars per bin; side is long, short or total.
  virtual Values liquidated(const std::string& coin, const std::string& side) const = 0;
  virtual std::span<const PublishedBar> path(const std::string& coin) const = 0;
  /// Published open interest of a coin before the event, in USD.
  virtual double open_interest(const std::string& coin) const = 0;
  /// The one venue that is replayed; empty where all are together.
  virtual std::string venue() const = 0;
};

/// A fact's window rule; a kind reads the fields that `scenario.toml` lists for it.
struct WindowRule {
  std::string kind, coin, side, unit, venue, series = "spot";
  double hours = 0, level = 0;
  int periods = 0;
  TimeSpan ends, span, high, low;
  bool has_high = false;
  std::int64_t by = 0, after = 0, base = 0, at = 0;
};

/// Every kind that is measured.
std::span<const std::string_view> measured_kinds();
/// The replayed value in the fact's unit; none for another venue's, or a kind nobody measures.
std::optional<double> measure(const WindowRule& rule, const ReplaySource& source);

/// Every minute from the first to the last window end.
Times window_ends(TimeSpan ends);
/// Sums over the `hours` before each end; what is in a bin is spread evenly over it.
Values trailing_sum(std::span<const std::int64_t> time_ns, std::span<const double> values,
                    double hours, std::span<const std::int64_t> ends);
/// Wilder's relative strength index after the last close, 0 to 100 (New Concepts in Technical
/// Trading Systems, 1978); std::invalid_argument where there are too few closes.
double relative_strength(std::span<const double> closes, int periods);
/// By how many percent each bin lowers the running low; `before` is the low so far.
Values new_low_percent(std::span<const double> lows, double before);
/// Spot at given times: simulated inside the simulation, published outside.
Values spot_at(const ReplaySource& source, const std::string& coin,
               std::span<const std::int64_t> at_ns);
/// Lowest or highest value of a column within a span; NaN where no bin lies there.
double extreme_within(const ReplaySource& source, const std::string& column,
                      const std::string& coin, TimeSpan span, bool lowest);
/// Which bins lie within a span.
std::vector<bool> bins_within(std::span<const std::int64_t> time_ns, TimeSpan span);

}  // namespace v1
}  // namespace delever
