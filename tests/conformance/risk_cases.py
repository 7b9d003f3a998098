"""Which function of delever.rules a risk case is about, and which cases are not ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import risk_prices as prices
import risk_venues as venues
from risk_numbers import check

Case = dict[str, Any]
Rule = Callable[[dict[str, Any]], dict[str, Any]]

PRICES: dict[str, Rule] = {
    "binance.usdm_liq": prices.usdm_liquidation,
    "binance.usdm_liq_cross": prices.usdm_liquidation,
    "binance.usdm_liq_hedge": prices.usdm_hedge_liquidation,
    "binance.usdm_liq_from_position": prices.usdm_liquidation_from_position,
    "binance.coinm_liq": prices.coinm_liquidation,
    "binance.bracket_cum": prices.bracket_deductions,
    "binance.cum_step": prices.bracket_step,
    "bybit.usdt_isolated_liq": partial(prices.isolated_liquidation, inverse=False),
    "bybit.bankruptcy_margin": prices.bankruptcy_of_margin,
    "bybit.order_cost": partial(prices.order_cost, inverse=False),
    "bybit.order_cost_inverse": partial(prices.order_cost, inverse=True),
    "bybit.inverse_cross_bankruptcy": prices.inverse_cross_bankruptcy,
    "bybit.inverse_cross_liq": prices.inverse_cross_liquidation,
    "bybit.tier_rate": prices.tier_rate,
    "bitmex.risk_limit": prices.risk_limit,
    "bitmex.risk_limit_mm": prices.risk_limit,
    "okx_gate.liq": prices.fee_inside,
    "phemex.liq": prices.phemex,
    "deribit.margin": prices.deribit_margin,
    "hyperliquid.liq": prices.hyperliquid_liquidation,
    "hyperliquid.liq_rawusd": prices.hyperliquid_liquidation_of_cash,
    "hyperliquid.mmr": prices.hyperliquid_rate,
    "mango.perp_health": prices.mango_health,
    "nautilus.margin": partial(prices.initial_margin, inverse=False),
    "synthetix.max_liq": prices.synthetix_capacity,
}
for contract, is_inverse in (("linear", False), ("inverse", True)):
    for name, rule in {
        "value": prices.value,
        "pnl": prices.profit,
        "pnl_net": prices.profit,
        "avg_entry": prices.average_entry,
        "im": prices.initial_margin,
        "bankruptcy": prices.bankruptcy_of_leverage,
        "isolated_liq": prices.isolated_liquidation,
        "order_cost": prices.order_cost,
    }.items():
        PRICES[f"{contract}.{name}"] = partial(rule, inverse=is_inverse)

VENUES: dict[str, Rule] = {
    "binance.leverage_pnl": venues.leverage_pnl,
    "binance.imn": venues.impact_notional,
    "binance.funding_cap": venues.funding_cap,
    "hyperliquid.funding": venues.clamped_funding,
    "hyperliquid.funding_doc": venues.documented_funding,
    "dydx.TestGetBankruptcyPriceInQuoteQuantums": venues.bankruptcy_quantums,
    "dydx.TestGetFillablePrice": venues.fillable_price,
    "dydx.TestConvertFillablePriceToSubticks": venues.subticks,
    "dydx.TestGetLiquidationInsuranceFundDelta": venues.insurance_delta,
    "dydx.TestProcessDeleveraging": venues.deleveraging,
    "dydx.TestProcessDeleveragingAtOraclePrice": venues.deleveraging,
    "dydx.TestProcessDeleveraging_Rounding": venues.deleveraging,
    "dydx.TestGetInitialMarginQuoteQuantums": venues.initial_margin_quantums,
    "dydx.TestGetAdjustedInitialMarginPpm": venues.adjusted_initial_ppm,
    "dydx.TestLiquidityTierGetMaxAbsFundingClampPpm": venues.funding_clamp,
    "dydx.TestGetFundingIndexDelta": venues.funding_index,
    "dydx.TestGetPremiumPrice": venues.premium,
    "drift.calculate_base_asset_amount_to_cover_margin_shortage": venues.base_to_cover,
    "drift.calculate_perp_if_fee": venues.insurance_fee,
    "drift.get_liquidation_fee": venues.liquidator_fee,
    "drift.calculate_asset_transfer_for_liability_transfer": venues.asset_for_debt,
    "drift.calculate_liability_transfer_implied_by_asset_amount": venues.debt_for_asset,
    "drift.calculate_liability_transfer_to_cover_margin_shortage": venues.debt_to_cover,
    "drift.calculate_spot_if_fee": venues.debt_insurance_fee,
    "drift.liquidate_perp_transfer": venues.perp_transfer,
    "drift.liquidate_perp_partial": venues.perp_partial,
    "drift.socialise": venues.socialised_bankruptcy,
    "drift.funding_delta_bankruptcy": venues.funding_of_bankruptcy,
    "vega.socialise": venues.vega,
    "adl.queue": venues.queue,
    "adl.percentile": venues.percentile,
    "adl.prorata": venues.prorata,
    "adl.rap_shares": venues.rap_shares,
    "funding.clamped": venues.clamped_funding,
    "funding.interest": venues.funding_interest,
    "funding.payment": venues.funding_payment,
    "index.clamp": venues.index_clamp,
    "median": venues.median,
    "ratio_pct": venues.percent,
}
RULES = {**PRICES, **VENUES}

NOT_OURS: dict[str, str] = {}  # function -> why no rule here answers it


def run_risk(case: Case) -> None:
    """Ask the rule of a case and compare at the case's tolerance."""
    function = case["function"]
    if function in NOT_OURS:
        pytest.xfail(NOT_OURS[function])
    assert function in RULES, f"no rule answers {function!r}; known: {sorted(RULES)}"
    answer = venues.refusing(RULES[function], case["venue"])(case["inputs"])
    check(answer, case["expected"], case["tolerance"])
