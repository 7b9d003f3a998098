// Arbitrageurs between the spot market and the perpetual venues: what ties the basis down.
//
// Per venue and coin they want a position that grows with the basis beyond a threshold (a perpetual
// below spot is bought, spot sold), up to their capital there, and go towards it with a half-life;
// they hold it until the basis is gone, and then leave it. Every order is limited where the trade
// stops paying, and looks at the quote it would hit, not at the middle: so whatever the step, the
// capital and the book, they close a gap and do not jump over it, and a book they have emptied is
// no signal to turn around. Orders arrive a number of steps after the prices they were decided on;
// what was filled is hedged in spot as late again. They add no net flow, only move it. Decides
// between steps from the state of all markets; O(venues x coins), no allocation once the queue has
// grown.
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

/// What they look at, of one venue and coin.
struct Spread {
  double bid_usd = 0, ask_usd = 0;  ///< of the perpetual; 0: nobody quotes
  double index_usd = 0;
  double held_usd = 0;     ///< their position
  double capital_usd = 0;  ///< the largest one
};

class Arbitrageurs {
 public:
  Arbitrageurs(const ArbitrageConfig& config, std::size_t markets);

  /// The orders that arrive now.
  const RemoteOrders& arriving() const { return arriving_; }
  /// Begins the decision of a step.
  void begin();
  void consider(std::size_t market, std::uint32_t coin, const Spread& spread, double seconds);
  /// So much of a coin was bought at the venues, net: it is sold in spot.
  void hedge(std::uint32_t coin, double bought_usd);
  /// Ends it: its orders leave, and those that arrive next come up.
  void end();

 private:
  double wanted_part(double basis) const;

  const ArbitrageConfig config_;
  const std::size_t markets_;
  std::deque<RemoteOrders> under_way_;
  RemoteOrders arriving_;
};

}  // namespace v1
}  // namespace delever
