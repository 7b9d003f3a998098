"""Contracts: what a quantity is worth at a price, linear or inverse. Pure functions.

This module owns the only place where a price and a quantity become money. A linear lot is worth its
price times a constant; an inverse lot is a fixed sum of the quote currency, and so worth that sum
divided by the price, in coin: the buyer of an inverse contract receives coin now and owes it later,
so that cost and worth of a long are negative. Values are rounded up, what a position is worth is
rounded down. What a position is worth rises with the price for a long and falls for a short, in
both kinds of contract.
"""

from __future__ import annotations

from bisect import bisect_left

from .arithmetic import ceil_div
from .rules import InstrumentSpec
from .vocabulary import Contract


def value(spec: InstrumentSpec, price_ticks: int, qty_lots: int) -> int:
    """Return the value of a quantity at a price, without a sign: what fees are taken of.

    Parameters
    ----------
    spec
        The instrument.
    price_ticks
        The price, above 0 where the contract is inverse.
    qty_lots
        The quantity, >= 0.
    """
    if spec.contract == Contract.INVERSE:
        return ceil_div(qty_lots * spec.atom_ticks_per_lot, price_ticks)
    return qty_lots * price_ticks * spec.atoms_per_tick_lot


def cost(spec: InstrumentSpec, way: int, value_atoms: int) -> int:
    """Return the cost of trading a value: `way` is +1 for the buyer, -1 for the seller."""
    return -way * value_atoms if spec.contract == Contract.INVERSE else way * value_atoms


def worth(spec: InstrumentSpec, qty_lots: int, price_ticks: int) -> int:
    """Return what a signed quantity is worth at a price: less its cost, its profit."""
    if spec.contract == Contract.INVERSE:
        return -qty_lots * spec.atom_ticks_per_lot // price_ticks
    return qty_lots * price_ticks * spec.atoms_per_tick_lot


def worst_price(spec: InstrumentSpec, qty_lots: int, least_worth: int) -> int:
    """Return the worst price at which a position is still worth so much.

    Parameters
    ----------
    spec
        The instrument.
    qty_lots
        The signed quantity, not 0.
    least_worth
        What it must be worth.

    Returns
    -------
    int
        The lowest such price of a long, the highest of a short; where no price of the instrument
        will do, the best one there is.
    """
    lowest, highest = spec.price_ticks_min, spec.price_ticks_max
    # From the best price to the worst: the position is worth less and less.
    ticks = range(highest, lowest - 1, -1) if qty_lots > 0 else range(lowest, highest + 1)
    too_bad = bisect_left(ticks, True, key=lambda price: worth(spec, qty_lots, price) < least_worth)
    return ticks[max(0, too_bad - 1)]
