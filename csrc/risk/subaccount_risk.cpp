#include "risk/subaccount_risk.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace delever {
inline namespace v1 {

Int128 Subaccount::quantums_of(std::int64_t perpetual) const {
  for (const QuantumPosition& position : positions)
    if (position.perpetual == perpetual) return position.quantums;
  return 0;
}

void Subaccount::add(std::int64_t perpetual, Int128 base_delta, Int128 quote_delta) {
  quote_balance = checked_add(quote_balance, quote_delta);
  auto at = std::find_if(positions.begin(), positions.end(),
                         [&](const auto& one) { return one.perpetual == perpetual; });
  if (at == positions.end()) at = positions.insert(at, {perpetual, 0});
  at->quantums = checked_add(at->quantums, base_delta);
  if (at->quantums == 0) positions.erase(at);
}

Int128 scaled_initial_ppm(Int128 initial_ppm, Int128 open_interest_lower,
                          Int128 open_interest_upper, Int128 open_interest) {
  if (open_interest_upper == 0 || open_interest <= open_interest_lower) return initial_ppm;
  if (open_interest >= open_interest_upper) return ppm_scale;
  return initial_ppm + wide_mul_div(ppm_scale - initial_ppm, open_interest - open_interest_lower,
                                    open_interest_upper - open_interest_lower, Rounding::Floor);
}

Int128 initial_margin_quantums(Int128 notional, Int128 rate_ppm) {
  return share_of_quantums(notional, rate_ppm, Rounding::Ceil);
}

const PerpetualTerms& terms_of(const std::vector<PerpetualTerms>& perpetuals, std::int64_t id) {
  for (const PerpetualTerms& terms : perpetuals)
    if (terms.id == id) return terms;
  throw std::domain_error("there are no terms of perpetual " + std::to_string(id));
}

SubaccountRisk position_risk(const PerpetualTerms& terms, Int128 quantums) {
  const Int128 net_notional = to_quote_quantums(terms.oracle, quantums);
  const Int128 notional = net_notional < 0 ? -net_notional : net_notional;
  const Int128 rate = scaled_initial_ppm(terms.initial_ppm, terms.open_interest_lower,
                                         terms.open_interest_upper, terms.open_interest);
  const Int128 base_initial = initial_margin_quantums(notional, terms.initial_ppm);
  return {net_notional, initial_margin_quantums(notional, rate),
          share_of_quantums(base_initial, terms.maintenance_fraction_ppm, Rounding::Ceil)};
}

SubaccountRisk subaccount_risk(const Subaccount& subaccount,
                               const std::vector<PerpetualTerms>& perpetuals) {
  SubaccountRisk total{subaccount.quote_balance, 0, 0};
  for (const QuantumPosition& position : subaccount.positions) {
    const SubaccountRisk one =
        position_risk(terms_of(perpetuals, position.perpetual), position.quantums);
    total.collateral = checked_add(total.collateral, one.collateral);
    total.initial = checked_add(total.initial, one.initial);
    total.maintenance = checked_add(total.maintenance, one.maintenance);
  }
  return total;
}

bool is_valid_transition(const SubaccountRisk& before, const SubaccountRisk& after) {
  if (after.collateral >= after.initial) return true;
  if (after.maintenance > before.maintenance) return false;
  if (after.maintenance == 0)
    return before.maintenance == 0 && after.collateral > before.collateral;
  return !(Ratio::of(after.collateral, after.maintenance) <
           Ratio::of(before.collateral, before.maintenance));
}

}  // namespace v1
}  // namespace delever
