"""What an order of a given value would pay on average: the impact prices of a book.

This module owns the walk over the displayed levels. Prices come in 1e-6 ticks, rounded down.
"""

from __future__ import annotations

from . import contracts
from .arithmetic import PPM
from .commands import Side
from .price_words import ImpactOf
from .rules import InstrumentSpec, Rulebook
from .state import InstrumentState
from .vocabulary import Contract

TICK_E6 = 10**6
_VALUE_MAX = 1 << 61


def impact_value(rulebook: Rulebook, spec: InstrumentSpec) -> int:
    """Return the value of an impact order: as given, or its margin at the largest leverage."""
    margin = rulebook.impact_of == ImpactOf.MARGIN
    times = spec.tiers[0].leverage_max if margin else 1
    return min(_VALUE_MAX, rulebook.impact_atoms * times)


def impact_price_e6(rulebook: Rulebook, instrument: InstrumentState, side: Side) -> int | None:
    """Return what an impact order gets from a side of the book, or None where it is too thin.

    Parameters
    ----------
    rulebook
        Says how much such an order is worth, and how far from the touch its price may be.
    instrument
        The instrument.
    side
        The side of the book: bids for a sell.

    Returns
    -------
    int or None
        The average price in 1e-6 ticks, rounded down.
    """
    best = instrument.book.best(side)
    if best is None:
        return None
    value = impact_value(rulebook, instrument.spec)
    if value == 0:
        return best * TICK_E6
    walked = _walked_price(instrument, side, value)
    bound_ppm = rulebook.impact_bound_ppm
    if bound_ppm == 0:
        return walked
    bound = best * (PPM + (-bound_ppm if side is Side.BUY else bound_ppm))
    if walked is None:
        return bound
    return max(walked, bound) if side is Side.BUY else min(walked, bound)


def _walked_price(instrument: InstrumentState, side: Side, value: int) -> int | None:
    spec, left, lots = instrument.spec, value, 0
    for price, displayed in instrument.book.depth(side):
        shown = min(displayed, spec.position_lots_max - lots)
        worth = contracts.value(spec, price, shown)
        if worth >= left:
            return _mean_price(spec, (value, left), lots, price)
        left, lots = left - worth, lots + shown
        if lots >= spec.position_lots_max:
            break
    return None


def _mean_price(spec: InstrumentSpec, values: tuple[int, int], lots: int, price: int) -> int:
    """Return the mean price of a value whose last part is traded at a price, behind some lots."""
    value, left = values
    if spec.contract == Contract.INVERSE:
        return (spec.atom_ticks_per_lot * lots + left * price) * TICK_E6 // value
    return value * price * TICK_E6 // (contracts.value(spec, price, lots) + left)
