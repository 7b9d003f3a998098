// What an instrument is: its units, limits, fees and margin tiers, fixed at registration.
//
// `validate` proves once that no product of a valid price and a valid quantity overflows
// (price_ticks_max x position_lots_max x atoms_per_tick_lot < 2^62) and that the tiers are marginal
// and continuous: deduction_n = deduction_(n-1) + floor_n x (rate_n - rate_(n-1)), so the
// maintenance margin never falls as the notional grows and never grows faster than it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "units/arithmetic.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

/// A bracket of notional, at the mark: from `floor` (inclusive) to the next tier's floor.
struct MarginTier {
  Money floor;
  std::int64_t maintenance_ppm = 0;
  Money deduction;  ///< the venue's "maintenance amount"
  std::int64_t leverage_max = 1;
};

struct InstrumentSpec {
  std::string symbol;
  std::int64_t atoms_per_tick_lot =
      1;  ///< value of one lot at a price of one tick, linear contract
  std::int64_t price_ticks_max = 0;
  std::int64_t order_lots_max = 0;
  std::int64_t position_lots_max = 0;
  std::int64_t maker_fee_ppm = 0;
  std::int64_t taker_fee_ppm = 0;
  std::int64_t liquidation_fee_ppm = 0;
  std::int64_t market_bound_ppm = 50'000;  ///< a market order stops this far from the mark
  std::int64_t leverage_default = 20;
  std::vector<MarginTier> tiers;

  /// An empty string where the specification is sound; else what is wrong, with the value and the
  /// fix.
  std::string validate() const;

  /// Value of `qty` lots at `price`; both non-negative.
  Money value_of(PriceTicks price, QtyLots qty) const {
    return Money{price.value * qty.value * atoms_per_tick_lot};
  }
  /// The tier whose bracket holds `notional`.
  const MarginTier& tier_of(Money notional) const {
    std::size_t index = 0;  // upward: nearly every position lives in the first tiers
    while (index + 1 < tiers.size() && notional >= tiers[index + 1].floor) ++index;
    return tiers[index];
  }
};

}  // namespace v1
}  // namespace delever
