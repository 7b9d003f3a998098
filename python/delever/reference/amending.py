"""Amending and cancelling orders.

This module owns what becomes of a live order that its owner changes. Less at the same price keeps
priority; anything else re-enters as a new taker in the place of the old order, with its id. Orders
that wait outside the book change in their place.
"""

from __future__ import annotations

from . import balances, live_orders, running, terms, triggers
from .commands import (
    EVERY_INSTRUMENT,
    CancelReason,
    Command,
    RejectReason,
    Side,
    TermKind,
    TimeInForce,
    TradingPhase,
    require,
)
from .events import EventKind
from .feasibility import is_feasible
from .orders import Order, Peg, Place, Taker
from .placement import own_order, trigger_now
from .rules import InstrumentSpec
from .running import Approval
from .state import VenueState
from .vocabulary import IcebergAmendUp, PegReference

NEW_TOTAL, REDUCE_BY = 0, 1


def cancel_order(state: VenueState, command: Command) -> None:
    """Carry out CancelOrder."""
    live_orders.cancel(state, own_order(state, command), CancelReason.REQUESTED)


def cancel_all(state: VenueState, command: Command) -> None:
    """Carry out CancelAll."""
    account = state.user(command.account)
    if command.instrument != EVERY_INSTRUMENT:
        state.known_instrument(command.instrument)
    require(Side.NONE <= command.side <= Side.SELL, RejectReason.INVALID_ORDER)
    lowest, highest = command.price_ticks, command.amount_atoms
    require(lowest >= 0 and highest >= 0, RejectReason.INVALID_PRICE)
    chosen = [
        order
        for order in account.orders
        if command.instrument in (EVERY_INSTRUMENT, order.instrument)
        and command.side in (Side.NONE, order.side)
        and lowest <= _asked_price(order)
        and (highest == 0 or _asked_price(order) <= highest)
    ]
    for order in chosen:
        live_orders.cancel(state, order, CancelReason.MASS_CANCEL)
    state.emit(
        EventKind.ORDERS_MASS_CANCELLED,
        instrument=command.instrument,
        account=command.account,
        side=command.side,
        qty_lots=len(chosen),
    )


def _asked_price(order: Order) -> int:
    """Return the price that the bounds of a mass cancellation look at."""
    if order.place is Place.PENDING:
        return triggers.pending_trigger(order).price_ticks
    return order.price_ticks


def amend(state: VenueState, command: Command) -> None:
    """Carry out AmendOrder."""
    attached = terms.taken(state)
    order = own_order(state, command)
    instrument = state.instruments[order.instrument]
    require(command.order_type in (NEW_TOTAL, REDUCE_BY), RejectReason.INVALID_ORDER)
    reduces = command.order_type == REDUCE_BY
    lots = order.open_lots - command.qty_lots if reduces else command.qty_lots or order.open_lots
    require(not (reduces and attached), RejectReason.INVALID_TERMS)
    _check_terms(order, attached, lots, instrument.spec)
    _check_numbers(command, order, instrument.spec)
    if reduces and command.qty_lots >= order.open_lots:
        live_orders.cancel(state, order, CancelReason.REQUESTED)
        return
    price = command.price_ticks or order.price_ticks
    if instrument.phase is TradingPhase.HALTED:
        reduction = not attached and price == order.price_ticks and lots <= order.open_lots
        require(reduction, RejectReason.TRADING_HALTED)
    if order.place is Place.PENDING:
        _amend_pending(state, order, attached, price, lots)
    elif order.peg is not None:
        _amend_pegged(state, order, attached, lots)
    else:
        _amend_resting(state, order, attached, price, lots)


def _check_terms(order: Order, attached: terms.Terms, lots: int, spec: InstrumentSpec) -> None:
    """Check the terms that an amendment may carry."""
    for kind, row in attached.items():
        match kind:
            case TermKind.TRIGGER:
                pending = order.place is Place.PENDING
                same = pending and row.flags == triggers.pending_trigger(order).kind
                in_range = spec.price_ticks_min <= row.price_ticks <= spec.price_ticks_max
                sound = same and in_range
            case TermKind.PEG:
                same = order.peg is not None and row.side == order.peg.reference
                sound = same and terms.sound_peg(row, order.side, spec)
            case TermKind.MINIMUM:
                taking = not order.post_only and order.time_in_force is not TimeInForce.GFA
                plain = order.resting and not order.iceberg and taking
                sound = plain and 1 <= row.qty_lots <= lots
            case _:
                sound = False
        require(sound, RejectReason.INVALID_TERMS)


def _check_numbers(command: Command, order: Order, spec: InstrumentSpec) -> None:
    """Check the quantity and the price of an amendment."""
    if command.order_type == REDUCE_BY:
        require(command.qty_lots > 0, RejectReason.INVALID_QTY)
        require(command.price_ticks == 0, RejectReason.INVALID_PRICE)
    else:
        require(0 <= command.qty_lots <= spec.order_lots_max, RejectReason.INVALID_QTY)
    waits_to_close = order.closes_position and order.place is Place.PENDING
    require(not waits_to_close or command.qty_lots == 0, RejectReason.INVALID_QTY)
    # Of an order that rests without a price there can only become less.
    grows = command.order_type == NEW_TOTAL and command.qty_lots > order.open_lots
    more = order.unpriced and grows
    require(not more, RejectReason.INVALID_QTY)
    in_range = spec.price_ticks_min <= command.price_ticks <= spec.price_ticks_max
    require(command.price_ticks == 0 or in_range, RejectReason.INVALID_PRICE)
    priceless = order.peg is not None or order.market
    require(not priceless or command.price_ticks == 0, RejectReason.INVALID_PRICE)


