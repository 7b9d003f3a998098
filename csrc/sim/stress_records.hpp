// What a stress run leaves behind: every liquidation and deleveraging, and series over time.
//
// After each step the records read the venue's risk events and forget them, so the log stays small
// however many accounts fall. A liquidation is one record from its start to its finish, which comes
// at the same point (deleveraging included); records stand in the order of the starts. Series have
// one row per sample. Money in USD. Costs O(events) a step; 72 bytes per liquidation, 8 per
// account.
//
// What a liquidation has cost its account is what the wallet and the margins of its isolated
// positions hold less after a step in which a liquidation of it did anything: realised losses, fees
// and what was seized, not what was lost on paper. Nobody trades and no funding is paid, so nothing
// else takes from it. A deleveraging gives; it counts only where it falls into the same step.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/stress_units.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

struct LiquidationRecord {
  std::int64_t time_ns = 0;
  AccountId account = 0;
  std::uint32_t instrument = 0;
  std::int64_t qty_lots = 0;  ///< signed, before
  std::int64_t mark_ticks = 0;
  std::int64_t equity_atoms = 0;  ///< at the start
  std::int64_t closed_lots = 0;   ///< signed, in the book
  std::int64_t taken_lots = 0;    ///< signed, by the insurance fund
  std::int64_t gone_lots = 0;     ///< signed as the position: closed, taken or passed on
  std::int64_t fee_atoms = 0;
  std::int64_t returned_atoms = 0;
  double fee_usd = 0, returned_usd = 0;
  bool cross = false;  ///< one position of a pool; equity is the pool's
};

struct DeleveragingRecord {
  std::int64_t time_ns = 0;
  AccountId account = 0;
  AccountId bankrupt = 0;
  std::uint32_t instrument = 0;
  std::int64_t qty_lots = 0;  ///< signed change of the account's position
  std::int64_t price_ticks = 0;
};

struct StressSeries {
  std::vector<std::int64_t> time_ns;                            // T
  std::vector<double> index, mark, last;                        // [T, I], USD
  std::vector<double> liquidated_usd;                           // [T, I, 2], longs and shorts
  std::vector<std::int64_t> liquidated_count;                   // T
  std::vector<double> taken_usd, deleveraged_usd, covered_usd;  // T
  std::vector<double> lost_usd;                                 // T, by those in liquidation
  std::vector<double> fund_usd;                                 // T, at the end of the sample
};

class StressRecords {
 public:
  StressRecords(Venue& venue, std::span<const StressUnits> units, std::int64_t sample_ns);

  /// Takes note of what every account holds; before the first step.
  void read_balances();
  /// Reads and forgets the events of a step.
  void read_events();
  /// Closes the sample that ends by `time_ns`; `last` closes it in any case.
  void close_until(std::int64_t time_ns, bool last);

  const std::vector<LiquidationRecord>& liquidations() const { return liquidations_; }
  const std::vector<DeleveragingRecord>& deleveragings() const { return deleveragings_; }
  const StressSeries& series() const { return series_; }
  double liquidated_usd() const { return liquidated_usd_; }
  double fund_usd() const;

 private:
  struct Open {
    Sequence started = 0;
    std::size_t record = 0;  ///< its first one; of a pool none yet
    AccountId account = 0;
    bool is_pool = false;
    std::int64_t equity_atoms = 0;
    bool steps = false;  ///< of a pool: it takes more than one, and says when it is done
    bool done = false;
  };
  struct Sample {
    std::vector<std::array<double, 2>> liquidated_usd;
    std::int64_t count = 0;
    double taken_usd = 0, deleveraged_usd = 0, covered_usd = 0, lost_usd = 0;
  };

  void on_event(EventKind kind, std::size_t row);
  void on_start(InstrumentId id, AccountId account, std::size_t row);
  void on_part(EventKind kind, const Open& open, InstrumentId id, std::size_t row);
  Open* started_by(Sequence sequence);
  LiquidationRecord& member(const Open& pool, InstrumentId id, std::size_t row);
  void count(InstrumentId id, std::int64_t lots, std::int64_t mark_ticks);
  Money balance_of(AccountId account) const;
  void count_losses();
  double usd(InstrumentId id, std::int64_t price_ticks, std::int64_t lots) const;
  /// Of the currency that everything settles in.
  double currency_usd() const;

  Venue& venue_;
  std::vector<StressUnits> units_;
  std::int64_t sample_ns_;
  std::int64_t sample_end_ns_ = 0;
  Sample sample_;
  StressSeries series_;
  std::vector<LiquidationRecord> liquidations_;
  std::vector<DeleveragingRecord> deleveragings_;
  std::vector<Open> open_;       ///< not done, by rising sequence
  std::vector<Money> balances_;  ///< by account: wallet and margins as last looked at
  std::vector<AccountId> in_liquidation_, deleveraged_;  ///< in this step
  double liquidated_usd_ = 0;
};

}  // namespace v1
}  // namespace delever
