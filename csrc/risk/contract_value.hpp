// What a quantity of a contract is worth: value, profit, entry price, initial margin.
//
// A linear contract is worth quantity x price in its quote currency; an inverse one, counted in
// units of the quote currency, is worth quantity / price in the coin. Hence the average entry of an
// inverse position is the harmonic mean of its fills, the price whose value equals theirs (BitMEX,
// Bybit). Quantities are signed, long > 0; values are too. Throws std::domain_error at a price of
// zero where the formula divides by it.
#pragma once

#include <vector>

#include "market/instrument.hpp"
#include "units/fixed.hpp"

namespace delever {
inline namespace v1 {

struct FillAtPrice {
  Fixed qty;
  Fixed price;
};

Fixed position_value(ContractKind kind, Fixed qty, Fixed price);

/// Profit of a signed quantity from `entry` to `exit`.
Fixed profit(ContractKind kind, Fixed qty, Fixed entry, Fixed exit);

/// The one price at which all fills together have the value they have.
Fixed average_entry(ContractKind kind, const std::vector<FillAtPrice>& fills);

/// |value| / leverage x rate; the rate is 1 but where a venue margins a share of that (Nautilus).
Fixed initial_margin(ContractKind kind, Fixed qty, Fixed price, Fixed leverage, Fixed rate = 1);

}  // namespace v1
}  // namespace delever
