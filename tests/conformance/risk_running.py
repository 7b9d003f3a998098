"""Funding cases through a running venue: a book, an index, a sample, and the venue's own rate.

The closed forms answer a case; where its numbers fit ticks and lots, a venue whose rulebook says
the same is brought into the case's state and must come to the same rate.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import delever as dl
from delever.reference.price_words import FundingCap, FundingFormula, PremiumAverage, PremiumOf

E8 = Decimal("1e-8")
DAY_THIRD_NS = 8 * 3_600 * 10**9
INDEX_TICKS = 10**8
SAMPLED = {"premium_sample_ns": 1, "premium_average": PremiumAverage.EQUAL}


def venue_with(price_max: Decimal, qty_max: Decimal, **rules: Any) -> dl.Venue:
    """A venue with one instrument whose atoms are its ticks times its lots."""
    coin = dl.Instrument.linear(
        "CASE",
        tick="0.0001",
        lot="0.0001",
        price_max=price_max,
        order_max=qty_max,
        position_max=2 * qty_max,
        maker_fee=0,
        taker_fee=0,
        liquidation_fee=0,
        market_bound="0.05",
        leverage_default=10,
        tiers=[(0, "0.01", 0, 10)],
    )
    return dl.Venue([coin], rulebook=dl.Rulebook(**SAMPLED, **rules))


def quote(venue: dl.Venue, side: str, price_ticks: int, lots: int) -> None:
    """Rest an order of somebody who can afford it."""
    maker = venue.open_account(10**10)
    terms = {"qty": Decimal(lots).scaleb(-4), "price": Decimal(price_ticks).scaleb(-4)}
    assert venue.place(maker, "CASE", side=side, **terms)


def own_rate(venue: dl.Venue, index_ticks: int) -> Decimal:
    """Give the index, and return the rate that one sample makes."""
    assert venue.set_index("CASE", Decimal(index_ticks).scaleb(-4))
    return venue.core.funding(0)[3] * E8


def check_clamped(
    rate: Decimal,
    premium: Decimal,
    interest: Decimal,
    clamp: Decimal,
    divisor: Decimal,
    cap: Decimal | None,
) -> bool:
    """Assert that a venue with this premium settles this rate; False where it cannot say it."""
    numbers = (premium, interest, clamp, cap or Decimal(0))
    if any(one != one.quantize(E8) for one in numbers) or abs(premium) > Decimal("0.5"):
        return False
    scaled = FundingFormula.PREMIUM_AND_INTEREST_OVER
    venue = venue_with(
        Decimal(15_000),
        Decimal(1),
        premium_of=PremiumOf.TOUCH_MID,
        funding_formula=FundingFormula.PREMIUM_AND_INTEREST if divisor == 1 else scaled,
        funding_interval_ns=int(DAY_THIRD_NS / divisor),
        funding_interest_e8=int(interest / E8),
        funding_clamp_e8=int(clamp / E8),
        funding_cap_of=FundingCap.NONE if cap is None else FundingCap.SHARE,
        funding_cap_ppm=int((cap or Decimal(0)) * 10**6),
    )
    middle = INDEX_TICKS + int(premium / E8)
    quote(venue, "buy", middle - 1, 10)
    quote(venue, "sell", middle + 1, 10)
    found = own_rate(venue, INDEX_TICKS)
    assert abs(found - rate) < E8, f"engine {found} against {rate}"
    return True


def check_premium(premium_ppm: int, inputs: dict[str, Any]) -> None:
    """Assert that a venue with dYdX's book, a tick a subtick, has this premium, cut to ppm."""
    scale = inputs["base_atomic_resolution"] - inputs["quote_atomic_resolution"]
    scale += inputs["index_exponent"] - inputs["quantum_conversion_exponent"]
    index = Decimal(inputs["index_price"]).scaleb(scale)
    assert index == int(index)
    atoms = Decimal(inputs["impact_notional_quote_quantums"]).scaleb(
        -inputs["quantum_conversion_exponent"]
    )
    venue = venue_with(
        Decimal(11_500),
        Decimal(10**6),
        funding_formula=FundingFormula.PREMIUM_AND_DEFAULT,
        impact_atoms=int(atoms),
        funding_cap_of=FundingCap.SHARE,
        funding_cap_ppm=inputs["max_abs_premium_ppm"],
    )
    for one in inputs["orders"]:
        quote(venue, one["side"].lower(), one["subticks"], one["quantums"])
    found = own_rate(venue, int(index))
    assert int(found * 10**6) == premium_ppm, f"engine {found} against {premium_ppm} ppm"
