#include "risk/margin_terms.hpp"

namespace delever {
inline namespace v1 {

LegTerms leg_terms(const InstrumentSpec& spec, QtyLots qty, Money cost, PriceTicks price) {
  if (qty.value == 0) return {};
  const Money notional = exposure_of(spec, qty, cost, price);
  const MarginTier& tier = spec.tier_of(notional);
  return {qty, cost, maintenance_rate_e12(spec, qty, notional), tier.deduction, tier.floor};
}

}  // namespace v1
}  // namespace delever
