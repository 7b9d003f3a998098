"""Triggers: orders that wait for a price, and the queue of those that have seen it.

This module owns pending orders and the first-in-first-out queue of triggered ones. A reference
price first moves the extreme of trailing triggers and is then tested. Of those that trigger at the
same time the upward ones come first, the lowest trigger first, then the downward ones, the highest
first. Where an instrument does not trade continuously no reference reaches its triggers.
"""

from __future__ import annotations

from . import live_orders
from .arithmetic import PPM, ceil_div
from .commands import TriggerKind, TriggerSource, opposite
from .events import EventKind
from .orders import Order, Place, Trigger
from .state import NO_CAUSE, VenueState


def reference(state: VenueState, order: Order) -> int | None:
    """Return the price a pending order watches, or None where there is none yet."""
    instrument = state.instruments[order.instrument]
    match pending_trigger(order).source:
        case TriggerSource.LAST:
            return instrument.last_ticks or None
        case TriggerSource.MARK:
            return instrument.mark_ticks or None
        case TriggerSource.INDEX:
            return instrument.index_ticks or None
        case _:
            return instrument.book.best_displayed(opposite(order.side))


def pending_trigger(order: Order) -> Trigger:
    """Return the trigger of an order that has one."""
    if order.trigger is None:
        raise AssertionError(f"order {order.order_id} has no trigger")
    return order.trigger


def _follow(trigger: Trigger) -> None:
    """Recompute the trigger price of a trailing trigger from its extreme."""
    extreme = trigger.extreme_ticks
    distance = trigger.distance
    if trigger.kind is TriggerKind.TRAILING_PPM:
        distance = ceil_div(extreme * trigger.distance, PPM)
    if trigger.up:
        derived = extreme + distance
        trigger.price_ticks = min(trigger.initial_ticks or derived, derived)
    else:
        derived = extreme - distance
        trigger.price_ticks = max(trigger.initial_ticks or derived, derived)


def observe(order: Order, reference_ticks: int) -> bool:
    """Show a reference price to a trigger: move what trails, and say whether it holds.

    Parameters
    ----------
    order
        An order with a trigger.
    reference_ticks
        The price.

    Returns
    -------
    bool
        Whether the order triggers.
    """
    trigger = pending_trigger(order)
    if trigger.trailing:
        seen = trigger.extreme_ticks or reference_ticks
        pick = min if trigger.up else max
        trigger.extreme_ticks = pick(seen, reference_ticks)
        _follow(trigger)
    if trigger.up:
        return reference_ticks >= trigger.price_ticks
    return reference_ticks <= trigger.price_ticks


def announce(state: VenueState, order: Order, reference_ticks: int, cause: int) -> int:
    """Say that an order triggered, cancel its siblings, and return the event's sequence."""
    sequence = state.emit(
        EventKind.ORDER_TRIGGERED,
        cause=cause,
        instrument=order.instrument,
        account=order.account,
        order_id=order.order_id,
        side=order.side,
        price_ticks=reference_ticks,
        qty_lots=order.open_lots,
        amount_atoms=pending_trigger(order).price_ticks,
    )
    live_orders.cancel_siblings(state, order, sequence)
    return sequence


def _pending(state: VenueState, instrument: int, source: TriggerSource) -> list[Order]:
    return [
        order
        for order in live_orders.all_live(state, instrument)
        if order.place is Place.PENDING and pending_trigger(order).source is source
    ]


def _urgency(order: Order) -> tuple[bool, int, int]:
    trigger = pending_trigger(order)
    sign = 1 if trigger.up else -1
    return (not trigger.up, sign * trigger.price_ticks, trigger.age)


def _test(state: VenueState, orders: list[Order], cause: int) -> bool:
    """Show each order its reference; those that trigger join the queue. Whether any did."""
    seen = {order: reference(state, order) for order in orders}
    hit = [order for order, price in seen.items() if price and observe(order, price)]
    for order in sorted(hit, key=_urgency):
        # A sibling that triggered just before may have cancelled it.
        if order.place is Place.PENDING:
            order.place = Place.QUEUED
            state.triggered.append(order)
            pending_trigger(order).event = announce(state, order, seen[order] or 0, cause)
    return bool(hit)


def test_source(state: VenueState, instrument: int, source: TriggerSource, cause: int) -> None:
    """Show a new last, mark or index price to the orders that watch it.

    Parameters
    ----------
    state
        The venue.
    instrument
        The instrument; where it does not trade continuously, nothing happens.
    source
        Which of its prices is new.
    cause
        The event that made it, or -1.
    """
    if state.instruments[instrument].continuous:
        _test(state, _pending(state, instrument, source), cause)


def test_quotes(state: VenueState) -> bool:
    """Show the displayed touch to the orders that watch it; whether any hit."""
    found = False
    for instrument_id, instrument in enumerate(state.instruments):
        if instrument.continuous:
            orders = _pending(state, instrument_id, TriggerSource.QUOTE)
            found = _test(state, orders, NO_CAUSE) or found
    return found


def resume(state: VenueState, instrument: int) -> None:
    """Show the prices of an instrument that trades again to the orders that watch them."""
    for source in (TriggerSource.LAST, TriggerSource.MARK, TriggerSource.INDEX):
        test_source(state, instrument, source, NO_CAUSE)
