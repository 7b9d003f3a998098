#include "risk/order_cost.hpp"

namespace delever {
inline namespace v1 {

OrderCost order_cost(ContractKind kind, Fixed qty, Fixed price, Fixed leverage, Fixed taker_rate) {
  const Fixed value = absolute(position_value(kind, qty, price));
  const bool bankrupt_value_is_less = (qty > 0) == (kind == ContractKind::Linear);
  const Fixed turns = bankrupt_value_is_less ? leverage - 1 : leverage + 1;
  const Fixed bankrupt_value = mul_div(value, turns, leverage);
  return {value / leverage, value * taker_rate, bankrupt_value * taker_rate};
}

}  // namespace v1
}  // namespace delever
