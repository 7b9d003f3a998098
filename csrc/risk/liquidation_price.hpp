// Liquidation and bankruptcy prices in closed form, as venues publish them.
//
// Two questions cover them all. `price_at_maintenance`: where does wallet + profit equal the
// maintenance margin of the value at that very price, less its deduction, with the closing fee
// inside for the venues that count it (Binance, Bybit, Hyperliquid, OKX, Gate, Phemex)? With the
// rate zero that is the bankruptcy price; with several legs it is Binance's hedge-mode formula; the
// other positions of a cross account enter through the wallet. `price_at_loss`: where has a
// position lost a given amount (Bybit and older venues, which fix the maintenance margin at the
// entry value)? Both are the solution of a linear equation, so there is one answer or none: nullopt
// where no positive price is it. A venue's tick rounds it towards the earlier liquidation
// (`to_tick`). The engine decides by its integer predicate (risk/margin.hpp); tests hold the two
// together.
#pragma once

#include <optional>
#include <vector>

#include "risk/contract_value.hpp"

namespace delever {
inline namespace v1 {

/// One position of those that share a wallet, all in the same contract.
struct MarginedLeg {
  Fixed qty;               ///< signed, long > 0
  Fixed entry;             ///< 0: the wallet already holds the cost (Hyperliquid's rawUsd)
  Fixed maintenance_rate;  ///< of the value at the liquidation price
  Fixed deduction;         ///< the venue's "maintenance amount"
};

/// A bracket of value at the mark: from `floor` to the next one's floor.
struct MarginBracket {
  Fixed floor;
  Fixed maintenance_rate;
  Fixed deduction;
};

/// Where wallet + profit of the legs = sum of |value| (rate + fee) - deduction.
std::optional<Fixed> price_at_maintenance(ContractKind kind, const std::vector<MarginedLeg>& legs,
                                          Fixed wallet, Fixed fee_rate);

/// The same for one position whose bracket is the one that holds its value at the answer; of two
/// answers, which only brackets that jump can give, the one that liquidates first.
std::optional<Fixed> price_at_maintenance(ContractKind kind, Fixed qty, Fixed entry, Fixed wallet,
                                          Fixed fee_rate,
                                          const std::vector<MarginBracket>& brackets);

/// Where profit = -loss.
std::optional<Fixed> price_at_loss(ContractKind kind, Fixed qty, Fixed entry, Fixed loss);

/// Isolated, maintenance fixed at the entry value: loss = value x (1/leverage - rate) + deduction +
/// extra margin. With rate and amounts zero: the bankruptcy price.
std::optional<Fixed> isolated_price(ContractKind kind, const MarginedLeg& position, Fixed leverage,
                                    Fixed extra_margin);

/// What a cross position at its own mark gives to the others' wallet: profit - maintenance.
Fixed cross_contribution(ContractKind kind, const MarginedLeg& position, Fixed mark);

/// The tick on the early side: up for a long's liquidation price, down for a short's.
Fixed to_tick(Fixed price, Fixed tick, int side);

}  // namespace v1
}  // namespace delever
