"""One fill: how much of it both sides can do, and everything that follows from it.

This module owns the order in which a fill is booked: the event, the maker's order, both positions,
the sweep of reduce-only orders, the cancellation of siblings, and the stops that watch the last
price.
"""

from __future__ import annotations

from typing import NamedTuple

from . import balances, contracts, live_orders, margin, settlement, triggers
from .arithmetic import PPM, ceil_div
from .commands import CancelReason, TimeInForce, TriggerSource, direction
from .events import EventKind
from .orders import Order, Taker, TakerKind
from .state import Position, VenueState
from .vocabulary import IcebergRefresh


class Deal(NamedTuple):
    """What two orders trade, and what each pays for it."""

    taker: Order
    maker: Order
    price_ticks: int
    lots: int
    taker_fee: int
    maker_fee: int


def offered_lots(state: VenueState, maker: Order) -> int:
    """Return what a resting order can trade: a reduce-only one no more than its position."""
    if not maker.reduce_only:
        return maker.open_lots
    position = state.position(maker.account, maker.instrument, maker.leg)
    return min(maker.open_lots, position.reducible_lots(maker.side))


def taken_lots(
    state: VenueState, order: Order, price_ticks: int, lots: int, *, user: bool
) -> tuple[int, CancelReason]:
    """Return how many lots a taker may trade at a price, and what stops it after them.

    Parameters
    ----------
    state
        The venue.
    order
        The taker's order.
    price_ticks, lots
        What it could trade.
    user
        Whether it is a user's; the venue's own orders are not limited.
    """
    position = state.position(order.account, order.instrument, order.leg)
    closable = position.reducible_lots(order.side)
    if not user:
        return lots, CancelReason.NONE
    if order.reduce_only:
        stop = CancelReason.REDUCE_ONLY if closable == 0 else CancelReason.NONE
        return min(lots, closable), stop
    if order.time_in_force is TimeInForce.FOK:
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
            open_interest_atoms=balances.open_interest_atoms(state, order.instrument),
        )
        if balances.covers(state, position, needed):
            lowest = middle
        else:
            highest = middle - 1
    return lowest


def trade(state: VenueState, taker: Taker, maker: Order, price_ticks: int, lots: int) -> None:
    """Book one fill of a taker.

    Parameters
    ----------
    state
        The venue.
    taker, maker
        Both sides.
    price_ticks, lots
        What they trade.
    """
    order, spec = taker.order, state.instruments[maker.instrument].spec
    value = contracts.value(spec, price_ticks, lots)
    pays_fee = taker.kind is TakerKind.USER
    taker_fee = ceil_div(value * spec.taker_fee_ppm, PPM) if pays_fee else 0
    maker_fee = ceil_div(value * spec.maker_fee_ppm, PPM)
    deal = Deal(order, maker, price_ticks, lots, taker_fee, maker_fee)
    sequence = emit_fill(state, deal, taker.cause)
    order.open_lots -= lots
    taker.filled_value += value
    taker.fills.append((price_ticks, lots))
    use_maker(state, taker, maker, lots, sequence)
    settle_fill(state, deal, sequence, keeps_margin=taker.kind is TakerKind.LIQUIDATION)
    triggers.test_source(state, order.instrument, TriggerSource.LAST, sequence)


def emit_fill(state: VenueState, deal: Deal, cause: int) -> int:
    """Say that two orders trade, which sets the last price; return the event's sequence."""
    order, maker = deal.taker, deal.maker
    sequence = state.emit(
        EventKind.ORDER_FILLED,
        cause=cause,
        instrument=order.instrument,
        account=order.account,
        order_id=order.order_id,
        side=order.side,
        price_ticks=deal.price_ticks,
        qty_lots=deal.lots,
        amount_atoms=deal.taker_fee,
        other_account=maker.account,
        other_order=maker.order_id,
        other_amount=deal.maker_fee,
    )
    instrument = state.instruments[order.instrument]
    instrument.last_ticks = deal.price_ticks
    instrument.last_fill = sequence
    return sequence


def use_maker(state: VenueState, taker: Taker, maker: Order, lots: int, cause: int) -> None:
    """Take lots off a resting order: it leaves, shrinks, or shows its next part."""
    take_lots(state, maker, lots)
    if not maker.resting or not maker.iceberg:
        return
    if state.rulebook.iceberg_refresh is IcebergRefresh.END_OF_TAKER:
        taker.refreshes.pop(maker, None)
        taker.refreshes[maker] = cause
    elif maker.visible_lots == 0:
        maker.visible_lots = min(maker.display_lots, maker.open_lots)
        state.instruments[maker.instrument].book.requeue(maker)
        emit_replenished(state, maker, cause)


def take_lots(state: VenueState, maker: Order, lots: int) -> None:
    """Take traded lots off a resting order, which leaves where nothing is left."""
    if lots < maker.open_lots:
        live_orders.consume(state, maker, lots)
        return
    live_orders.take_off(state, maker)
    maker.open_lots = 0
    live_orders.finish(state, maker)


def emit_replenished(state: VenueState, maker: Order, cause: int) -> None:
    """Say that an iceberg shows its next part."""
    state.emit(
        EventKind.ORDER_REPLENISHED,
        cause=cause,
        instrument=maker.instrument,
        account=maker.account,
        order_id=maker.order_id,
        side=maker.side,
        price_ticks=maker.price_ticks,
        qty_lots=maker.visible_lots,
        amount_atoms=maker.open_lots - maker.visible_lots,
    )


def settle_fill(state: VenueState, deal: Deal, cause: int, *, keeps_margin: bool = False) -> None:
    """Move both positions, then sweep reduce-only orders, then cancel siblings.

    Parameters
    ----------
    state
        The venue.
    deal
        What was traded.
    cause
        The fill.
    keeps_margin
        Whether the taker is a position in liquidation.
    """
    spec = state.instruments[deal.taker.instrument].spec
    value = contracts.value(spec, deal.price_ticks, deal.lots)
    parties = ((deal.taker, deal.taker_fee), (deal.maker, deal.maker_fee))
    positions = [state.position(order.account, order.instrument, order.leg) for order, _ in parties]
    before = [position.qty_lots for position in positions]
    for (order, fee), position in zip(parties, positions, strict=True):
        way = direction(order.side)
        keeps = keeps_margin and order is deal.taker
        cost = contracts.cost(spec, way, value)
        settlement.settle(state, position, way * deal.lots, cost, cause, keeps_margin=keeps)
        settlement.charge_fee(state, position, fee, cause)
    for position, qty_before in zip(positions, before, strict=True):
        if position.qty_lots == 0 or position.qty_lots * qty_before < 0:
            live_orders.cancel_reduce_only(state, position, cause)
    for order, _ in parties:
        live_orders.cancel_siblings(state, order, cause)
