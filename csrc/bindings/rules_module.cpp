// The Python module `delever.rules`: the venues' rules as a calculator, beside `_core` and without
// it. One register function per concern; numpydoc stands beside what it describes.
#include "bindings/bindings.hpp"

namespace delever {
inline namespace v1 {
namespace {

constexpr const char* rules_doc = R"(The venues' rules as a calculator: exact, without a venue.

What an exchange publishes about margin, liquidation, deleveraging, losses, funding and marks, each
as a function of its own numbers: text, Decimal or int in, exact results out. Nothing is rounded
but by the rule itself; a quotient has 18 decimals. Quantities are signed, long > 0.
`help(delever.rules.liquidation_price)` has the parameters and an example that the venue published;
`evaluate` asks the engine's own predicate, in ticks and atoms.

Values and costs
    position_value, profit, average_entry, initial_margin, order_cost
Liquidation and bankruptcy prices
    liquidation_price, liquidation_price_in_brackets, cross_contribution,
    isolated_liquidation_price, bankruptcy_price, price_at_loss, evaluate
How much margin
    bracket_deductions, next_deduction, maintenance_margin, tier_rate, risk_step_rates,
    size_margin, maintenance_rate, weighted_health, liquidation_capacity, left_after_windows
dYdX v4, in quantums
    PerpetualTerms, Subaccount, LiquidationTerms, subaccount_risk, is_liquidatable,
    scaled_initial_ppm, initial_margin_quantums, bankruptcy_quantums, fillable_price,
    fillable_subticks, insurance_delta, deleverage, funding_index_delta, funding_clamp_ppm,
    premium_ppm
Drift v2, in its precisions
    ShortageTerms, base_to_cover_shortage, insurance_fee_rate, liquidator_fee_rate, transfer_perp,
    liquidate_shortage, bankruptcy_funding_delta, bankruptcy_funding_payment, ExchangeSide,
    asset_for_debt, debt_for_asset, debt_to_cover_shortage, debt_insurance_fee
Deleveraging and shared losses
    leverage_profit, margin_ratio, effective_leverage_score, mark_over_entry_score,
    profit_leverage_score, deleverage_queue, queue_percentiles, random_start_order, socialise,
    pro_rata_haircut, deleveraged_percent, risk_aware_shares, fill_water
Funding, index and mark
    funding_rate, hyperliquid_funding_rate, damped_premium, average_price_funding, funding_cap,
    funding_payment, next_interval_hours, impact_premium, mid_premium, weighted_premium,
    interest_rate, impact_notional, impact_price, median, weighted_median, capped_to_median,
    index_price, funding_basis_price, DecayingAverage

Examples
--------
>>> from delever.rules import liquidation_price
>>> liquidation_price([("0.77", 60000, "0.004")], 4620)  # ten times long, one bracket
Decimal('54216.867469879518072289')
)";

}  // namespace
}  // namespace v1
}  // namespace delever

PYBIND11_MODULE(rules, module, pybind11::mod_gil_not_used()) {
  module.doc() = delever::rules_doc;
  delever::register_errors(module);
  delever::register_price_rules(module);
  delever::register_margin_rules(module);
  delever::register_quantum_rules(module);
  delever::register_loss_rules(module);
  delever::register_funding_rules(module);
  delever::register_engine_rules(module);
}
