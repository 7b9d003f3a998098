"""Pegged orders: limits that follow the touch.

This module owns the price of a peg. It follows the best displayed order of a side that is not
pegged itself. Where that is missing, where the price would be out of range or would trade, and
where the instrument does not trade continuously, the order is parked: it waits outside the book
and reserves nothing. Pegs move only at the end of a command.
"""

from __future__ import annotations

from . import balances, live_orders, margin
from .arithmetic import ceil_div
from .commands import CancelReason, PegReference, Side, direction
from .events import EventKind
from .orders import Order, Peg
from .state import InstrumentState, VenueState


def peg_price(instrument: InstrumentState, order: Order, peg: Peg) -> int:
    """Return where a pegged order belongs now, or 0 where it is to be parked.

    Parameters
    ----------
    instrument
        The order's instrument.
    order
        The order, which may rest in the book.
    peg
        What it follows.

    Returns
    -------
    int
        The price in ticks.
    """
    if not instrument.continuous:
        return 0
    touch = _reference(instrument, order.side, peg.reference)
    if touch is None:
        return 0
    price = touch - direction(order.side) * peg.offset_ticks
    in_range = instrument.spec.price_ticks_min <= price <= instrument.spec.price_ticks_max
    return price if in_range and not instrument.book.would_trade(order.side, price) else 0


def _reference(instrument: InstrumentState, side: Side, which: PegReference) -> int | None:
    bid = instrument.book.best_displayed(Side.BUY, pegged=False)
    ask = instrument.book.best_displayed(Side.SELL, pegged=False)
    if which is PegReference.BID:
        return bid
    if which is PegReference.ASK:
        return ask
    if bid is None or ask is None:
        return None
    return ceil_div(bid + ask, 2) if side is Side.BUY else (bid + ask) // 2


def reprice(state: VenueState) -> None:
    """Move every pegged order to where it belongs, per instrument, oldest first."""
    for instrument in range(len(state.instruments)):
        for order in live_orders.all_live(state, instrument):
            if order.peg is not None:
                _move(state, order, order.peg)


def _move(state: VenueState, order: Order, peg: Peg) -> None:
    """Move one pegged order; where the price is the same it keeps its place."""
    price = peg_price(state.instruments[order.instrument], order, peg)
    if price == order.price_ticks:
        return
    if price and not _covered(state, order, price):
        live_orders.cancel(state, order, CancelReason.INSUFFICIENT_MARGIN)
        return
    live_orders.take_off(state, order)
    order.price_ticks = price
    if price:
        live_orders.put_back(state, order)
    else:
        live_orders.park(state, order)
    state.emit(
        EventKind.ORDER_REPRICED,
        instrument=order.instrument,
        account=order.account,
        order_id=order.order_id,
        side=order.side,
        price_ticks=price,
        qty_lots=order.open_lots,
    )


def _covered(state: VenueState, order: Order, price_ticks: int) -> bool:
    """Whether an order may rest at a new price."""
    if order.reduce_only:
        return True
    position = live_orders.position_of(state, order)
    spec = state.instruments[order.instrument].spec
    needed = margin.reserve(spec, price_ticks, order.open_lots, position.leverage)
    held = live_orders.held_reserve(state, order)
    return balances.covers(state, position, needed - held)
