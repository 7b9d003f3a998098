// Margin arithmetic: pure functions of a specification, a position and a mark, for linear and
// inverse contracts alike.
//
// Maintenance of a notional n by tier rule, each with the closing fee ceil(n x fee) that some
// venues count in:
//   marginal:    max(0, ceil(n x rate) - deduction), the tier chosen by n (Binance USD-M,
//                "maintenance amount");
//   step:        ceil(n x rate), the rate of the tier n has risen above (BitMEX);
//   size_linear: ceil(n x (rate + slope x size)), size in lots or, of an inverse contract, in coins
//                (Deribit).
// A position is breached when equity <= maintenance, or < where the rulebook says so; at which tick
// that is, threshold.hpp works out. Cost: a few multiplications, and a division by a constant.
#pragma once

#include <cstdint>

#include "market/instrument.hpp"
#include "risk/position.hpp"

namespace delever {
inline namespace v1 {

constexpr std::int64_t never_ticks = -1;

/// Unsigned value of a signed quantity at a price.
inline Money notional_of(const InstrumentSpec& spec, QtyLots qty, PriceTicks price) {
  return spec.value_of(price, absolute(qty));
}

/// Maintenance margin of a signed quantity whose notional is known, or at a price.
Money maintenance_of(const InstrumentSpec& spec, QtyLots qty, Money notional);
Money maintenance_of(const InstrumentSpec& spec, QtyLots qty, PriceTicks price);

/// What of a notional is its maintenance margin, before a deduction and the closing fee, in 1e-12.
std::int64_t maintenance_rate_e12(const InstrumentSpec& spec, QtyLots qty, Money notional);

/// Value against cost at the mark; 0 where there is no mark yet.
Money unrealised_of(const InstrumentSpec& spec, QtyLots qty, Money cost, PriceTicks mark);

/// The notional that margin is taken of: at the mark, or the cost where there is no mark yet.
Money exposure_of(const InstrumentSpec& spec, QtyLots qty, Money cost, PriceTicks mark);

/// margin + value at the mark - cost.
Money equity_of(const InstrumentSpec& spec, const Position& position, PriceTicks mark);

/// Whether the position is to be liquidated at this mark.
bool is_breached(const InstrumentSpec& spec, const Position& position, PriceTicks mark,
                 bool at_equality);

/// The worst valid price (a long's lowest, a short's highest) at which `qty` is worth at least
/// `least_value`, signed as a cost; where there is none, the best.
PriceTicks bankruptcy_price(const InstrumentSpec& spec, QtyLots qty, Int128 least_value);

/// Where the position's equity is zero, rounded to the solvent side and clamped to valid prices.
PriceTicks bankruptcy_price(const InstrumentSpec& spec, const Position& position);

/// ceil(value / leverage).
Money initial_margin(Money value, std::int64_t leverage);

/// max(ceil(value / leverage), ceil(value x rate)).
Money initial_margin(Money value, std::int64_t leverage, std::int64_t rate_e12);

/// The least initial margin per notional of so many lots, in 1e-12; it rises with the open interest
/// of the instrument at the mark where the specification says so.
std::int64_t initial_rate_e12(const InstrumentSpec& spec, QtyLots lots, Money notional,
                              Money open_interest = {});

/// `initial_margin` at that rate. What an order reserves and what opening posts leave the open
/// interest out, so that a reserve does not change while its order rests.
Money initial_margin(const InstrumentSpec& spec, QtyLots qty, Money value, std::int64_t leverage,
                     Money open_interest = {});

/// Margin and the dearer fee that `qty` resting lots at `price` set aside.
Money order_reserve(const InstrumentSpec& spec, PriceTicks price, QtyLots qty,
                    std::int64_t leverage);

/// `order_reserve`, what the open interest asks for beyond it, and the loss that opening at `price`
/// against the mark would show at once.
Money order_need(const InstrumentSpec& spec, PriceTicks price, QtyLots qty, std::int64_t leverage,
                 int direction, PriceTicks mark, Money open_interest = {});

}  // namespace v1
}  // namespace delever
