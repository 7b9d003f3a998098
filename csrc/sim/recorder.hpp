// What a simulation leaves behind: series per time bin, the liquidation map over time, and counts.
//
// At the end of every step the recorder reads the step's fills and risk events from the venue's log
// (which then forgets them, so the log never grows), adds them to the open bin and tells the
// population what happened to its accounts; when a bin ends it samples prices, open interest, depth
// and the fund. Liquidated dollars are the true ones, at the mark; what the press would have seen
// of them is the observation operator's business. Open interest counts all longs: the population's
// running totals plus the few other accounts, asked one by one at a bin's end. All series are flat,
// bin-major.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/config.hpp"
#include "sim/population.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

/// T bins; [T, I]: bin x instrument; [.., 2]: (long, short) or (bid, ask).
struct ResultSeries {
  std::vector<std::int64_t> time_ns;                               // ends of the bins
  std::vector<double> spot, perp, mark;                            // [T, I] at the end
  std::vector<double> spot_low, spot_high, perp_low, perp_high;    // [T, I] inside
  std::vector<double> liquidated_long_usd, liquidated_short_usd;   // [T, I]
  std::vector<std::int64_t> liquidated_count, open_interest_lots;  // [T, I]
  std::vector<std::int64_t> population_lots;                       // [T, I, 2]
  std::vector<double> depth_usd;                                   // [T, I, 2]
  std::vector<double> takeover_usd, deleveraged_usd, fund_usd;     // [T]
  std::vector<std::int64_t> map_time_ns;                           // Tm
  std::vector<float> map_usd;                                      // [Tm, bins, 2]
  std::vector<std::int64_t> funding_time_ns, funding_rate_e8;      // F; [F, I]
  double worst_past_bankruptcy = 0;  ///< loss of takeovers and deleveraging, by bankruptcy price
  std::int64_t liquidations = 0;
  std::int64_t fills = 0;
};

class Recorder {
 public:
  /// `others`: every account that holds positions and is not a trader of the population.
  Recorder(const SimulationConfig& config, Venue& venue, Population& population);

  /// Reads and forgets the events of the step.
  void read_events(std::uint32_t step);
  void observe_index(std::span<const double> index_usd);
  void record_funding(std::int64_t time_ns, std::span<const std::int64_t> rates_e8);
  /// Closes the bins (and map samples) that end by `time_ns`, the beginning of the next step.
  void close_until(std::int64_t time_ns);

  const ResultSeries& series() const { return series_; }
  /// Middle of the book, or the last price where a side is empty; in USD.
  double middle_usd(InstrumentId id) const;

 private:
  /// One instrument's open bin.
  struct OpenBin {
    double spot = 0, spot_low = 0, spot_high = 0;
    std::int64_t perp_low = 0, perp_high = 0;  // ticks; 0: no fill yet
    double liquidated_usd[2] = {0, 0};
    std::int64_t liquidated_count = 0;
  };

  void read_fills();
  void read_risk(std::uint32_t step);
  void on_risk_event(EventKind kind, std::size_t row, std::uint32_t step);
  void close_bin();
  void close_instrument(InstrumentId id);
  void sample_map();
  std::int64_t open_interest_lots(InstrumentId id) const;
  double depth_usd(InstrumentId id, Side side) const;
  double fund_usd() const;

  const SimulationConfig& config_;
  Venue& venue_;
  Population& population_;
  ResultSeries series_;
  std::vector<OpenBin> open_;
  double takeover_usd_ = 0, deleveraged_usd_ = 0;
  std::int64_t bin_end_ns_;
  std::int64_t map_next_ns_;
};

}  // namespace v1
}  // namespace delever
