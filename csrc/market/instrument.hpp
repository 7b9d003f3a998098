// What an instrument is: its units, limits, fees and margin tiers, fixed at registration.
//
// A linear contract is worth price x lots x atoms_per_tick_lot, an inverse one lots x
// atom_ticks_per_lot / price, in the coin it settles in. `validate` proves once that no value of a
// valid price and quantity reaches 2^62 atoms, and that the tiers follow their rule:
//   marginal:    deduction_n = deduction_(n-1) + floor_n x (rate_n - rate_(n-1)), so the
//   maintenance
//                margin never falls as the notional grows and never grows faster than it;
//   step:        the tier of the whole notional decides, floors and rates rise, nothing is
//   deducted; size_linear: one tier, whose rate rises with the size of the position.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "units/arithmetic.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

enum class ContractKind : std::uint8_t { Linear = 0, Inverse = 1 };
enum class TierRule : std::uint8_t { Marginal = 0, Step = 1, SizeLinear = 2 };

constexpr std::int64_t rate_e12_scale = 1'000'000'000'000;
constexpr std::size_t currencies_max = 8;

/// A bracket of notional, at the mark: from `floor` to the next tier's floor. The floor itself
/// belongs to it under the marginal rule, to the tier below under the step rule.
struct MarginTier {
  Money floor;
  std::int64_t maintenance_ppm = 0;
  Money deduction;  ///< the venue's "maintenance amount"
  std::int64_t leverage_max = 1;
  std::int64_t initial_ppm = 0;  ///< least initial margin; 0: leverage alone decides
};

struct InstrumentSpec {
  std::string symbol;
  std::int64_t atoms_per_tick_lot = 1;  ///< linear: value of one lot at a price of one tick
  std::int64_t price_ticks_max = 0;
  std::int64_t order_lots_max = 0;
  std::int64_t position_lots_max = 0;
  std::int64_t maker_fee_ppm = 0;
  std::int64_t taker_fee_ppm = 0;
  std::int64_t liquidation_fee_ppm = 0;
  std::int64_t market_bound_ppm = 50'000;  ///< a market order stops this far from the mark
  std::int64_t leverage_default = 20;
  std::vector<MarginTier> tiers;

  ContractKind contract = ContractKind::Linear;
  TierRule tier_rule = TierRule::Marginal;
  std::uint16_t settle_currency = 0;     ///< index into the venue's currencies
  std::int64_t atom_ticks_per_lot = 0;   ///< inverse: one lot is worth this / price ticks atoms
  std::int64_t price_ticks_min = 1;      ///< no price lies below
  std::int64_t maintenance_fee_ppm = 0;  ///< closing fee counted as maintenance
  /// What size_linear adds to the rates, in 1e-12: per lot of a linear contract, per whole coin of
  /// an inverse one.
  std::int64_t maintenance_slope_e12 = 0;
  std::int64_t initial_slope_e12 = 0;
  /// Open interest at which the initial rate begins to rise, and where it reaches 1; both 0: never.
  Money open_interest_lower;
  Money open_interest_upper;

  /// An empty string where the specification is sound; else what is wrong, with the value and the
  /// fix.
  std::string validate() const;

  bool is_inverse() const { return contract == ContractKind::Inverse; }
  /// Whether a price is one that orders, indices and marks may have.
  bool is_price(std::int64_t price_ticks) const {
    return price_ticks >= price_ticks_min && price_ticks <= price_ticks_max;
  }
  std::int64_t clamp_price(std::int64_t price_ticks) const {
    return std::clamp(price_ticks, price_ticks_min, price_ticks_max);
  }
  /// Value of `qty` lots at `price`, both non-negative; 0 at a price of 0, which stands for none.
  Money value_of(PriceTicks price, QtyLots qty) const {
    if (!is_inverse()) [[likely]]
      return Money{price.value * qty.value * atoms_per_tick_lot};
    return inverse_value(price, qty, Round::Ceil);
  }
  /// What trading `change` lots (signed) for an unsigned `value` adds to the cost.
  Money cost_of(QtyLots change, Money value) const {
    return (change.value > 0) != is_inverse() ? value : -value;
  }
  /// What a position of `qty` lots (signed) is worth at `price`, against its cost, rounded down.
  Money signed_value(QtyLots qty, PriceTicks price) const {
    if (!is_inverse()) [[likely]]
      return Money{qty.value * price.value * atoms_per_tick_lot};
    if (qty.value > 0) return -inverse_value(price, qty, Round::Ceil);
    return inverse_value(price, -qty, Round::Floor);
  }
  /// The tier that decides about `notional`.
  const MarginTier& tier_of(Money notional) const {
    const Money reached{notional.value - (tier_rule == TierRule::Step ? 1 : 0)};
    std::size_t index = 0;  // upward: nearly every position lives in the first tiers
    while (index + 1 < tiers.size() && reached >= tiers[index + 1].floor) ++index;
    return tiers[index];
  }
  /// Whether initial margin depends on more than the leverage.
  bool has_initial_rate() const {
    return tiers.back().initial_ppm != 0 || initial_slope_e12 != 0 || scales_open_interest();
  }
  bool scales_open_interest() const { return open_interest_upper.value != 0; }

 private:
  Money inverse_value(PriceTicks price, QtyLots qty, Round round) const {
    if (price.value <= 0) return Money{0};
    return Money{mul_div(qty.value, atom_ticks_per_lot, price.value, round)};
  }
};

}  // namespace v1
}  // namespace delever
