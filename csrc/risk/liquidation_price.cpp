#include "risk/liquidation_price.hpp"

namespace delever {
inline namespace v1 {
namespace {

std::optional<Fixed> positive_quotient(Fixed above, Fixed below) {
  if (below == 0) return std::nullopt;
  const Fixed quotient = above / below;
  if (quotient < 0) return std::nullopt;
  return quotient;
}

// Entry value, zero for a leg whose cost the wallet already holds.
Fixed entry_value(ContractKind kind, const MarginedLeg& leg) {
  return leg.entry == 0 ? Fixed(0) : position_value(kind, leg.qty, leg.entry);
}

bool holds(const std::vector<MarginBracket>& brackets, std::size_t at, Fixed value) {
  return value >= brackets[at].floor &&
         (at + 1 == brackets.size() || value < brackets[at + 1].floor);
}

}  // namespace

std::optional<Fixed> price_at_maintenance(ContractKind kind, const std::vector<MarginedLeg>& legs,
                                          Fixed wallet, Fixed fee_rate) {
  Fixed fixed = wallet;  // what does not depend on the price
  Fixed slope = 0;       // linear: per unit of price; inverse: per unit of 1 / price
  for (const MarginedLeg& leg : legs) {
    const Fixed required = absolute(leg.qty) * (leg.maintenance_rate + fee_rate);
    const Fixed value = entry_value(kind, leg);
    if (kind == ContractKind::Linear) {
      fixed += leg.deduction - value;
      slope += required - leg.qty;
    } else {
      fixed += leg.deduction + value;
      slope += required + leg.qty;
    }
  }
  return kind == ContractKind::Linear ? positive_quotient(fixed, slope)
                                      : positive_quotient(slope, fixed);
}

std::optional<Fixed> price_at_maintenance(ContractKind kind, Fixed qty, Fixed entry, Fixed wallet,
                                          Fixed fee_rate,
                                          const std::vector<MarginBracket>& brackets) {
  std::optional<Fixed> found;
  for (std::size_t at = 0; at < brackets.size(); ++at) {
    const MarginedLeg leg{qty, entry, brackets[at].maintenance_rate, brackets[at].deduction};
    const std::optional<Fixed> price = price_at_maintenance(kind, {leg}, wallet, fee_rate);
    if (!price || *price == 0) continue;
    if (!holds(brackets, at, absolute(position_value(kind, qty, *price)))) continue;
    const bool earlier = !found || (qty > 0 ? *price > *found : *price < *found);
    if (earlier) found = price;
  }
  return found;
}

std::optional<Fixed> price_at_loss(ContractKind kind, Fixed qty, Fixed entry, Fixed loss) {
  if (qty == 0) return std::nullopt;
  if (kind == ContractKind::Linear) {
    const Fixed price = entry - loss / qty;
    if (price < 0) return std::nullopt;
    return price;
  }
  return positive_quotient(qty, qty / entry + loss);
}

std::optional<Fixed> isolated_price(ContractKind kind, const MarginedLeg& position, Fixed leverage,
                                    Fixed extra_margin) {
  const int side = sign(position.qty);
  if (side == 0) return std::nullopt;
  const Fixed amounts = extra_margin + position.deduction;
  const Fixed lost_share = Fixed(1) - position.maintenance_rate * leverage;  // x 1/leverage
  const Fixed signed_share = side > 0 ? lost_share : -lost_share;
  if (kind == ContractKind::Linear) {
    const Fixed price = mul_div(position.entry, leverage - signed_share, leverage) -
                        (amounts == 0 ? Fixed(0) : amounts / position.qty);
    if (price < 0) return std::nullopt;
    return price;
  }
  const Fixed scaled = position.entry * leverage;
  const Fixed below =
      leverage + signed_share + (amounts == 0 ? Fixed(0) : mul_div(scaled, amounts, position.qty));
  return positive_quotient(scaled, below);
}

Fixed cross_contribution(ContractKind kind, const MarginedLeg& position, Fixed mark) {
  const Fixed value = absolute(position_value(kind, position.qty, mark));
  const Fixed maintenance = value * position.maintenance_rate - position.deduction;
  return profit(kind, position.qty, position.entry, mark) - maintenance;
}

Fixed to_tick(Fixed price, Fixed tick, int side) {
  return to_multiple(price, tick, side > 0 ? Rounding::Ceil : Rounding::Floor);
}

}  // namespace v1
}  // namespace delever
