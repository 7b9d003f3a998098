// Arbitrageurs between the spot market and the perpetual venues: what ties the basis down.
//
// Per venue and coin they want a position that grows with the basis beyond a threshold (a perpetual
// below spot is bought, spot sold), up to their capital, and go towards it with a half-life. Both
// legs leave at once and arrive a number of steps after the prices they were decided on. They add
// no net flow, only move it. Decides between steps from the state of all markets; O(venues x
// coins), no allocation once the queue has grown.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "sim/market_view.hpp"
#include "sim/world_config.hpp"

namespace delever {
inline namespace v1 {

/// The orders of one decision, by market; market 0 is spot.
using RemoteOrders = std::vector<std::vector<RemoteOrder>>;

class Arbitrageurs {
 public:
  Arbitrageurs(const ArbitrageConfig& config, std::size_t markets);

  /// The orders that arrive now.
  const RemoteOrders& arriving() const { return arriving_; }
  /// Begins the decision of a step.
  void begin();
  /// One venue and coin: its basis and what is held there.
  void consider(std::size_t market, std::uint32_t coin, double basis, double held_usd,
                double seconds);
  /// Ends it: its orders leave, and those that arrive next come up.
  void end();

 private:
  const ArbitrageConfig config_;
  const std::size_t markets_;
  std::deque<RemoteOrders> under_way_;
  RemoteOrders arriving_;
};

}  // namespace v1
}  // namespace delever
