"""What a rulebook's words about liquidations mean to the engine, which puts procedures together.

This module owns that translation. A file names a venue's procedure as a whole and gives its
numbers; the engine has words for how much one step closes, at what limit, and what becomes of the
rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from delever.units import PPM, to_atoms, to_steps

from .procedure_words import (
    ClosePrice,
    FundTrigger,
    LastResort,
    LiquidationFee,
    Ranking,
    Reduce,
    Remainder,
)

PROCEDURES = {
    "ioc_then_takeover": (Reduce.WHOLE, ClosePrice.BANKRUPTCY, Remainder.TAKEOVER),
    "fok_to_next_tier": (Reduce.NEXT_TIER, ClosePrice.BANKRUPTCY, Remainder.TAKEOVER),
    "fraction_with_cooldown": (Reduce.FRACTION, ClosePrice.MARKET, Remainder.VAULT),
    "clips": (Reduce.CLIP, ClosePrice.MARKET, Remainder.WAIT),
    "two_tiers_down": (Reduce.TWO_TIERS, ClosePrice.BANKRUPTCY, Remainder.TAKEOVER),
    "fillable_price": (Reduce.WHOLE, ClosePrice.FILLABLE, Remainder.VAULT),
}
"""Words of `liquidation.procedure`: how much a step closes, its limit, and what follows it."""

FEES = {"account": LiquidationFee.FILLED, "fund": LiquidationFee.ALL_LEFT}
"""Words of `liquidation.remainder`: who has what a whole close leaves."""

FUND_TRIGGERS = {
    "depleted": FundTrigger.DEPLETED,
    "fall_in_8_hours": FundTrigger.FALL,
    "drawdown_in_8_hours": FundTrigger.DRAWDOWN,
    "vault": FundTrigger.SOLVENT,
}
RANKINGS = {
    "profit_times_margin_ratio": Ranking.LEVERAGE_PROFIT,
    "profit_times_leverage": Ranking.EFFECTIVE_LEVERAGE,
    "price_ratio_times_leverage": Ranking.PRICE_RATIO,
    "floored_profit_times_leverage": Ranking.PROFIT_LEVERAGE,
    "pseudo_random_start": Ranking.SEEDED_START,
    "pro_rata": Ranking.PRO_RATA,
    "risk_aware_pro_rata": Ranking.RISK_AWARE,
    "user": Ranking.USER,
}
PRICES = {
    "bankruptcy": LastResort.BANKRUPTCY,
    "mark": LastResort.MARK,
    "previous_mark": LastResort.PREVIOUS_MARK,
}
SHARES = {"socialise": LastResort.WINNERS, "socialise_open_interest": LastResort.OPEN_INTEREST}


def _ppm(value: Any) -> int:
    return to_steps(value, PPM, "share")


_NUMBERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "step_interval_ns": ("liquidation.cooldown_ns", int),
    "fraction_ppm": ("liquidation.fraction", _ppm),
    "fraction_above_atoms": ("liquidation.fraction_above", to_atoms),
    "clip_atoms": ("liquidation.clip", to_atoms),
    "clip_lots": ("liquidation.clip_contracts", int),
    "step_tiers_from": ("liquidation.from_tier", lambda tier: tier - 1),
    "vault_ppm": ("liquidation.backstop_below", _ppm),
    "bankruptcy_adjustment_ppm": ("liquidation.bankruptcy_adjustment", _ppm),
    "spread_to_maintenance_ppm": ("liquidation.spread_to_maintenance", _ppm),
    "liquidation_fee_of": ("liquidation.remainder", lambda word: FEES[word]),
    "mark_beyond_ppm": ("deleveraging.mark_beyond", _ppm),
    "fund_trigger": ("fund.trigger", lambda word: FUND_TRIGGERS[word]),
    "fund_fall_ppm": ("fund.fall", _ppm),
    "ranking": ("deleveraging.ranking", lambda word: RANKINGS[word]),
}


def procedure_of(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the engine's rulebook that the terms of a day decide.

    Parameters
    ----------
    terms
        Values by "section.key", as `delever.Rulebook.terms`.

    Examples
    --------
    >>> procedure_of({"liquidation.procedure": "clips", "liquidation.clip_contracts": 200})
    {'clip_lots': 200, 'reduce': <Reduce.CLIP: 3>, 'close_price': <ClosePrice.MARKET: 1>, \
'remainder': <Remainder.WAIT: 1>}
    """
    held = {name: convert(terms[key]) for name, (key, convert) in _NUMBERS.items() if key in terms}
    if word := terms.get("liquidation.procedure"):
        parts = ("reduce", "close_price", "remainder")
        held |= dict(zip(parts, PROCEDURES[word], strict=True))
    if "liquidation.clip_interval_ns" in terms:
        rounds = terms.get("liquidation.clips_per_interval", 1)
        held["step_interval_ns"] = max(1, terms["liquidation.clip_interval_ns"] // rounds)
    if (rule := terms.get("deleveraging.rule")) in SHARES:
        held["last_resort"] = SHARES[rule]
    elif price := terms.get("deleveraging.price"):
        held["last_resort"] = PRICES[price]
    return held
