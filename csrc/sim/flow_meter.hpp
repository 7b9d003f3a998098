// The net aggressive dollars of one market's step: what its takers bought less what they sold.
//
// Reads the fills that the log holds since it was last cleared; whoever cleared it last decides
// what a step is. Every taker counts, forced orders and the insurance fund's among them, but those
// named: hedgers and arbitrageurs, whose other leg offsets what they do. A few loads a fill.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/config.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

class FlowMeter {
 public:
  explicit FlowMeter(const Venue& venue);

  /// Leaves this taker out.
  void exclude(AccountId account);
  void exclude(std::span<const AccountId> accounts);
  /// Adds up what the log holds now.
  void read();

  /// By instrument, in USD, of the last reading.
  std::span<const double> net_usd() const { return net_usd_; }
  /// Rows of the risk table at which liquidations began, of the last reading.
  std::span<const std::int64_t> liquidation_rows() const { return rows_; }
  /// The part of it that forced orders made: liquidations, and the fund's unwinding.
  std::span<const double> forced_usd() const { return forced_usd_; }

 private:
  void find_liquidations();
  bool is_liquidation(std::int64_t cause) const;

  const Venue& venue_;
  std::vector<std::int64_t> liquidations_;  // event numbers, ascending
  std::vector<std::int64_t> rows_;          // of the same, in the risk table
  std::vector<std::uint8_t> excluded_;      // by account
  std::vector<double> usd_per_tick_lot_;
  std::vector<double> net_usd_, forced_usd_;
};

}  // namespace v1
}  // namespace delever
