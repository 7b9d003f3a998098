"""What a rulebook file may say: sections, keys, and the words and numbers they take.

This module owns the names. A rulebook says more than the engine acts on: a procedure or a formula
is a declared word here, and `BUILT` lists those that this build carries out. The rest are kept,
shown and compared, and refused by a `Venue` that would have to act on them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from .rulebook_procedures import FEES, FUND_TRIGGERS, PRICES, PROCEDURES, RANKINGS, SHARES


class Kind(NamedTuple):
    """What a key holds: `wants` in words, and how it is read (ValueError where it is not that)."""

    wants: str
    read: Callable[[Any], Any]


def word(*known: str) -> Kind:
    """Return the kind of a word out of a few."""

    def read(value: Any) -> str:
        if value not in known:
            raise ValueError
        return str(value)

    return Kind("one of " + ", ".join(known), read)


def whole(low: int, high: int = 2**62) -> Kind:
    """Return the kind of an integer."""

    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError
        return value

    return Kind(f"an integer from {low:,} to {high:,}", read)


def number(low: str, high: str = "1e18") -> Kind:
    """Return the kind of an exact decimal, written as text."""

    def read(value: Any) -> Decimal:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004  (one refusal for all)
        try:
            found = Decimal(value)
        except InvalidOperation:
            raise ValueError from None
        if not (found.is_finite() and Decimal(low) <= found <= Decimal(high)):
            raise ValueError
        return found

    return Kind(f'a number as text, from "{low}" to "{high}"', read)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004  (one refusal for all)
    return value


def _text(value: Any) -> str:
    if not (isinstance(value, str) and value):
        raise ValueError
    return value


FLAG, TEXT = Kind("true or false", _flag), Kind("a text", _text)
SHARE, AMOUNT, RATE = number("0", "1"), number("0"), number("-1", "1")
POSITIVE, TIME = number("1e-12"), whole(0)

SECTIONS: dict[str, dict[str, Kind]] = {
    "margin": {
        "breach_at_equality": FLAG,
        "modes": TEXT,
        "cross_pool": word("currency", "account"),
        "hedge_mode": FLAG,
        "open_order_margin": word("larger_side", "both_sides", "none"),
    },
    "mark": {
        "formula": word(
            "median_of_three",
            "index_plus_basis",
            "index_with_funding",
            "ema_in_band",
            "median_of_oracle_book_and_venues",
            "oracle",
        ),
        "basis_samples": whole(1, 100_000),
        "sample_interval_ns": whole(1),
        "basis_of": word("touch", "impact"),
        "ema_ns": whole(1),
        "book_ema_ns": whole(1),
        "band": SHARE,
        "update_interval_ns": TIME,
        "impact_notional": AMOUNT,
        "impact_bound": SHARE,
    },
    "index": {
        "rule": word("weighted_mean", "weighted_median", "mean_of_middle", "equal_weights"),
        "outlier": word("drop", "cap", "none"),
        "outlier_beyond": SHARE,
        "stale_ns": TIME,
    },
    "funding": {
        "formula": word(
            "premium_and_clamped_interest",
            "premium_and_clamped_interest_over_interval",
            "premium_alone",
            "damped_premium",
            "premium_and_default_rate",
        ),
        "interval_ns": whole(1),
        "period_ns": whole(1),
        "premium_of": word("impact", "impact_mid", "touch_mid", "mark", "impact_over_mark"),
        "premium_sample_ns": whole(1),
        "impact_notional": AMOUNT,
        "impact_margin": AMOUNT,
        "interest": RATE,
        "clamp": SHARE,
        "damper": SHARE,
        "cap": number("0", "100"),
        "cap_of": word("share", "maintenance_rate", "initial_less_maintenance"),
        "paid_on": word("mark", "oracle"),
        "average": word("linear_weights", "equal_weights", "previous_interval"),
        "interval_at_cap_ns": TIME,
        "interval_calm_ns": TIME,
        "calm_settlements": whole(0, 1_000_000),
        "calm_rate": SHARE,
    },
    "liquidation": {
        "procedure": word(*PROCEDURES),
        "remainder": word(*FEES),
        "fraction": SHARE,
        "fraction_above": AMOUNT,
        "cooldown_ns": whole(1),
        "from_tier": whole(1, 1_000),
        "backstop_below": SHARE,
        "clip": AMOUNT,
        "clip_contracts": whole(1),
        "clip_interval_ns": TIME,
        "clips_per_interval": whole(1),
        "bankruptcy_adjustment": AMOUNT,
        "spread_to_maintenance": AMOUNT,
        "fee_max": SHARE,
    },
    "fund": {
        "trigger": word(*FUND_TRIGGERS),
        "fall": SHARE,
        "unwind_interval_ns": TIME,
        "unwind_clip": AMOUNT,
        "unwind_bound": SHARE,
    },
    "deleveraging": {
        "rule": word("deleverage", *SHARES, "none"),
        "ranking": word(*RANKINGS),
        "price": word(*PRICES),
        "mark_beyond": SHARE,
    },
    "matching": {
        "self_trade": word("maker", "both", "decrement", "taker", "allow"),
        "market_residual": word("cancel", "rest"),
        "iceberg_refresh": word("at_once", "end_of_taker"),
        "iceberg_amend_up": word("lose", "keep"),
        "stop_source": word("last", "mark", "index", "quote"),
        "stop_entry": word("run", "reject"),
        "auction_price": word("mid", "reference", "max_price"),
        "price_band": SHARE,
    },
}

LISTED: dict[str, Kind] = {
    "contract": word("linear", "inverse"),
    "tick": POSITIVE,
    "lot": POSITIVE,
    "contract_value": POSITIVE,
    "price_min": POSITIVE,
    "price_max": POSITIVE,
    "order_max": POSITIVE,
    "position_max": POSITIVE,
    "maker_fee": RATE,
    "taker_fee": RATE,
    "liquidation_fee": SHARE,
    "market_bound": SHARE,
    "leverage_default": whole(1, 1_000),
}
"""Keys of an [[instrument]], beside `symbol`, the days and the sources."""

TIERS: dict[str, dict[str, Kind]] = {
    "marginal": {
        "floor": AMOUNT,
        "maintenance": SHARE,
        "deduction": AMOUNT,
        "leverage_max": whole(1, 1_000),
    },
    "step": {"floor": AMOUNT, "maintenance": SHARE, "initial": SHARE},
    "step_of_contracts": {
        "floor": AMOUNT,
        "maintenance": SHARE,
        "initial": SHARE,
        "leverage_max": whole(1, 1_000),
    },
    "size_linear": {"maintenance": SHARE, "initial": SHARE, "slope": SHARE},
    "open_interest": {
        "maintenance": SHARE,
        "initial": SHARE,
        "open_interest_lower": AMOUNT,
        "open_interest_upper": AMOUNT,
    },
}
"""Columns of the rows of a [[tiers]], by its `rule`."""

TIER_KEYS: dict[str, Kind] = {"step": POSITIVE, "step_count": whole(1, 1_000)}
"""Of [[tiers]] with the rule "step": each further tier adds the first's maintenance to both."""

BUILT: dict[str, tuple[str, ...]] = {}
"""What the engine of this build carries out, of words whose others it does not have."""

BUILT_TIERS = ("marginal", "step", "size_linear", "open_interest")
