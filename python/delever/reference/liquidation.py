"""Liquidation: who is liquidated, in what order, and how a position leaves the market.

This module owns the waterfall. At an evaluation point every position is asked whether it is
breached; the breached are taken by deficit, each: its orders are cancelled, it is closed in the
book at its bankruptcy price or better, and what is left is taken over by the insurance fund, or
waits for deleveraging where the fund cannot bear it. This repeats at the same marks until nobody
is breached. A liquidated user ends with exactly no position and never owes anything. It also owns
the slow sale of what the fund has taken over.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import deleveraging, live_orders, margin, settlement
from .arithmetic import PPM, ceil_div
from .commands import CancelReason, Side, TimeInForce, opposite
from .events import EventKind
from .orders import Order, Taker, TakerKind
from .placement import run_immediately
from .running import bounded_price
from .state import FUND, Position, VenueState


@dataclass(frozen=True)
class Breach:
    """A position that must be liquidated; sorts by urgency."""

    deficit_ppm: int
    account: int
    instrument: int

    @property
    def urgency(self) -> tuple[int, int, int]:
        """The largest deficit first, then the lowest account, then the lowest instrument."""
        return (-self.deficit_ppm, self.account, self.instrument)


def run_rounds(state: VenueState) -> None:
    """Liquidate, round by round, until no position is breached at the marks of this point."""
    while breaches := find_breaches(state):
        queue: list[deleveraging.Bankrupt] = []
        for breach in breaches:
            position = state.position(breach.account, breach.instrument)
            # An earlier liquidation of this round may have traded with this account.
            if is_breached(state, position):
                bankrupt = liquidate(state, position)
                if bankrupt is not None:
                    queue.append(bankrupt)
        deleveraging.process(state, queue)


def find_breaches(state: VenueState) -> list[Breach]:
    """Ask every position, and return the breached ones by urgency.

    Parameters
    ----------
    state
        The venue, which does not change.

    Returns
    -------
    list[Breach]
        The most urgent first.
    """
    breaches = []
    for instrument_id, instrument in enumerate(state.instruments):
        for position in state.open_positions(instrument_id):
            if is_breached(state, position):
                missing_ppm = margin.deficit_ppm(instrument.spec, position, instrument.mark_ticks)
                breaches.append(Breach(missing_ppm, position.account, instrument_id))
    return sorted(breaches, key=lambda breach: breach.urgency)


def is_breached(state: VenueState, position: Position) -> bool:
    """Whether a position must be liquidated now: not the fund's, and only in continuous trading."""
    instrument = state.instruments[position.instrument]
    if position.account == FUND or not instrument.continuous:
        return False
    return margin.breached(
        instrument.spec, position, instrument.mark_ticks, state.rulebook.breach_at_equality
    )


def liquidate(state: VenueState, position: Position) -> deleveraging.Bankrupt | None:
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
    filled_value = _close_in_book(state, position, bankruptcy, start)
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
    if not fund_can_take(state, position):
        return deleveraging.Bankrupt(position, start, closed)
    bankruptcy = margin.bankruptcy_price(instrument.spec, position)
    deleveraging.take_over(
        state,
        position,
        position.qty_lots,
        margin.bankruptcy_value(position),
        bankruptcy_ticks=bankruptcy,
        start=start,
    )
    settlement.clear(position)
    deleveraging.emit_finished(state, position, closed, bankruptcy, start)
    return None


def _emit_started(state: VenueState, position: Position) -> int:
    instrument = state.instruments[position.instrument]
    mark = instrument.mark_ticks
    return state.emit(
        EventKind.LIQUIDATION_STARTED,
        cause=instrument.mark_event,
        instrument=position.instrument,
        account=position.account,
        price_ticks=mark,
        qty_lots=position.qty_lots,
        amount_atoms=margin.equity(instrument.spec, position, mark),
        other_amount=margin.deficit_ppm(instrument.spec, position, mark),
    )


def _close_in_book(state: VenueState, position: Position, limit_ticks: int, start: int) -> int:
    """Send the whole position to the book at once or not at all; return the value filled."""
    order = Order(
        order_id=0,
        account=position.account,
        instrument=position.instrument,
        side=Side.SELL if position.qty_lots > 0 else Side.BUY,
        price_ticks=limit_ticks,
        open_lots=abs(position.qty_lots),
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
    state.fund.wallet_atoms += fee
    # The margin can be below zero only if funding had taken it there before.
    settlement.credit_or_debit(state, position, left - fee, start)
    state.emit(
        EventKind.LIQUIDATION_FINISHED,
        cause=start,
        instrument=position.instrument,
        account=position.account,
        price_ticks=bankruptcy_ticks,
        qty_lots=closed_lots,
        amount_atoms=fee,
        other_amount=max(0, left - fee),
    )


def fund_can_take(state: VenueState, position: Position) -> bool:
    """Whether the insurance fund stays solvent at the marks after taking a position over.

    Parameters
    ----------
    state
        The venue.
    position
        What would be taken over, at its bankruptcy value.

    Returns
    -------
    bool
        Always True where the rulebook knows no deleveraging.
    """
    if not state.rulebook.deleveraging:
        return True
    instrument = state.instruments[position.instrument]
    at_mark = margin.value(instrument.spec, instrument.mark_ticks, position.qty_lots)
    return fund_equity(state) + at_mark - margin.bankruptcy_value(position) >= 0


def fund_equity(state: VenueState) -> int:
    """Return the insurance fund's wallet and the profit or loss of its positions at the marks."""
    total = state.fund.wallet_atoms
    for instrument_id, instrument in enumerate(state.instruments):
        if instrument.mark_ticks != 0:
            position = state.position(FUND, instrument_id)
            total += margin.unrealised(instrument.spec, position, instrument.mark_ticks)
    return total


def unwind_fund(state: VenueState) -> None:
    """Trade a clip of each of the fund's positions away, if it is time and the book takes it."""
    rulebook = state.rulebook
    for instrument_id, instrument in enumerate(state.instruments):
        position = state.position(FUND, instrument_id)
        if position.qty_lots == 0 or instrument.mark_ticks == 0 or not instrument.continuous:
            continue
        last = instrument.last_unwind_ns
        if last is not None and state.time_ns - last < rulebook.unwind_interval_ns:
            continue
        instrument.last_unwind_ns = state.time_ns
        _unwind_clip(state, position)


def _unwind_clip(state: VenueState, position: Position) -> None:
    """Send one clip to the book, unless nothing there is within the bound."""
    rulebook = state.rulebook
    instrument = state.instruments[position.instrument]
    spec = instrument.spec
    clip = max(1, rulebook.unwind_clip_atoms // margin.value(spec, instrument.mark_ticks, 1))
    side = Side.SELL if position.qty_lots > 0 else Side.BUY
    order = Order(
        order_id=0,
        account=FUND,
        instrument=position.instrument,
        side=side,
        price_ticks=bounded_price(instrument, side, rulebook.unwind_bound_ppm),
        open_lots=min(abs(position.qty_lots), clip, spec.order_lots_max),
        time_in_force=TimeInForce.IOC,
    )
    best = instrument.book.best(opposite(side))
    if best is None or not order.crosses(best):
        return
    taker = Taker(order, TakerKind.UNWIND, cause=instrument.last_takeover)
    run_immediately(state, taker)
