"""The liquidation of an isolated position, or of an isolated leg of a hedge.

This module owns the waterfall of one position: its orders are cancelled, it is closed in the book,
at once or step by step, and what is left is taken over by the insurance fund, or waits for
deleveraging where the fund cannot bear it. Its user ends with no position, or with one that has
margin enough, and never owes anything.
"""

from __future__ import annotations

from . import (
    deleveraging,
    insurance,
    isolated_margin,
    live_orders,
    margin,
    settlement,
    socialising,
    step_orders,
)
from .commands import CancelReason
from .deleveraging import Bankrupt
from .events import EventKind
from .isolated_margin import is_breached
from .liquidation_agenda import key_of
from .procedure_words import ClosePrice, LiquidationFee
from .state import Liquidation, Position, VenueState
from .step_sizes import is_tier_step, lots_to_close
from .waterfall import Next, wants_whole_next, what_next


def liquidate(state: VenueState, position: Position) -> Bankrupt | None:
    """Take a breached position as far as its procedure goes now.

    Parameters
    ----------
    state
        The venue.
    position
        A breached position, whose next step is due, or which can wait no more.

    Returns
    -------
    Bankrupt or None
        What waits for deleveraging, or None where the position is gone, healthy or waits.
    """
    run = state.liquidations.pop(key_of(position), None)
    if run is None:
        run = Liquidation(_emit_started(state, position))
        live_orders.cancel_waiting(
            state, position.account, position.instrument, CancelReason.LIQUIDATION, run.start
        )
        if not is_breached(state, position):
            return None
    tier_step = False
    if run.next_ns <= state.time_ns:
        lots = lots_to_close(state, position, position, run)
        tier_step = is_tier_step(state, position, lots)
        if _step(state, position, run, lots):
            return None
        twice = tier_step and wants_whole_next(state.rulebook)
        if twice and _step(state, position, run, abs(position.qty_lots)):
            return None
    return _pass_on(state, position, run, tier_step=tier_step)


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


def _step(state: VenueState, position: Position, run: Liquidation, lots: int) -> bool:
    """Send some lots to the book; whether that ends the liquidation."""
    step = step_orders.send(state, position, position, run, lots)
    # What only goes on to a takeover pays nothing.
    if state.rulebook.steps or position.qty_lots == 0:
        currency = state.settle_currency(position.instrument)
        position.margin_atoms -= step.fee_atoms
        state.fund.wallets[currency] += step.fee_atoms
        run.fees_atoms += step.fee_atoms
    if state.rulebook.steps:
        step_orders.emit_stepped(state, position, run, step)
    if position.qty_lots == 0:
        _release(state, position, run)
        return True
    if state.rulebook.steps and not is_breached(state, position):
        _emit_finished(state, position, run, returned_atoms=0)
        return True
    return False


def _release(state: VenueState, position: Position, run: Liquidation) -> None:
    """End a liquidation that the book could fill: what is left goes to the wallet, or the fund."""
    currency = state.settle_currency(position.instrument)
    left, position.margin_atoms = position.margin_atoms, 0
    if state.rulebook.liquidation_fee_of == LiquidationFee.ALL_LEFT and left > 0:
        state.fund.wallets[currency] += left
        run.fees_atoms += left
        left = 0
    if left < 0 and state.rulebook.close_price != ClosePrice.BANKRUPTCY:
        settlement.cover_loss(state, position, -left, run.start)
        socialising.share_loss(state, currency, -left, run.start)
    else:
        # The margin can be below zero only if funding had taken it there before.
        settlement.credit_or_debit(state, position, left, run.start)
    _emit_finished(state, position, run, returned_atoms=max(0, left))


def _emit_finished(
    state: VenueState, position: Position, run: Liquidation, *, returned_atoms: int
) -> None:
    state.emit(
        EventKind.LIQUIDATION_FINISHED,
        cause=run.start,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        price_ticks=run.limit_ticks,
        qty_lots=run.closed_lots,
        amount_atoms=run.fees_atoms,
        other_amount=returned_atoms,
    )


def _pass_on(
    state: VenueState, position: Position, run: Liquidation, *, tier_step: bool
) -> Bankrupt | None:
    """Let what is left wait, give it to the insurance fund, or return it for deleveraging."""
    follows = what_next(state, position, tier_step=tier_step)
    if follows is Next.WAIT:
        run.next_ns = state.time_ns + state.rulebook.step_interval_ns
        run.step_count += 1
        state.liquidations[key_of(position)] = run
        return None
    bankrupt = Bankrupt(position, run.start, run.closed_lots, margin.bankruptcy_value(position))
    socialised = insurance.is_socialised(state)
    taken = follows is Next.VAULT or socialised
    if not taken and not insurance.can_take(state, position, bankrupt.value_atoms):
        return bankrupt
    loss = max(0, -isolated_margin.equity(state, position))
    deleveraging.pass_to_fund(state, bankrupt)
    if socialised:
        currency = state.settle_currency(position.instrument)
        socialising.share_loss(state, currency, loss, run.start)
    return None
