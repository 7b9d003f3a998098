// Where positions older than the simulation were opened, and which of them can still exist.
//
// Owns the bars before the start of one instrument, and the extremes from each bar to the start. A
// position's entry price is drawn inside the bar its age points to; it survived if no later bar
// went through its liquidation price (its own entry bar is forgiven: the order within it is
// unknown). Ages beyond the first bar use the first. O(log bars) a question.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/config.hpp"

namespace delever {
inline namespace v1 {

/// An entry in the past, and how far prices went afterwards.
struct PastEntry {
  double price = 0;
  double low_since = 0;
  double high_since = 0;
};

class EntryHistory {
 public:
  /// Bars of `history` and of `path` that end before or at `start_ns`; at least one price is known.
  EntryHistory(const InstrumentConfig& instrument, std::int64_t start_ns);

  /// The entry `age_hours` before the start, at `unit` of the way from its bar's low to its high.
  PastEntry entry(double age_hours, double unit) const;
  double start_price() const { return start_price_; }

 private:
  std::int64_t start_ns_;
  double start_price_;
  std::vector<PriceBar> bars_;
  std::vector<double> low_after_;  // over bars k + 1 .. start
  std::vector<double> high_after_;
};

}  // namespace v1
}  // namespace delever
