"""Live orders: resting them, shrinking them, taking them off and cancelling them.

This module owns the link between an order in the book and its account: while an order rests, its
reserve is part of the account's reserved sum and its open lots are part of the position's, unless
it is reduce-only, which reserves nothing and is only counted. Orders that wait for a trigger
reserve and count nothing; parked ones count, but reserve nothing. An order keeps its place in the
account's list from its first acceptance to its end.
"""

from __future__ import annotations

from . import margin
from .commands import CancelReason, Side
from .events import EventKind
from .orders import Order, Place
from .state import NO_CAUSE, Position, VenueState


def position_of(state: VenueState, order: Order) -> Position:
    """Return the position that an order trades for."""
    return state.position(order.account, order.instrument, order.leg)


def order_reserve(state: VenueState, order: Order, qty_lots: int) -> int:
    """Return what a number of open lots of an order keeps from its account's wallet."""
    if order.reduce_only:
        return 0
    spec = state.instruments[order.instrument].spec
    leverage = position_of(state, order).leverage
    price_ticks = order.reserve_ticks if order.unpriced else order.price_ticks
    return margin.reserve(spec, price_ticks, qty_lots, leverage)


def held_reserve(state: VenueState, order: Order) -> int:
    """Return what an order keeps from its account's wallet where it is now."""
    return order_reserve(state, order, order.open_lots) if order.resting else 0


def _count(state: VenueState, order: Order, presence: int) -> None:
    """Add (presence 1) or remove (-1) a resting or parked order's lots, and reserve if it rests."""
    currency = state.settle_currency(order.instrument)
    position = position_of(state, order)
    state.accounts[order.account].reserved[currency] += presence * held_reserve(state, order)
    if order.reduce_only:
        position.reduce_only_orders += presence
    elif order.side is Side.BUY:
        position.open_buy_lots += presence * order.open_lots
    else:
        position.open_sell_lots += presence * order.open_lots


def rest(state: VenueState, order: Order) -> None:
    """Put an order at the tail of its level; an iceberg shows a fresh part."""
    order.visible_lots = min(order.display_lots, order.open_lots)
    put_back(state, order)


def put_back(state: VenueState, order: Order) -> None:
    """Put an order at the tail of its level, showing what it showed before."""
    order.place = Place.RESTING
    state.instruments[order.instrument].book.append(order)
    _count(state, order, 1)


def park(state: VenueState, order: Order) -> None:
    """Keep a pegged order that has no price outside the book."""
    order.place = Place.PARKED
    _count(state, order, 1)


def take_off(state: VenueState, order: Order) -> None:
    """Take a resting or parked order from its place; it stays alive."""
    _count(state, order, -1)
    if order.resting:
        state.instruments[order.instrument].book.remove(order)
    order.place = Place.TAKING


def resize(state: VenueState, order: Order, open_lots: int) -> None:
    """Change the open quantity of a resting order in its place; the hidden rest changes first."""
    _count(state, order, -1)
    order.open_lots = open_lots
    order.visible_lots = min(order.visible_lots, open_lots)
    _count(state, order, 1)


def consume(state: VenueState, order: Order, lots: int) -> None:
    """Take lots that traded off a resting order; what it shows goes first."""
    _count(state, order, -1)
    order.open_lots -= lots
    order.visible_lots = max(0, order.visible_lots - lots)
    _count(state, order, 1)


def enlist(state: VenueState, order: Order) -> None:
    """Accept an order: from here on it has an id, a slot and a place in its account's list."""
    order.age = state.stream.next_sequence
    if order.trigger is not None:
        order.trigger.age = order.age
    state.orders.accept(order)
    state.accounts[order.account].orders.append(order)


def finish(state: VenueState, order: Order) -> None:
    """End an order: off the book if it rests, off its account's list, its slot freed."""
    if order.place in (Place.RESTING, Place.PARKED):
        take_off(state, order)
    if order.place is Place.QUEUED:
        state.triggered.remove(order)
    order.place = Place.TAKING
    state.accounts[order.account].orders.remove(order)
    state.orders.free(order)


def cancel(
    state: VenueState,
    order: Order,
    reason: CancelReason,
    cause: int = NO_CAUSE,
    *,
    amount_atoms: int = 0,
) -> None:
    """End an order that is not done, and say why.

    Parameters
    ----------
    state
        The venue.
    order
        A live order, wherever it is.
    reason
        Why it ends.
    cause
        The event that led to this, or -1.
    amount_atoms
        The RejectReason of an order that was refused at its trigger.
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
        amount_atoms=amount_atoms,
        reason=reason,
    )


def waiting_orders(state: VenueState, account: int, instrument: int) -> list[Order]:
    """Return an account's orders on an instrument that wait anywhere, oldest first."""
    return [
        order
        for order in state.accounts[account].orders
        if order.place is not Place.TAKING and order.instrument == instrument
    ]


def cancel_waiting(
    state: VenueState, account: int, instrument: int, reason: CancelReason, cause: int
) -> None:
    """Cancel all waiting orders of an account on an instrument, oldest first."""
    for order in waiting_orders(state, account, instrument):
        cancel(state, order, reason, cause)


def cancel_reduce_only(state: VenueState, position: Position, cause: int) -> None:
    """Cancel the reduce-only orders of a position that have nothing left to reduce.

    Those that wait for a trigger stay: they are refused when they trigger, or there is something
    to reduce by then.
    """
    for order in waiting_orders(state, position.account, position.instrument):
        counted = order.place in (Place.RESTING, Place.PARKED)
        if order.reduce_only and counted and order.leg is position.leg:
            cancel(state, order, CancelReason.REDUCE_ONLY, cause)


def cancel_siblings(state: VenueState, order: Order, cause: int) -> None:
    """Cancel the other orders of an order's one-cancels-other group, oldest first.

    Parameters
    ----------
    state
        The venue.
    order
        The order that triggered or traded; it may be done by now.
    cause
        The event by which it did.
    """
    if order.oco_group == 0:
        return
    for sibling in waiting_orders(state, order.account, order.instrument):
        if sibling is not order and sibling.oco_group == order.oco_group:
            cancel(state, sibling, CancelReason.OCO_SIBLING, cause)


def all_live(state: VenueState, instrument: int | None = None) -> list[Order]:
    """Return the live orders of an instrument, or of all, oldest first."""
    chosen = [order for order in state.orders if instrument in (None, order.instrument)]
    return sorted(chosen, key=lambda order: order.age)
