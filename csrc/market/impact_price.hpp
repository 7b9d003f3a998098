// What a market order of a given value would pay on average: the impact prices of a book.
//
// The walk takes displayed lots at their prices, best first, until the value is spent; of the last
// level only the part it needs. Prices come in 1e-6 ticks, floored; an inverse contract's levels
// count their value in the coin, each rounded up. A bound keeps an impact price within a share of
// the touch, and stands in where the side is too thin; without one a thin side has no price. A
// value of 0 asks for the touch. Cost: O(levels walked).
#pragma once

#include <cstdint>
#include <optional>

#include "market/instrument.hpp"
#include "market/order_book.hpp"
#include "market/price_rules.hpp"

namespace delever {
inline namespace v1 {

constexpr std::int64_t tick_e6 = 1'000'000;

/// The value by the rules: a notional, or a margin at the largest leverage.
Money impact_value(const PriceRules& rules, const InstrumentSpec& spec);

/// Of selling into the bids (Buy), of buying from the asks (Sell); in 1e-6 ticks.
std::optional<Int128> impact_price_e6(const PriceRules& rules, const InstrumentSpec& spec,
                                      const OrderBook& book, Side side);

}  // namespace v1
}  // namespace delever
