// The net aggressive dollars of one market's step: what its takers bought less what they sold.
//
// Reads the fills that the log holds since it was last cleared; whoever cleared it last decides
// what a step is. Every taker counts, forced orders and the insurance fund's among them, but those
// named: hedgers and arbitrageurs, whose other leg offsets what they do. Forced dollars are also
// told by liquidation, numbered from 0 in the order in which they began: a liquidation that closes
// in steps is under way until its last one, and what the fund unwinds is the liquidation's whose
// position it took over last. A few loads a fill; memory: the liquidations under way.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/config.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

/// What one liquidation's forced orders bought less what they sold.
struct ForcedFlow {
  std::int64_t liquidation = 0;
  std::uint32_t instrument = 0;
  double usd = 0;
};

/// What of a liquidation's position was closed, in USD (sim/liquidated_value.hpp).
struct Closing {
  std::int64_t liquidation = 0;
  double usd = 0;
};

class FlowMeter {
 public:
  /// `steps`: the venue liquidates in steps.
  explicit FlowMeter(const Venue& venue, bool steps = false);

  /// Leaves this taker out.
  void exclude(AccountId account);
  void exclude(std::span<const AccountId> accounts);
  /// Adds up what the log holds now.
  void read();

  /// By instrument, in USD, of the last reading.
  std::span<const double> net_usd() const { return net_usd_; }
  /// Rows of the risk table at which liquidations began, of the last reading.
  std::span<const std::int64_t> liquidation_rows() const { return rows_; }
  /// What liquidations closed, of the last reading; by event.
  std::span<const Closing> closings() const { return closings_; }
  /// The part of it that forced orders made: liquidations, and the fund's unwinding.
  std::span<const double> forced_usd() const { return forced_usd_; }
  /// The same by liquidation, in the order of the first fill of each run of fills.
  std::span<const ForcedFlow> forced_flows() const { return forced_flows_; }

 private:
  /// An event that forced orders name as their cause, and the liquidation it belongs to.
  struct Source {
    std::int64_t sequence = 0;
    std::int64_t liquidation = -1;
    bool ended = false;
  };

  void read_risk();
  void add_closing(std::size_t row, std::int64_t kind, std::int64_t cause);
  void end(std::int64_t start);
  Source* under_way(std::int64_t start);
  /// The liquidation that this fill belongs to; -1: none.
  std::int64_t liquidation_of(std::int64_t cause, bool of_fund, std::size_t id);
  void add_forced(std::int64_t liquidation, std::size_t id, double usd);

  const Venue& venue_;
  const bool steps_;
  std::vector<Source> under_way_;   // ascending
  std::vector<Source> takeovers_;   // the last one, by instrument
  std::vector<std::int64_t> rows_;  // in the risk table
  std::vector<ForcedFlow> forced_flows_;
  std::vector<Closing> closings_;
  std::int64_t begun_ = 0;
  std::vector<std::uint8_t> excluded_;  // by account
  std::vector<double> usd_per_tick_lot_;
  std::vector<double> net_usd_, forced_usd_;
};

}  // namespace v1
}  // namespace delever
