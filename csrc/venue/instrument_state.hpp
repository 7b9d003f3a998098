// What a venue with accounts keeps per instrument beside its market: the inputs of the mark price,
// the liquidation map, and when the insurance fund last worked off what it holds. Plain state: the
// venue alone changes it. Zero prices mean "not set yet". Copied with the venue that owns it,
// thresholds included; the event log is not (FreshOnCopy): a branch starts with an empty one.
#pragma once

#include <memory>

#include "market/mark_price.hpp"
#include "market/price_state.hpp"
#include "risk/liquidation_map.hpp"
#include "units/ids.hpp"
#include "venue/market_state.hpp"

namespace delever {
inline namespace v1 {

/// Holds a value that is not copied: the copy of its owner gets a fresh one.
template <class Value>
struct FreshOnCopy {
  FreshOnCopy() = default;
  FreshOnCopy(const FreshOnCopy& other) : value(other.value.retention()) {}
  FreshOnCopy& operator=(const FreshOnCopy&) = delete;

  Value value;
};

struct InstrumentState : MarketState {
  explicit InstrumentState(InstrumentSpec specification = {})
      : MarketState(std::move(specification)),
        map(spec.price_ticks_max),
        pool_map(spec.price_ticks_max) {}

  LiquidationMap map;       ///< of isolated positions
  LiquidationMap pool_map;  ///< guards of pools, and two-sided ones of isolated positions
  QtyLots open_long;        ///< open interest
  BasisAverage basis;
  TimeNs last_sample;
  bool sampled = false;
  FundingState funding;
  PriceState prices;
  bool in_point = false;     ///< waits for the evaluation point to close
  PriceTicks forced_mark;    ///< by SetMark, for this point; 0: by the formula
  PriceTicks previous_mark;  ///< before the last MarkUpdated; 0: none
  TimeNs last_unwind;
  bool unwound = false;
  Sequence last_takeover = no_cause;

  /// Whether positions can be closed in this market now.
  bool liquidates() const { return mark.value != 0 && phase == TradingPhase::Continuous; }
};

/// A currency other than the valuation currency, and the pools that its price can breach.
struct CollateralState {
  explicit CollateralState(const Currency& currency = {}) : pool_map(currency.price_ticks_max) {}

  LiquidationMap pool_map;
  PriceTicks price;    ///< 0: unknown
  PriceTicks pending;  ///< for the point that is open
  bool in_point = false;
};

}  // namespace v1
}  // namespace delever
