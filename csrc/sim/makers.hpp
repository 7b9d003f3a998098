// The makers of one instrument: a ladder of post-only quotes on each side of the index.
//
// The levels' distances are geometric from the half spread to the ladder's reach; each level holds
// the dollars of its own interval of distance, so the book is uniform in depth per percent and what
// rests within 1 % of the middle is the published depth times a state factor (sim/depth_state.hpp);
// an eaten level refills with a half-life of its own. The middle is the index shifted against the
// makers' inventory. Quotes follow by amending, the side that moves away first, so quotes never
// cross. Levels are dealt to the maker accounts in turn; all are funded to the venue's limit and
// use leverage 1, which keeps them out of the liquidation map. At most 2 x levels commands a step,
// about 30 ns of thought each; no allocation after construction.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/config.hpp"
#include "sim/depth_state.hpp"
#include "sim/desk.hpp"

namespace delever {
inline namespace v1 {

class Makers {
 public:
  Makers(Desk& desk, const MarketConfig& market, const InstrumentConfig& instrument,
         InstrumentId id);

  /// Requotes around `index_usd`, `seconds` after the last time.
  void act(std::int64_t time_ns, double index_usd, double seconds);

  /// Takes over a state factor known elsewhere; for makers that do not withdraw of themselves.
  void follow_depth(double factor) { depth_.follow(factor); }

  double inventory_usd() const { return inventory_usd_; }
  double state_factor() const { return depth_.factor(); }

 private:
  struct Level {
    double distance = 0;  ///< from the middle, as a fraction
    double usd = 0;       ///< in the calm state
    AccountId account = 0;
    std::array<OrderId, 2> orders{};  ///< bid, ask
  };

  void build_levels(double depth_usd);
  void observe(std::int64_t time_ns, double index_usd, double seconds);
  void requote(Side side, double middle_usd);
  void requote_level(Level& level, Side side, std::int64_t price_ticks, double target_lots);

  Desk& desk_;
  const MarketConfig& market_;
  const InstrumentId id_;
  const double tick_usd_;
  const double lot_coin_;
  const double contract_usd_;  ///< a lot of an inverse contract; 0: linear
  const double depth_usd_;
  std::vector<AccountId> accounts_;
  std::vector<Level> levels_;
  DepthState depth_;
  double refill_ = 1.0;  ///< part of what is missing that comes back in this step
  double inventory_usd_ = 0;
  double last_middle_usd_ = 0;
};

}  // namespace v1
}  // namespace delever
