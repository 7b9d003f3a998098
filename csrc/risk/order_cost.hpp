// What opening an order costs where a venue sets the fee of a bankrupt close aside (Bybit, Phemex):
// initial margin, the fee to open, and the fee of closing at the bankruptcy price.
//
// The bankruptcy price is that of the leverage alone, so the closing fee of a linear long is
// qty x entry x (1 - 1/leverage) x taker, and of an inverse long qty/entry x (1 + 1/leverage) x
// taker; a short has the other sign. Quantities are signed.
#pragma once

#include "risk/contract_value.hpp"

namespace delever {
inline namespace v1 {

struct OrderCost {
  Fixed initial_margin;
  Fixed open_fee;
  Fixed close_fee;
  Fixed total() const { return initial_margin + open_fee + close_fee; }
};

OrderCost order_cost(ContractKind kind, Fixed qty, Fixed price, Fixed leverage, Fixed taker_rate);

}  // namespace v1
}  // namespace delever
