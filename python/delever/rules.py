"""The venues' rules as a calculator: exact, without a venue.

What an exchange publishes about margin, liquidation, deleveraging, losses, funding and marks, each
as a function of its own numbers: text, Decimal or int in, exact results out. Nothing is rounded
but by the rule itself; a quotient has 18 decimals. Quantities are signed, long > 0. The compiled
core does the arithmetic; `help(delever.rules.liquidation_price)` has the parameters and an example
that the venue published. `evaluate` asks the engine's own predicate, in ticks and atoms.

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
>>> liquidation_price([("0.77", 60000, "0.004")], 4620)  # ten times long, one bracket
Decimal('54216.867469879518072289')
"""

from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from . import _core
from ._core import (
    DecayingAverage,
    ExchangeSide,
    LiquidationTerms,
    PerpetualTerms,
    ShortageTerms,
    Subaccount,
    asset_for_debt,
    average_entry,
    average_price_funding,
    bankruptcy_funding_delta,
    bankruptcy_funding_payment,
    bankruptcy_price,
    bankruptcy_quantums,
    base_to_cover_shortage,
    bracket_deductions,
    capped_to_median,
    cross_contribution,
    damped_premium,
    debt_for_asset,
    debt_insurance_fee,
    debt_to_cover_shortage,
    deleverage,
    deleverage_queue,
    deleveraged_percent,
    effective_leverage_score,
    fill_water,
    fillable_price,
    fillable_subticks,
    funding_basis_price,
    funding_cap,
    funding_clamp_ppm,
    funding_index_delta,
    funding_payment,
    funding_rate,
    hyperliquid_funding_rate,
    impact_notional,
    impact_premium,
    impact_price,
    index_price,
    initial_margin,
    initial_margin_quantums,
    insurance_delta,
    insurance_fee_rate,
    interest_rate,
    is_liquidatable,
    isolated_liquidation_price,
    left_after_windows,
    leverage_profit,
    liquidate_shortage,
    liquidation_capacity,
    liquidation_price,
    liquidation_price_in_brackets,
    liquidator_fee_rate,
    maintenance_margin,
    maintenance_rate,
    margin_ratio,
    mark_over_entry_score,
    median,
    mid_premium,
    next_deduction,
    next_interval_hours,
    order_cost,
    position_value,
    premium_ppm,
    price_at_loss,
    pro_rata_haircut,
    profit,
    profit_leverage_score,
    queue_percentiles,
    random_start_order,
    risk_aware_shares,
    risk_step_rates,
    scaled_initial_ppm,
    size_margin,
    socialise,
    subaccount_risk,
    tier_rate,
    transfer_perp,
    weighted_health,
    weighted_median,
    weighted_premium,
)
from .reference.instruments import Instrument
from .units import ATOM, Number, exact, from_atoms, to_atoms

__all__ = [
    "DecayingAverage", "Evaluation", "ExchangeSide", "LiquidationTerms", "PerpetualTerms",
    "ShortageTerms", "Subaccount", "asset_for_debt", "average_entry", "average_price_funding",
    "bankruptcy_funding_delta", "bankruptcy_funding_payment", "bankruptcy_price",
    "bankruptcy_quantums", "base_to_cover_shortage", "bracket_deductions", "capped_to_median",
    "cross_contribution", "damped_premium", "debt_for_asset", "debt_insurance_fee",
    "debt_to_cover_shortage", "deleverage", "deleverage_queue", "deleveraged_percent",
    "effective_leverage_score", "evaluate", "fill_water", "fillable_price", "fillable_subticks",
    "funding_basis_price", "funding_cap", "funding_clamp_ppm", "funding_index_delta",
    "funding_payment", "funding_rate", "hyperliquid_funding_rate", "impact_notional",
    "impact_premium", "impact_price", "index_price", "initial_margin",
    "initial_margin_quantums", "insurance_delta", "insurance_fee_rate", "interest_rate",
    "is_liquidatable", "isolated_liquidation_price", "left_after_windows", "leverage_profit",
    "liquidate_shortage", "liquidation_capacity", "liquidation_price",
    "liquidation_price_in_brackets", "liquidator_fee_rate", "maintenance_margin",
    "maintenance_rate", "margin_ratio", "mark_over_entry_score", "median", "mid_premium",
    "next_deduction", "next_interval_hours", "order_cost", "position_value", "premium_ppm",
    "price_at_loss", "pro_rata_haircut", "profit", "profit_leverage_score", "queue_percentiles",
    "random_start_order", "risk_aware_shares", "risk_step_rates", "scaled_initial_ppm",
    "size_margin", "socialise", "subaccount_risk", "tier_rate", "transfer_perp",
    "weighted_health", "weighted_median", "weighted_premium",
]  # fmt: skip


