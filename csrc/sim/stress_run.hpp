// A stress test: a book of positions on the venue, a price path, and who falls where.
//
// Owns the venue, its makers and hedgers, the loaded book and what is recorded. The path is the
// index, given for every step; nothing the run does moves it. Makers quote a ladder around it (the
// depth is an assumption of the caller), hedgers take their inventory over, and the mark follows
// by the venue's formula, so a liquidation moves the perpetual but not the path. Nobody else
// trades. Phases: load (any number of times), then run; the first step sets the first prices.
// Deterministic: the same book and path give the same events. Cost: the venue's; a step without
// liquidations costs the makers' quotes, whatever the number of accounts; deleveraging ranks every
// position once a round.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/config.hpp"
#include "sim/hedgers.hpp"
#include "sim/makers.hpp"
#include "sim/stress_book.hpp"
#include "sim/stress_records.hpp"

namespace delever {
inline namespace v1 {

struct StressConfig {
  std::vector<InstrumentSpec> instruments;  ///< all of them settle in the first currency
  std::vector<StressUnits> units;
  Rulebook rulebook;
  MarketConfig market;
  std::int64_t sample_ns = minute_ns;
};

/// The index by step: time_ns[s], and price_ticks[s x instruments + i].
struct StressPath {
  std::vector<std::int64_t> time_ns;
  std::vector<std::int64_t> price_ticks;
};

class StressRun {
 public:
  explicit StressRun(StressConfig config);

  void load(const StressColumns& rows) { book_->load(rows); }
  /// Sets the path and the liquidity before the run; throws std::invalid_argument where the path
  /// is not one price per step and instrument at rising times.
  void prepare(StressPath path, std::span<const double> depth_usd, double insurance_usd);
  /// Runs the steps before this number; before the first of them the makers' books are built.
  void run(std::size_t until_step);

  std::size_t step() const { return step_; }
  std::size_t steps() const { return path_.time_ns.size(); }
  const Venue& venue() const { return venue_; }
  const StressBook& book() const { return *book_; }
  const StressRecords& records() const { return records_; }
  const StressConfig& config() const { return config_; }
  /// Notional of loaded positions by threshold: [bin][long, short] of one instrument, in USD.
  std::vector<double> waiting_usd(InstrumentId id, double low_usd, double high_usd,
                                  std::size_t bins) const;

 private:
  void run_step(std::size_t step);

  StressConfig config_;
  Venue venue_;
  Desk desk_;
  std::vector<InstrumentConfig> instruments_;
  std::vector<Hedgers> hedgers_;
  std::vector<std::unique_ptr<Makers>> makers_;
  std::unique_ptr<StressBook> book_;
  StressRecords records_;
  StressPath path_;
  std::size_t step_ = 0;
};

}  // namespace v1
}  // namespace delever
