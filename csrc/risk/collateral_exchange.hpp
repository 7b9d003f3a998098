// Collateral of one currency against a debt in another, to the integer (Drift v2): what a
// liquidator gives and takes, how much of it cures a shortage, and what the insurance fund may ask.
//
// Amounts are integers of 10^-decimals tokens, prices in 1e-6, weights in 1e-4, multipliers and
// fees in 1e-6: the asset's multiplier above 1 (the liquidator's premium) or the debt's below it.
// Divisions truncate, but for `debt_for_asset`, which rounds up. A shortage that no transfer can
// cure (the asset weighs as much as the debt) has no amount: the whole debt goes. Every product is
// held in 256 bits or refused.
#pragma once

#include <cstdint>
#include <optional>

#include "units/wide.hpp"

namespace delever {
inline namespace v1 {

/// One side of the exchange.
struct ExchangeSide {
  Int128 price = 0;
  std::int64_t decimals = 0;
  Int128 multiplier = 1'000'000;
  Int128 weight = 10'000;
};

/// Asset taken for `debt`; all of `held` where less than one unit of account would be left or lack.
Int128 asset_for_debt(const ExchangeSide& asset, const ExchangeSide& liability, Int128 held,
                      Int128 debt);

/// Debt that `amount` of the asset pays for, rounded up.
Int128 debt_for_asset(const ExchangeSide& asset, const ExchangeSide& liability, Int128 amount);

/// Debt whose transfer cures a margin shortage (1e-6); nullopt: all of it.
std::optional<Int128> debt_to_cover_shortage(const ExchangeSide& asset,
                                             const ExchangeSide& liability, Int128 shortage,
                                             Int128 insurance_fee);

/// min(most, what the weights leave after the shortage over the debt's value, over the weight).
Int128 debt_insurance_fee(const ExchangeSide& asset, const ExchangeSide& liability, Int128 shortage,
                          Int128 debt, Int128 fee_max);

}  // namespace v1
}  // namespace delever