def _amend_pending(
    state: VenueState, order: Order, attached: terms.Terms, price_ticks: int, lots: int
) -> None:
    """Change an order that waits for its trigger; a new trigger that holds runs it at once."""
    order.price_ticks, order.open_lots = price_ticks, lots
    sequence = _emit_amended(state, order)
    row = attached.get(TermKind.TRIGGER)
    if row is None:
        return
    trigger = triggers.pending_trigger(order)
    # A trail starts anew.
    trigger.price_ticks = trigger.initial_ticks = row.price_ticks
    trigger.extreme_ticks, trigger.age = 0, sequence
    if not state.instruments[order.instrument].continuous:
        return
    reference = triggers.reference(state, order)
    if reference is not None and triggers.observe(order, reference):
        trigger_now(state, order, reference)


def _amend_pegged(state: VenueState, order: Order, attached: terms.Terms, lots: int) -> None:
    """Change a pegged order; the end of the command moves it to its new price."""
    if lots > order.open_lots:
        _check_as_new(state, order, order.price_ticks, lots)
    if lots > order.open_lots and not _grows_in_place(state, order):
        place = order.place
        live_orders.take_off(state, order)
        order.open_lots = lots
        order.visible_lots = min(order.display_lots, lots)
        if place is Place.PARKED:
            live_orders.park(state, order)
        else:
            live_orders.put_back(state, order)
    else:
        live_orders.resize(state, order, lots)
    if row := attached.get(TermKind.PEG):
        order.peg = Peg(PegReference(row.side), row.price_ticks)
    if row := attached.get(TermKind.MINIMUM):
        order.minimum_lots = row.qty_lots
    _emit_amended(state, order)


def _grows_in_place(state: VenueState, order: Order) -> bool:
    """Whether an order may become larger without losing its place."""
    return order.iceberg and state.rulebook.iceberg_amend_up is IcebergAmendUp.KEEP


def _amend_resting(
    state: VenueState, order: Order, attached: terms.Terms, price_ticks: int, lots: int
) -> None:
    """Change an order in the book, in its place or as a new taker."""
    instrument = state.instruments[order.instrument]
    row = attached.get(TermKind.MINIMUM)
    minimum = row.qty_lots if row else order.minimum_lots
    moves, grows = price_ticks != order.price_ticks, lots > order.open_lots
    changes = lots != order.open_lots or minimum != order.minimum_lots
    stands_crossed = (
        minimum > 0
        and changes
        and instrument.continuous
        and not order.unpriced
        and instrument.book.would_trade(order.side, order.price_ticks)
    )
    in_place = not moves and (not grows or _grows_in_place(state, order)) and not stands_crossed
    if in_place:
        if grows:
            _check_as_new(state, order, price_ticks, lots)
        order.minimum_lots = minimum
        live_orders.resize(state, order, lots)
        _emit_amended(state, order)
        return
    price_ticks = _checked_price(state, order, price_ticks, lots)
    live_orders.take_off(state, order)
    order.price_ticks, order.open_lots, order.minimum_lots = price_ticks, lots, minimum
    _emit_amended(state, order)
    trades = instrument.continuous
    if trades and minimum > 0:
        trades = is_feasible(state, order, price_ticks, lots)
    running.execute(state, Taker(order), Approval(price_ticks, lots, rests=True, trades=trades))


def _checked_price(state: VenueState, order: Order, price_ticks: int, lots: int) -> int:
    """Check an amendment that loses priority, and return the price it gets."""
    instrument = state.instruments[order.instrument]
    _check_as_new(state, order, price_ticks, lots)
    if price_ticks != order.price_ticks:
        running.check_band(state, order, price_ticks)
    if not instrument.continuous:
        return price_ticks
    return running.passive_price(instrument, order, price_ticks)


def _check_as_new(state: VenueState, order: Order, price_ticks: int, lots: int) -> None:
    """Check an amended order as a new one in the place of the old one."""
    if order.reduce_only:
        return
    running.check_limits(state, order, price_ticks, lots)
    if order.place is Place.PARKED:
        return
    missing = running.needed(state, order, price_ticks, lots)
    missing -= live_orders.held_reserve(state, order)
    covered = balances.covers(state, live_orders.position_of(state, order), missing)
    require(covered, RejectReason.INSUFFICIENT_MARGIN)


def _emit_amended(state: VenueState, order: Order) -> int:
    return state.emit(
        EventKind.ORDER_AMENDED,
        instrument=order.instrument,
        account=order.account,
        order_id=order.order_id,
        side=order.side,
        price_ticks=order.price_ticks,
        qty_lots=order.open_lots,
    )