class Evaluation(NamedTuple):
    """An isolated position on an instrument, as the engine sees it at a mark."""

    notional: Decimal
    maintenance: Decimal
    initial: Decimal
    """What opening it at the mark asks for."""
    equity: Decimal
    is_breached: bool
    liquidation_price: Decimal | None
    """The last tick, towards the losing side, that liquidates; None where none does."""
    bankruptcy_price: Decimal
    """Where equity is zero, on the solvent side, within the instrument's prices."""


def evaluate(
    instrument: Instrument,
    *,
    qty: Number,
    entry: Number,
    margin: Number,
    mark: Number,
    leverage: int | None = None,
    open_interest: Number = 0,
    at_equality: bool = True,
) -> Evaluation:
    """Ask the engine's own functions about an isolated position.

    Parameters
    ----------
    instrument : Instrument
        Complete: with limits, fees and tiers.
    qty : Number
        Signed, long > 0, in lots' multiples.
    entry, margin, mark : Number
        The entry price need not be on the tick; its cost is rounded against the holder.
    leverage : int, optional
        For the initial margin; the instrument's default where none is given.
    open_interest : Number
        Of the instrument at the mark, in money; scales the initial margin where it is asked to.
    at_equality : bool
        Whether equity that equals the maintenance margin liquidates.

    Raises
    ------
    DataError
        A number is off its grid or out of the instrument's range.

    Examples
    --------
    >>> btc = Instrument.linear("BTCUSDT", tick="0.1", lot="0.001", price_max=1000000,
    ...     order_max=100, position_max=100, maker_fee=0, taker_fee=0, liquidation_fee=0,
    ...     market_bound="0.05", leverage_default=10, tiers=[(0, "0.005", 0, 100)])
    >>> found = evaluate(btc, qty=1, entry=20000, margin=400, mark=20000)
    >>> found.liquidation_price, found.bankruptcy_price, found.maintenance
    (Decimal('19698.4'), Decimal('19600.0'), Decimal('100.00000000'))
    """
    signed, price = exact(qty, "qty"), exact(entry, "entry")
    lots = instrument.lots(abs(signed)) * (1 if signed > 0 else -1)
    value = signed * price if instrument.contract is None else -lots * instrument.contract / price
    found = _core.evaluate_position(
        instrument.spec(),
        qty_lots=lots,
        cost_atoms=int((value / ATOM).to_integral_value(ROUND_CEILING)),
        margin_atoms=to_atoms(margin, "margin"),
        mark_ticks=instrument.ticks(mark),
        leverage=leverage or instrument.leverage_default or 1,
        open_interest_atoms=to_atoms(open_interest, "open_interest"),
        at_equality=at_equality,
    )
    ticks = found["liquidation_ticks"]
    return Evaluation(
        from_atoms(found["notional_atoms"]),
        from_atoms(found["maintenance_atoms"]),
        from_atoms(found["initial_atoms"]),
        from_atoms(found["equity_atoms"]),
        found["is_breached"],
        None if ticks is None else instrument.price(ticks),
        instrument.price(found["bankruptcy_ticks"]),
    )


__test__ = {name: str(globals()[name].__doc__) for name in __all__ if hasattr(_core, name)}
