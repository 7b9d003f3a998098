// How much margin a size needs: the schedules of the venues, as pure functions.
//
//   brackets     marginal, like tax brackets: notional x rate - deduction, where the deduction
//   makes
//                the margin continuous (Binance, Bybit, Hyperliquid)
//   risk steps   the whole position at one rate that rises by a step (BitMEX)
//   size-linear  (base + slope x size) x size (Deribit)
//   by leverage  half of the initial margin at the largest leverage (Hyperliquid)
// Rates are shares. A size outside every tier is refused with std::domain_error, never guessed.
#pragma once

#include <utility>
#include <vector>

#include "risk/liquidation_price.hpp"
#include "units/fixed.hpp"

namespace delever {
inline namespace v1 {

/// previous deduction + floor x (rate - previous rate).
Fixed next_deduction(Fixed floor, Fixed rate, Fixed previous_rate, Fixed previous_deduction);

/// Fills in the deductions of brackets given by floor and rate.
std::vector<Fixed> bracket_deductions(const std::vector<Fixed>& floors,
                                      const std::vector<Fixed>& rates);

/// max(0, notional x rate - deduction) of the bracket that holds the notional.
Fixed maintenance_margin(Fixed notional, const std::vector<MarginBracket>& brackets);

/// Rate of the first tier whose cap the value does not exceed.
Fixed tier_rate(Fixed value, const std::vector<std::pair<Fixed, Fixed>>& caps_and_rates);

struct MarginRates {
  Fixed maintenance;
  Fixed initial;
};

struct RiskSteps {
  Fixed base;  ///< size up to which the base rates hold
  Fixed step;  ///< each further (part of a) step adds the base maintenance rate to both rates
  Fixed base_maintenance;
  Fixed base_initial;
};

MarginRates risk_step_rates(Fixed position, const RiskSteps& steps);

/// (base rate + slope x size) x size x price.
Fixed size_margin(Fixed size, Fixed base_rate, Fixed slope, Fixed price);

/// 1 / (2 x largest leverage).
Fixed maintenance_rate_at(Fixed leverage_max);

}  // namespace v1
}  // namespace delever
