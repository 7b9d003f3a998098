"""Matching: the walk of a taker through the book.

This module owns in which order a taker meets the orders of the other side: market orders that rest,
then price by price, displayed before hidden, first come first served. An order that it may not
trade with is passed over and keeps its place. The taker does not rest while it matches.
"""

from __future__ import annotations

from .commands import CancelReason, opposite
from .iceberg_rounds import has_hidden_rest, trade_level
from .meeting import maker_price, trade_with, wants_more
from .orders import Order, Taker
from .state import VenueState
from .vocabulary import IcebergRefresh


def match(state: VenueState, taker: Taker) -> CancelReason:
    """Trade an order against the book until it is filled, nothing crosses, or a rule stops it.

    Parameters
    ----------
    state
        The venue.
    taker
        The order; its open lots and filled value are updated.

    Returns
    -------
    CancelReason
        What stopped it, or NONE.
    """
    at_end = state.rulebook.iceberg_refresh is IcebergRefresh.END_OF_TAKER
    while taker.order.open_lots > 0:
        maker = _next_maker(state, taker)
        if maker is None:
            return CancelReason.NONE
        if at_end and not maker.unpriced and has_hidden_rest(state, taker, maker.price_ticks):
            stop = trade_level(state, taker, maker.price_ticks)
        else:
            stop = trade_with(state, taker, maker)
        if stop is not CancelReason.NONE:
            return stop
    return CancelReason.NONE


def _next_maker(state: VenueState, taker: Taker) -> Order | None:
    """Return the first order in priority that the taker reaches and may trade with."""
    book = state.instruments[taker.order.instrument].book
    for maker in book.queue(opposite(taker.order.side)):
        price = maker_price(state, taker.order, maker, market=taker.market)
        if not maker.unpriced and not taker.order.crosses(maker.price_ticks):
            return None
        if maker in taker.skipped:
            continue
        if price is None or wants_more(maker, taker.order.open_lots):
            taker.skipped.append(maker)
            continue
        return maker
    return None
