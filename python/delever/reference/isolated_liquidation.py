"""The liquidation of an isolated position, or of an isolated leg of a hedge.

This module owns the waterfall of one position: its orders are cancelled, it is closed in the book
at its bankruptcy price or better, and what is left is taken over by the insurance fund, or waits
for deleveraging where the fund cannot bear it. Its user ends with exactly no position and never
owes anything.
"""

from __future__ import annotations

from . import deleveraging, insurance, live_orders, margin, settlement
from .arithmetic import PPM, ceil_div
from .commands import CancelReason, Side, TimeInForce
from .deleveraging import Bankrupt
from .events import EventKind
from .orders import Order, Taker, TakerKind
from .placement import run_immediately
from .state import FUND, Position, VenueState


def is_breached(state: VenueState, position: Position) -> bool:
    """Whether an isolated position must be liquidated now; only in continuous trading."""
    instrument = state.instruments[position.instrument]
    if position.account == FUND or position.cross or not instrument.continuous:
        return False
    return margin.breached(
        instrument.spec, position, instrument.mark_ticks, state.rulebook.breach_at_equality
    )


def liquidate(state: VenueState, position: Position) -> Bankrupt | None:
    """Close a breached position as far as the book and the insurance fund allow.

    Parameters
    ----------
    state
        The venue.
    position
        A breached position.

    Returns
    -------
    Bankrupt or None
        What waits for deleveraging, or None where the position is gone.
    """
    instrument = state.instruments[position.instrument]
    start = _emit_started(state, position)
    live_orders.cancel_waiting(
        state, position.account, position.instrument, CancelReason.LIQUIDATION, start
    )
    if not is_breached(state, position):
        return None
    bankruptcy = margin.bankruptcy_price(instrument.spec, position)
    qty_before = position.qty_lots
    filled_value = close_in_book(state, position, bankruptcy, start)
    closed = position.qty_lots - qty_before
    if position.qty_lots == 0:
        _release(
            state,
            position,
            filled_value=filled_value,
            closed_lots=closed,
            bankruptcy_ticks=bankruptcy,
            start=start,
        )
        return None
    value = margin.bankruptcy_value(position)
    if not insurance.can_take(state, position, value):
        return Bankrupt(position, start, closed, value)
    deleveraging.pass_to_fund(state, Bankrupt(position, start, closed, value))
    return None


def _emit_started(state: VenueState, position: Position) -> int:
    instrument = state.instruments[position.instrument]
    mark = instrument.mark_ticks
    return state.emit(
        EventKind.LIQUIDATION_STARTED,
        cause=instrument.mark_event,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        price_ticks=mark,
        qty_lots=position.qty_lots,
        amount_atoms=margin.equity(instrument.spec, position, mark),
        other_amount=margin.deficit_ppm(instrument.spec, position, mark),
    )


def close_in_book(state: VenueState, position: Position, limit_ticks: int, start: int) -> int:
    """Send a whole position to the book, once; return the value filled.

    Parameters
    ----------
    state
        The venue.
    position
        The position.
    limit_ticks
        The worst price at which it may be closed.
    start
        The LiquidationStarted event this belongs to.
    """
    order = Order(
        order_id=0,
        account=position.account,
        instrument=position.instrument,
        side=Side.SELL if position.qty_lots > 0 else Side.BUY,
        price_ticks=limit_ticks,
        open_lots=abs(position.qty_lots),
        leg=position.leg,
        time_in_force=TimeInForce.IOC,
    )
    taker = Taker(order, TakerKind.LIQUIDATION, cause=start)
    run_immediately(state, taker)
    return taker.filled_value


def _release(
    state: VenueState,
    position: Position,
    *,
    filled_value: int,
    closed_lots: int,
    bankruptcy_ticks: int,
    start: int,
) -> None:
    """End a liquidation that the book could fill: the fee to the fund, the rest to the wallet."""
    spec = state.instruments[position.instrument].spec
    left = position.margin_atoms
    position.margin_atoms = 0
    fee = min(ceil_div(filled_value * spec.liquidation_fee_ppm, PPM), max(0, left))
    state.fund.wallets[spec.settle_currency] += fee
    # The margin can be below zero only if funding had taken it there before.
    settlement.credit_or_debit(state, position, left - fee, start)
    state.emit(
        EventKind.LIQUIDATION_FINISHED,
        cause=start,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        price_ticks=bankruptcy_ticks,
        qty_lots=closed_lots,
        amount_atoms=fee,
        other_amount=max(0, left - fee),
    )
