"""Funding: what longs pay shorts, or shorts longs, at a settlement.

This module owns the settlement. A payer's amount is rounded up and a receiver's down; the
difference is dust, which the venue keeps apart, so that no money appears or vanishes. An isolated
position pays from what is loose in the wallet and then from its margin, a cross one from the
wallet; either may become negative: the next evaluation liquidates it.
"""

from __future__ import annotations

from . import margin
from .arithmetic import RATE_E8, ceil_div, sign
from .commands import Command, Rejected, RejectReason
from .events import EventKind
from .state import FUND, Position, VenueState

RATE_E8_MAX = RATE_E8


def settle_funding(state: VenueState, command: Command) -> None:
    """Carry out SettleFunding, up to but without the evaluation that follows it."""
    instrument = state.known_instrument(command.instrument)
    rate_e8 = command.amount_atoms
    if abs(rate_e8) > RATE_E8_MAX:
        raise Rejected(RejectReason.INVALID_AMOUNT)
    if instrument.mark_ticks == 0:
        raise Rejected(RejectReason.NO_MARK)
    to_dust = 0
    for position in state.open_positions(command.instrument):
        to_dust -= _settle_position(state, position, rate_e8)
    state.dust_atoms[instrument.spec.settle_currency] += to_dust
    instrument.funding_rate_e8 = rate_e8
    instrument.next_funding_ns = state.time_ns + state.rulebook.funding_interval_ns
    state.emit(
        EventKind.FUNDING_SETTLED,
        instrument=command.instrument,
        price_ticks=instrument.mark_ticks,
        amount_atoms=rate_e8,
        other_amount=to_dust,
    )


def _settle_position(state: VenueState, position: Position, rate_e8: int) -> int:
    """Pay or receive the funding of one position, and return the signed credit."""
    instrument = state.instruments[position.instrument]
    size = margin.notional(instrument.spec, position, instrument.mark_ticks)
    credit = funding_credit(sign(position.qty_lots) * size, rate_e8)
    if credit > 0:
        state.accounts[position.account].wallets[instrument.spec.settle_currency] += credit
    elif credit < 0:
        _pay(state, position, -credit)
    else:
        return 0
    state.emit(
        EventKind.FUNDING_PAID,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        price_ticks=instrument.mark_ticks,
        qty_lots=position.qty_lots,
        amount_atoms=credit,
    )
    return credit


def funding_credit(signed_notional: int, rate_e8: int) -> int:
    """Return what a position receives at a funding rate; negative where it pays.

    Parameters
    ----------
    signed_notional
        The size of the position at the mark, negative for a short.
    rate_e8
        The rate; longs pay when it is positive.

    Returns
    -------
    int
        The credit, rounded against the position in both directions.
    """
    return -ceil_div(signed_notional * rate_e8, RATE_E8)


def _pay(state: VenueState, position: Position, amount_atoms: int) -> None:
    account = state.accounts[position.account]
    currency = state.settle_currency(position.instrument)
    from_wallet = amount_atoms
    if position.account != FUND and not position.cross:
        from_wallet = min(amount_atoms, max(0, account.loose_atoms(currency)))
    account.wallets[currency] -= from_wallet
    position.margin_atoms -= amount_atoms - from_wallet
