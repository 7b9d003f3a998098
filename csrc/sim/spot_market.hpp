// The spot market of the world: one book per coin, whose middle is what venues take as their index.
//
// Makers quote around v + I without leaning on their inventory, so the spot middle is the world's
// price and the basis is the perpetual venues' own; holders take the inventory over, takers trade
// around the clock, scheduled sellers (miners, fund outflows, kicks) and the spot legs of
// arbitrageurs trade at the market. The books are a venue's, on accounts funded to its limits at
// leverage 1, which no price in range liquidates: coins are there, whoever sells them. One thread
// at a time; the digest is the venue's.
#pragma once

#include <span>
#include <vector>

#include "sim/desk.hpp"
#include "sim/flow_meter.hpp"
#include "sim/hedgers.hpp"
#include "sim/makers.hpp"
#include "sim/market_view.hpp"
#include "sim/takers.hpp"
#include "sim/world_config.hpp"

namespace delever {
inline namespace v1 {

class SpotMarket {
 public:
  SpotMarket(const WorldConfig& world, std::span<const double> first_usd);
  SpotMarket(const SpotMarket&) = delete;
  SpotMarket& operator=(const SpotMarket&) = delete;

  void run_step(const MarketView& view);

  double middle_usd(std::size_t coin) const { return middle_usd_[coin]; }
  Touch touch(std::size_t coin) const {
    return desk_.touch(coin, config_.instruments[coin].tick_usd);
  }
  /// What arbitrageurs hold here, in USD at the middle; < 0: sold.
  double arbitrage_usd(std::size_t coin) const;
  const FlowMeter& flow() const { return meter_; }
  const Venue& venue() const { return venue_; }
  std::int64_t rejected() const { return desk_.rejected(); }

 private:
  void update_indices(std::span<const double> price_usd);
  void trade(AccountId account, std::uint32_t coin, double usd, double price_usd);
  void sell_on_schedule(const MarketView& view);
  void read_middles();

  const SimulationConfig config_;
  Venue venue_;
  Desk desk_;
  FlowMeter meter_;
  std::vector<Makers> makers_;
  std::vector<Takers> takers_;
  std::vector<Hedgers> holders_;
  std::vector<AccountId> arbitrageurs_;  // by coin
  std::vector<ScheduledSale> sales_;
  std::vector<AccountId> sellers_;  // by sale
  std::vector<double> middle_usd_;
};

}  // namespace v1
}  // namespace delever
