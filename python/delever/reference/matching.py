"""Matching: what a taker trades with, for how much, and what stops it.

This module owns price-time priority and the rules checked fill by fill: self-trade prevention,
reduce-only clipping on both sides, and the margin of each fill that opens. It also owns the
feasibility walk of fill-or-kill, which foresees exactly what matching would do. The taker does not
rest while it matches.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from . import live_orders, margin, settlement
from .arithmetic import PPM, ceil_div
from .book import Order
from .commands import CancelReason, OrderFlag, direction, opposite
from .events import EventKind
from .state import NO_CAUSE, Position, VenueState


class TakerKind(Enum):
    """On whose behalf an order takes."""

    USER = 1
    LIQUIDATION = 2
    UNWIND = 3


@dataclass
class Taker:
    """An accepted order on its way through the book."""

    order: Order
    kind: TakerKind = TakerKind.USER
    fill_or_kill: bool = False
    cause: int = NO_CAUSE
    filled_value: int = 0


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
    order = taker.order
    book = state.instruments[order.instrument].book
    while order.open_lots > 0:
        maker = book.front(opposite(order.side))
        if maker is None or not order.crosses(maker.price_ticks):
            return CancelReason.NONE
        if maker.account == order.account:
            if not order.flags & (OrderFlag.SELF_TRADE_MAKER | OrderFlag.SELF_TRADE_BOTH):
                return CancelReason.SELF_TRADE
            live_orders.cancel(state, maker, CancelReason.SELF_TRADE, taker.cause)
            if order.flags & OrderFlag.SELF_TRADE_BOTH:
                return CancelReason.SELF_TRADE
            continue
        lots = min(order.open_lots, _offered_lots(state, maker))
        if lots == 0:
            live_orders.cancel(state, maker, CancelReason.REDUCE_ONLY, taker.cause)
            continue
        lots, stop = _taken_lots(state, taker, maker.price_ticks, lots)
        if lots > 0:
            _trade(state, taker, maker, lots)
        if stop is not CancelReason.NONE:
            return stop
    return CancelReason.NONE


def _offered_lots(state: VenueState, maker: Order) -> int:
    """Return what a resting order can trade: a reduce-only one no more than its position."""
    if not maker.reduce_only:
        return maker.open_lots
    position = state.position(maker.account, maker.instrument)
    return min(maker.open_lots, position.reducible_lots(maker.side))


def _taken_lots(
    state: VenueState, taker: Taker, price_ticks: int, lots: int
) -> tuple[int, CancelReason]:
    """Return how many lots the taker may trade at a price, and what stops it after them."""
    order = taker.order
    position = state.position(order.account, order.instrument)
    closable = position.reducible_lots(order.side)
    if taker.kind is not TakerKind.USER:
        return lots, CancelReason.NONE
    if order.reduce_only:
        stop = CancelReason.REDUCE_ONLY if closable == 0 else CancelReason.NONE
        return min(lots, closable), stop
    if taker.fill_or_kill:
        return lots, CancelReason.NONE
    closed = min(lots, closable)
    opened = _affordable_lots(state, position, order, price_ticks, lots - closed)
    short = closed + opened < lots
    return closed + opened, CancelReason.INSUFFICIENT_MARGIN if short else CancelReason.NONE


def _affordable_lots(
    state: VenueState, position: Position, order: Order, price_ticks: int, lots: int
) -> int:
    """Return the largest quantity up to `lots` whose opening the account can cover; at least 0."""
    instrument = state.instruments[order.instrument]
    available = state.accounts[order.account].available_atoms
    lowest, highest = 0, lots
    while lowest < highest:
        middle = (lowest + highest + 1) // 2
        needed = margin.need(
            instrument.spec,
            order.side,
            price_ticks,
            middle,
            leverage=position.leverage,
            mark_ticks=instrument.mark_ticks,
        )
        if needed <= available:
            lowest = middle
        else:
            highest = middle - 1
    return lowest


def _trade(state: VenueState, taker: Taker, maker: Order, lots: int) -> None:
    """Book one fill: the event, the maker's order, both positions, and what follows from them."""
    order = taker.order
    instrument = state.instruments[order.instrument]
    spec = instrument.spec
    value = margin.value(spec, maker.price_ticks, lots)
    pays_fee = taker.kind is TakerKind.USER
    taker_fee = ceil_div(value * spec.taker_fee_ppm, PPM) if pays_fee else 0
    maker_fee = ceil_div(value * spec.maker_fee_ppm, PPM)
    fill = _emit_fill(state, taker, maker, lots, fees=(taker_fee, maker_fee))
    instrument.last_ticks = maker.price_ticks
    instrument.last_fill = fill

    order.open_lots -= lots
    taker.filled_value += value
    if lots == maker.open_lots:
        live_orders.finish(state, maker)
    else:
        live_orders.shrink(state, maker, maker.open_lots - lots)

    keeps_margin = taker.kind is TakerKind.LIQUIDATION
    before: list[tuple[Position, int]] = []
    for side_order, fee, keeps in ((order, taker_fee, keeps_margin), (maker, maker_fee, False)):
        position = state.position(side_order.account, side_order.instrument)
        way = direction(side_order.side)
        before.append((position, position.qty_lots))
        settlement.settle(state, position, way * lots, way * value, fill, keeps_margin=keeps)
        settlement.charge_fee(state, position, fee, fill)
    for position, qty_before in before:
        if position.qty_lots == 0 or position.qty_lots * qty_before < 0:
            live_orders.cancel_reduce_only(state, position.account, position.instrument, fill)


def _emit_fill(
    state: VenueState, taker: Taker, maker: Order, lots: int, *, fees: tuple[int, int]
) -> int:
    order = taker.order
    return state.emit(
        EventKind.ORDER_FILLED,
        cause=taker.cause,
        instrument=order.instrument,
        account=order.account,
        order_id=order.order_id,
        side=order.side,
        price_ticks=maker.price_ticks,
        qty_lots=lots,
        amount_atoms=fees[0],
        other_account=maker.account,
        other_order=maker.order_id,
        other_amount=fees[1],
    )


def fill_price(state: VenueState, order: Order) -> int | None:
    """Find where a fill-or-kill order would be complete.

    Parameters
    ----------
    state
        The venue, which does not change.
    order
        The order, not accepted yet.

    Returns
    -------
    int or None
        The price of the last fill, or None where the book cannot fill the order whole.
    """
    rest = order.open_lots
    # Positions as the walk would leave them, of the accounts whose orders it meets.
    positions: dict[int, int] = {}
    for maker in state.instruments[order.instrument].book.orders(opposite(order.side)):
        if not order.crosses(maker.price_ticks):
            return None
        if maker.account == order.account:
            if order.flags & OrderFlag.SELF_TRADE_MAKER:
                continue
            return None
        if maker.account not in positions:
            position = state.position(maker.account, maker.instrument)
            positions[maker.account] = position.qty_lots
        held = positions[maker.account]
        lots = min(rest, maker.open_lots)
        if maker.reduce_only:
            # The walk moves a position one way only: once flat, nothing is left to reduce.
            lots = min(lots, max(0, -held * direction(maker.side)))
        positions[maker.account] = held + direction(maker.side) * lots
        rest -= lots
        if rest == 0:
            return maker.price_ticks
    return None
