"""Socialised losses: what the insurance fund cannot pay, others pay in proportion.

This module owns who pays how much. Either those pay who have won since the session began, in
proportion to what they won, or everybody does, in proportion to the size of their positions. What
is paid comes out of the wallet of a cross position and the margin of an isolated one, and goes to
the insurance fund.
"""

from __future__ import annotations

from . import insurance, margin
from .arithmetic import ceil_div
from .events import EventKind
from .procedure_words import LastResort
from .state import FUND, Position, VenueState


def share_loss(state: VenueState, currency: int, loss_atoms: int, start: int) -> None:
    """Let others pay what a loss has taken the insurance fund below nothing; not by default.

    Parameters
    ----------
    state
        The venue.
    currency
        The currency of the loss, which the fund has booked already.
    loss_atoms
        The loss.
    start
        The liquidation that it comes from.
    """
    if not insurance.is_socialised(state):
        return
    missing = min(loss_atoms, max(0, -insurance.equity(state, currency)))
    weighed = [(position, _weight(state, position)) for position in _open(state, currency)]
    weighed = [(position, weight) for position, weight in weighed if weight > 0]
    if missing <= 0 or not weighed:
        return
    total = sum(weight for _, weight in weighed)
    if state.rulebook.last_resort == LastResort.OPEN_INTEREST:
        payments = [ceil_div(missing * weight, total) for _, weight in weighed]
    else:
        missing = min(missing, total)
        payments = [missing * weight // total for _, weight in weighed]
        payments[-1] = missing - sum(payments[:-1])
    for (position, _), amount in zip(weighed, payments, strict=True):
        if amount > 0:
            _pay(state, position, amount, start)


def _open(state: VenueState, currency: int) -> list[Position]:
    """Return the users' positions that settle in a currency and have a mark."""
    found = []
    for account in range(FUND + 1, len(state.accounts)):
        for position in state.held_by(account):
            marked = state.instruments[position.instrument].mark_ticks != 0
            if marked and state.settle_currency(position.instrument) == currency:
                found.append(position)
    return found


def _weight(state: VenueState, position: Position) -> int:
    instrument = state.instruments[position.instrument]
    if state.rulebook.last_resort == LastResort.OPEN_INTEREST:
        return margin.notional(instrument.spec, position, instrument.mark_ticks)
    return max(0, margin.unrealised(instrument.spec, position, instrument.mark_ticks))


def _pay(state: VenueState, position: Position, amount_atoms: int, start: int) -> None:
    currency = state.settle_currency(position.instrument)
    if position.cross:
        state.accounts[position.account].wallets[currency] -= amount_atoms
    else:
        position.margin_atoms -= amount_atoms
    state.fund.wallets[currency] += amount_atoms
    state.emit(
        EventKind.LOSS_SOCIALISED,
        cause=start,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        amount_atoms=amount_atoms,
    )
