// One perpetual venue of the world: its machine with its dated rules, and everybody who trades
// there.
//
// A step is the open loop's (sim/simulation.hpp) with three differences: makers quote around the
// world's price v + I, the index is the spot book's middle of a step ago, and the net flow of the
// step's takers goes back to the world. Between steps a venue answers to nothing but the view it is
// handed, so venues may run at once. Owns the venue and its agents; one thread at a time; the
// digest is the venue's.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "feed/liquidation.hpp"
#include "sim/activity.hpp"
#include "sim/arbitrageurs.hpp"
#include "sim/desk.hpp"
#include "sim/flow_meter.hpp"
#include "sim/funding_schedule.hpp"
#include "sim/hedgers.hpp"
#include "sim/makers.hpp"
#include "sim/market_view.hpp"
#include "sim/momentum_traders.hpp"
#include "sim/option_hedgers.hpp"
#include "sim/population.hpp"
#include "sim/recorder.hpp"
#include "sim/stop_orders.hpp"
#include "sim/takers.hpp"
#include "sim/world_config.hpp"

namespace delever {
inline namespace v1 {

class PerpVenue {
 public:
  /// `first_usd` by coin; `clock` and `activity` outlive the venue.
  PerpVenue(const WorldConfig& world, std::size_t number, const StepClock& clock,
            const Activity& activity, std::span<const double> first_usd);
  PerpVenue(const PerpVenue&) = delete;
  PerpVenue& operator=(const PerpVenue&) = delete;

  void run_step(const MarketView& view);

  const std::string& name() const { return name_; }
  /// What its public feed shows of liquidations.
  const std::vector<FeedRule>& feed() const { return feed_; }
  /// Coins by instrument.
  std::span<const std::uint32_t> coins() const { return coins_; }
  const FlowMeter& flow() const { return meter_; }
  Touch touch(std::size_t id) const { return desk_.touch(id, config_.instruments[id].tick_usd); }
  /// What arbitrageurs hold here, in USD at the last reference, by instrument.
  double arbitrage_usd(std::size_t id) const { return arbitrage_usd_[id]; }

  /// All true liquidations so far, ascending; `instrument` is the coin, prices are marks.
  const std::vector<Liquidation>& liquidations() const { return liquidations_; }
  /// What they closed, when they did: one a liquidation where it closes whole, else one a step that
  /// traded. A feed shows these.
  const std::vector<Liquidation>& closings() const { return closings_; }
  /// Of the liquidations, the mark at which each position was just breached.
  const std::vector<std::int64_t>& threshold_ticks() const { return threshold_ticks_; }

  /// What option hedgers hold here, in lots.
  std::int64_t option_hedge_lots(std::size_t id) const {
    return id < option_hedgers_.size() ? option_hedgers_[id].lots() : 0;
  }

  const Venue& venue() const { return venue_; }
  const SimulationConfig& config() const { return config_; }
  const Population& population() const { return *population_; }
  const ResultSeries& series() const { return recorder_->series(); }
  std::int64_t rejected() const { return desk_.rejected(); }

 private:
  void open_agents(const WorldConfig& world);
  void seed_rest();
  void let_quote(const MarketView& view);
  void let_trade(const MarketView& view);
  void trade_remote(const MarketView& view);
  void change_phases(const MarketView& view);
  void update_indices();
  void settle_funding(std::int64_t time_ns);
  void note_liquidations(std::int64_t time_ns);

  const std::string name_;
  const std::vector<FeedRule> feed_;
  const SimulationConfig config_;
  std::vector<std::uint32_t> coins_;
  Venue venue_;
  Desk desk_;
  FundingSchedule funding_;
  FlowMeter meter_;
  std::vector<Makers> makers_;
  std::vector<Takers> takers_;
  std::vector<Hedgers> hedgers_;
  std::vector<StopOrders> stops_;
  std::vector<MomentumTraders> momentum_;
  std::vector<OptionHedgers> option_hedgers_;  // by instrument, or none
  std::vector<AccountId> arbitrageurs_;
  std::unique_ptr<Population> population_;
  std::unique_ptr<Recorder> recorder_;
  std::vector<double> reference_usd_, index_usd_, arbitrage_usd_;  // by instrument
  std::vector<std::uint8_t> halted_;
  std::vector<Liquidation> liquidations_, closings_;
  std::vector<std::int64_t> threshold_ticks_;
};

}  // namespace v1
}  // namespace delever
