// Who bears a loss that no fund covers: the sharing rules, as pure functions.
//
//   socialise              winners get floor(win x collected / expected), the last the rest (Vega)
//   funding delta          over all open interest, through the cumulative funding rate (Drift)
//   pro-rata               one haircut on all winners' equity
//   risk-aware pro-rata    shares in proportion to equity x leverage x g(leverage), filled like
//                          water up to each winner's equity (Chitra, arXiv 2512.01112)
// Conservation: what `socialise` hands out is what was collected, to the unit; what `fill_water`
// hands out is the deficit, or all there is where that is less, but for the last place of a Fixed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "units/fixed.hpp"

namespace delever {
inline namespace v1 {

/// What each winner is paid of `collected`; `last` is the index of the one paid last.
std::vector<Int128> socialise(const std::vector<Int128>& wins, Int128 collected, std::size_t last);

/// ceil(|loss| x 1e9 / (|long| + |short|)) x 1000: the step of the cumulative funding rate (in
/// 1e-9) that raises a loss (1e-6) from open interest (1e-9). nullopt where there is none.
std::optional<Int128> bankruptcy_funding_delta(Int128 loss, Int128 base_long, Int128 base_short);

/// What such a step takes from a position of `base`, long or short, in 1e-6.
Int128 bankruptcy_funding_payment(Int128 base, Int128 delta);

/// min(1, deficit / equity).
Fixed pro_rata_haircut(Fixed deficit, Fixed equity);

/// What part of a liquidated notional fell to deleveraging, in percent.
Fixed deleveraged_percent(Fixed deleveraged, Fixed liquidated);

enum class RiskWeight : std::uint8_t {
  One,        ///< g = 1
  Linear,     ///< g = leverage
  Square,     ///< g = leverage^2
  Shortfall,  ///< g = max(0, leverage - threshold), the tail of CVaR
};

/// Shares that sum to one; std::domain_error where every weight is zero.
std::vector<Fixed> risk_aware_shares(const std::vector<Fixed>& pro_rata,
                                     const std::vector<Fixed>& leverage, RiskWeight weight,
                                     Fixed threshold);

/// min(cap, level x share) of each, where the level makes them sum to the deficit.
std::vector<Fixed> fill_water(Fixed deficit, const std::vector<Fixed>& shares,
                              const std::vector<Fixed>& caps);

}  // namespace v1
}  // namespace delever
