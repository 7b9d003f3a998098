// The closed world: a spot market and perpetual venues on prices that their own flow moves.
//
// A step: impact decays; at a control tick the driver moves fair value; the depth sees the price;
// every market acts, by itself, on what the step before left (market_view.hpp), so markets run on
// any number of workers with the same result; then arbitrageurs decide, and the step's net flow
// moves the price for the next. With the links switched off every market has an impact of its own
// on the same fair value. A factual world solves for the recorded path; one that is given saved
// innovations is a counterfactual.
//
// Owns all markets, the driver, the prices, the recorded steps (40 bytes a step and coin) and which
// liquidation led to which (sim/world_cascades.hpp). The
// digest combines the markets' in fixed order with the innovations. One caller thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "sim/activity.hpp"
#include "sim/arbitrageurs.hpp"
#include "sim/driver.hpp"
#include "sim/perp_venue.hpp"
#include "sim/price_formation.hpp"
#include "sim/spot_market.hpp"
#include "sim/worker_pool.hpp"
#include "sim/world_cascades.hpp"
#include "sim/world_config.hpp"

namespace delever {
inline namespace v1 {

/// By step and coin: prices after the innovation, in logs; flows of the step in USD.
struct WorldSeries {
  std::vector<double> log_price, impact, flow_usd, forced_usd, depth_usd;
};

class World {
 public:
  /// Throws std::invalid_argument with what is wrong.
  explicit World(WorldConfig config);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Runs every step that begins before `until_ns`.
  void run(std::int64_t until_ns);

  std::int64_t time_ns() const { return clock_.time_ns(step_); }
  bool finished() const { return step_ == clock_.step_count(); }
  std::uint32_t step() const { return step_; }
  const StepClock& clock() const { return clock_; }
  const WorldConfig& config() const { return config_; }
  const Driver& driver() const { return *driver_; }
  const SpotMarket& spot() const { return *spot_; }
  std::size_t venue_count() const { return venues_.size(); }
  const PerpVenue& venue(std::size_t number) const { return *venues_[number]; }
  const WorldSeries& series() const { return series_; }
  /// Every liquidation so far, of all venues, with the one that led to it.
  const CascadeRows& cascades() const { return cascades_.rows(); }
  std::uint64_t digest() const;
  std::int64_t command_count() const;

 private:
  struct Halt {
    std::vector<double> recent_usd;  ///< a ring of the last 15 minutes
    std::size_t at = 0;
    std::int64_t until_ns = 0;
  };

  std::size_t coin_count() const { return config_.market.instruments.size(); }
  std::size_t group_of(std::size_t market) const { return config_.switches.links ? 0 : market; }
  void build_markets();
  void run_step();
  void move_prices();
  void innovate(std::uint32_t interval);
  void watch_halts();
  void run_markets();
  void run_market(std::uint32_t market);
  void link_liquidations();
  void let_arbitrage();
  void consider_venues(std::uint32_t coin, const Touch& spot, double exposure_usd);
  void add_flows();
  void push_forced(std::size_t number);
  void record_prices();

  const WorldConfig config_;
  StepClock clock_;
  std::unique_ptr<Driver> driver_;
  std::unique_ptr<Activity> activity_;
  std::unique_ptr<SpotMarket> spot_;
  std::vector<std::unique_ptr<PerpVenue>> venues_;
  Arbitrageurs arbitrageurs_;
  std::vector<std::vector<PriceFormation>> prices_;                // group x coin
  std::vector<std::vector<double>> reference_usd_, depth_factor_;  // group x coin
  std::vector<std::vector<double>> before_;  // log price after the last innovation
  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> listings_;  // venue, id; by coin
  std::vector<double> index_usd_;
  std::vector<std::uint8_t> halted_;
  std::vector<Halt> halts_;
  WorldSeries series_;
  WorldCascades cascades_;
  std::uint32_t step_ = 0;
  std::uint32_t interval_ = 0;
  WorkerPool workers_;
};

}  // namespace v1
}  // namespace delever
