// Health and ratios of a whole account, and how fast one may be liquidated, where venues use other
// terms than equity against maintenance margin.
//
// `weighted_health` (Mango v4): base lots and quote at asset or liability weights, the sum at the
// weights of the settle token and, where positive, of unsettled profit. `liquidation_capacity`
// (Synthetix v3): how much of a market may be liquidated in one window. Ratios are shares; a
// division by zero throws std::domain_error.
#pragma once

#include "units/fixed.hpp"

namespace delever {
inline namespace v1 {

struct HealthWeights {
  Fixed asset;
  Fixed liability;
  Fixed settle_asset;
  Fixed settle_liability;
  Fixed profit;
};

Fixed weighted_health(Fixed base, Fixed quote, Fixed price, const HealthWeights& weights);

/// (maker fee + taker fee) x skew scale x seconds of the window x multiplier.
Fixed liquidation_capacity(Fixed maker_rate, Fixed taker_rate, Fixed skew_scale, Fixed seconds,
                           Fixed multiplier);

/// What is left of a size after so many full windows.
Fixed left_after_windows(Fixed size, Fixed capacity, Fixed windows);

}  // namespace v1
}  // namespace delever
