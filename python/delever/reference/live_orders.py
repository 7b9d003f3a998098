"""Live orders: resting them, shrinking them, taking them off and cancelling them.

This module owns the link between an order in the book and its account: while an order rests, its
reserve is part of the account's reserved sum and its open lots are part of the position's, unless
it is reduce-only, which reserves nothing and is only counted. An order keeps its place in the
account's list from its first acceptance to its end.
"""

from __future__ import annotations

from . import margin
from .book import Order
from .commands import CancelReason, Side
from .events import EventKind
from .state import NO_CAUSE, VenueState


def order_reserve(state: VenueState, order: Order, qty_lots: int) -> int:
    """Return what a number of open lots of an order keeps from its account's wallet."""
    if order.reduce_only:
        return 0
    spec = state.instruments[order.instrument].spec
    leverage = state.position(order.account, order.instrument).leverage
    return margin.reserve(spec, order.price_ticks, qty_lots, leverage)


def _count(state: VenueState, order: Order, presence: int) -> None:
    """Add (presence 1) or remove (-1) a resting order's reserve and lots."""
    account = state.accounts[order.account]
    position = state.position(order.account, order.instrument)
    account.reserved_atoms += presence * order_reserve(state, order, order.open_lots)
    if order.reduce_only:
        position.reduce_only_orders += presence
    elif order.side is Side.BUY:
        position.open_buy_lots += presence * order.open_lots
    else:
        position.open_sell_lots += presence * order.open_lots


def rest(state: VenueState, order: Order) -> None:
    """Put an order at the tail of its level."""
    order.resting = True
    state.instruments[order.instrument].book.append(order)
    _count(state, order, 1)


def take_off(state: VenueState, order: Order) -> None:
    """Take a resting order off the book; it stays alive."""
    _count(state, order, -1)
    state.instruments[order.instrument].book.remove(order)
    order.resting = False


def shrink(state: VenueState, order: Order, open_lots: int) -> None:
    """Set the smaller open quantity of a resting order, which keeps its priority."""
    _count(state, order, -1)
    order.open_lots = open_lots
    _count(state, order, 1)


def enlist(state: VenueState, order: Order) -> None:
    """Accept an order: from here on it has an id, a slot and a place in its account's list."""
    state.orders.accept(order)
    state.accounts[order.account].orders.append(order)


def finish(state: VenueState, order: Order) -> None:
    """End an order: off the book if it rests, off its account's list, its slot freed."""
    if order.resting:
        take_off(state, order)
    state.accounts[order.account].orders.remove(order)
    state.orders.free(order)


def cancel(state: VenueState, order: Order, reason: CancelReason, cause: int = NO_CAUSE) -> None:
    """End an order that has open lots left, and say why.

    Parameters
    ----------
    state
        The venue.
    order
        A live order, resting or not.
    reason
        Why it ends.
    cause
        The event that led to this, or -1.
    """
    finish(state, order)
    state.emit(
        EventKind.ORDER_CANCELLED,
        cause=cause,
        instrument=order.instrument,
        account=order.account,
        order_id=order.order_id,
        side=order.side,
        price_ticks=order.price_ticks,
        qty_lots=order.open_lots,
        reason=reason,
    )


def resting_orders(state: VenueState, account: int, instrument: int) -> list[Order]:
    """Return an account's resting orders on an instrument, oldest first."""
    return [
        order
        for order in state.accounts[account].orders
        if order.resting and order.instrument == instrument
    ]


def cancel_resting(
    state: VenueState, account: int, instrument: int, reason: CancelReason, cause: int
) -> None:
    """Cancel all resting orders of an account on an instrument, oldest first."""
    for order in resting_orders(state, account, instrument):
        cancel(state, order, reason, cause)


def cancel_reduce_only(state: VenueState, account: int, instrument: int, cause: int) -> None:
    """Cancel an account's resting reduce-only orders, which have nothing left to reduce."""
    for order in resting_orders(state, account, instrument):
        if order.reduce_only:
            cancel(state, order, CancelReason.REDUCE_ONLY, cause)
