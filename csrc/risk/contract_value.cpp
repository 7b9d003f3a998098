#include "risk/contract_value.hpp"

#include <stdexcept>

namespace delever {
inline namespace v1 {

Fixed position_value(ContractKind kind, Fixed qty, Fixed price) {
  return kind == ContractKind::Linear ? qty * price : qty / price;
}

Fixed profit(ContractKind kind, Fixed qty, Fixed entry, Fixed exit) {
  if (kind == ContractKind::Linear) return qty * (exit - entry);
  return position_value(kind, qty, entry) - position_value(kind, qty, exit);
}

Fixed average_entry(ContractKind kind, const std::vector<FillAtPrice>& fills) {
  Fixed qty = 0;
  Fixed value = 0;
  for (const FillAtPrice& fill : fills) {
    qty += fill.qty;
    value += position_value(kind, fill.qty, fill.price);
  }
  if (qty == 0) throw std::domain_error("the fills sum to no quantity: there is no entry price");
  return kind == ContractKind::Linear ? value / qty : qty / value;
}

Fixed initial_margin(ContractKind kind, Fixed qty, Fixed price, Fixed leverage, Fixed rate) {
  return mul_div(absolute(position_value(kind, qty, price)), rate, leverage);
}

}  // namespace v1
}  // namespace delever
