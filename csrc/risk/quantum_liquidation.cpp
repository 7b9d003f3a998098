#include "risk/quantum_liquidation.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace delever {
inline namespace v1 {
namespace {

int sign_of(Int128 value) { return (value > 0) - (value < 0); }

Int128 size_of(Int128 value) { return value < 0 ? -value : value; }

bool closes(Int128 position, Int128 delta) {
  return sign_of(position) * sign_of(delta) == -1 && size_of(delta) <= size_of(position);
}

}  // namespace

QuantumResult<Int128> bankruptcy_quantums(const Subaccount& subaccount,
                                          const std::vector<PerpetualTerms>& perpetuals,
                                          std::int64_t perpetual, Int128 delta) {
  const Int128 quantums = subaccount.quantums_of(perpetual);
  if (!closes(quantums, delta)) return {QuantumRefusal::InvalidPositionSizeDelta};
  const PerpetualTerms& terms = terms_of(perpetuals, perpetual);
  const SubaccountRisk total = subaccount_risk(subaccount, perpetuals);
  if (total.maintenance == 0) return {QuantumRefusal::ZeroMaintenance};
  const SubaccountRisk before = position_risk(terms, quantums);
  const SubaccountRisk after = position_risk(terms, quantums + delta);
  const Int128 freed = before.maintenance - after.maintenance;
  const Int128 share = wide_mul_div(total.collateral, freed, total.maintenance, Rounding::Floor);
  return {QuantumRefusal::None, before.collateral - after.collateral - share};
}

QuantumResult<Ratio> fillable_price(const Subaccount& subaccount,
                                    const std::vector<PerpetualTerms>& perpetuals,
                                    std::int64_t perpetual, Int128 delta,
                                    const LiquidationTerms& terms) {
  const Int128 quantums = subaccount.quantums_of(perpetual);
  if (!closes(quantums, delta)) return {QuantumRefusal::InvalidPositionSizeDelta};
  const SubaccountRisk total = subaccount_risk(subaccount, perpetuals);
  if (total.maintenance == 0) return {QuantumRefusal::ZeroMaintenance};
  const SubaccountRisk one = position_risk(terms_of(perpetuals, perpetual), quantums);
  const Ratio health = Ratio::of(total.collateral, total.maintenance);
  Ratio rating = (Ratio(1) - health) * Ratio::of(terms.bankruptcy_adjustment_ppm, ppm_scale);
  if (rating < Ratio(0)) rating = 0;
  if (Ratio(1) < rating) rating = 1;
  const Ratio spread =
      Ratio::of(terms.spread_to_maintenance_ppm, ppm_scale) * Ratio(one.maintenance);
  return {QuantumRefusal::None, (Ratio(one.collateral) - rating * spread) / Ratio(quantums)};
}

Int128 fillable_subticks(const Ratio& price, bool liquidates_long, Int128 subticks_per_tick,
                         std::int64_t quantum_conversion_exponent) {
  if (subticks_per_tick <= 0) throw std::domain_error("subticks_per_tick is not positive");
  const Rounding rounding = liquidates_long ? Rounding::Ceil : Rounding::Floor;
  const Ratio subticks = price / ratio_power_of_ten(quantum_conversion_exponent);
  const Int128 whole = subticks.rounded(rounding);
  const Int128 ticks = wide_mul_div(whole, 1, subticks_per_tick, rounding);
  const Int128 limit = std::numeric_limits<std::uint64_t>::max();
  const Int128 most = limit / subticks_per_tick;
  return std::clamp<Int128>(ticks, 1, std::max<Int128>(most, 1)) * subticks_per_tick;
}

QuantumResult<Int128> insurance_delta(const Subaccount& subaccount,
                                      const std::vector<PerpetualTerms>& perpetuals,
                                      std::int64_t perpetual, const LiquidationFill& fill,
                                      const LiquidationTerms& terms) {
  if (fill.quantums == 0) return {QuantumRefusal::InvalidFillAmount};
  const Int128 value =
      fill_quote_quantums(fill.quantums, fill.subticks, fill.quantum_conversion_exponent);
  const Int128 delta = fill.is_buy ? fill.quantums : -fill.quantums;
  const QuantumResult<Int128> bankruptcy =
      bankruptcy_quantums(subaccount, perpetuals, perpetual, delta);
  if (bankruptcy.refusal != QuantumRefusal::None) return bankruptcy;
  const Int128 surplus = (fill.is_buy ? -value : value) - bankruptcy.value;
  if (surplus <= 0) return {QuantumRefusal::None, surplus};
  const Int128 fee_max = share_of_quantums(value, terms.fee_max_ppm, Rounding::Floor);
  return {QuantumRefusal::None, std::min(fee_max, surplus)};
}

QuantumResult<SubaccountPair> deleverage(SubaccountPair pair,
                                         const std::vector<PerpetualTerms>& perpetuals,
                                         std::int64_t perpetual, Int128 delta,
                                         DeleveragingPrice price) {
  const bool sides_fit = closes(pair.liquidated.quantums_of(perpetual), delta) &&
                         closes(pair.offsetting.quantums_of(perpetual), -delta);
  if (!sides_fit) return {QuantumRefusal::InvalidPositionSizeDelta};
  Int128 quote = -to_quote_quantums(terms_of(perpetuals, perpetual).oracle, delta);
  if (price == DeleveragingPrice::Bankruptcy) {
    const QuantumResult<Int128> found =
        bankruptcy_quantums(pair.liquidated, perpetuals, perpetual, delta);
    if (found.refusal != QuantumRefusal::None) return {found.refusal};
    quote = found.value;
  }
  SubaccountPair moved = pair;
  moved.liquidated.add(perpetual, delta, quote);
  moved.offsetting.add(perpetual, -delta, -quote);
  const bool valid = is_valid_transition(subaccount_risk(pair.liquidated, perpetuals),
                                         subaccount_risk(moved.liquidated, perpetuals)) &&
                     is_valid_transition(subaccount_risk(pair.offsetting, perpetuals),
                                         subaccount_risk(moved.offsetting, perpetuals));
  if (!valid) return {QuantumRefusal::UndercollateralizedUpdate};
  return {QuantumRefusal::None, std::move(moved)};
}

}  // namespace v1
}  // namespace delever
