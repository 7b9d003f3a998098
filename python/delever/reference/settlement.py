"""Settlement: how a trade or a transfer moves quantity, cost, margin and money.

This module owns the bookkeeping of positions. Every transfer is a signed quantity and a signed
value, +value for the side that buys and -value for the side that sells, so the two sides cancel
exactly. A reduction releases its share of cost and margin, rounded towards zero; the rest stays.
A flip is a close and then an open. What the user of an isolated position cannot pay comes from the
wallet, then from the position's margin, then from the insurance fund, so that it never makes a
wallet negative. A cross position has no margin: all it wins and loses goes to and from the wallet,
which may become negative, as the fund's may.
"""

from __future__ import annotations

from . import margin
from .arithmetic import sign, trunc_mul_div
from .events import EventKind
from .state import FUND, Position, VenueState


def debit(state: VenueState, position: Position, amount_atoms: int, cause: int) -> None:
    """Take an amount from a user: wallet, then the position's margin, then the insurance fund.

    Parameters
    ----------
    state
        The venue.
    position
        The position the debt belongs to; its account pays. The fund, and who holds it in cross
        margin, pays from the wallet only.
    amount_atoms
        What is owed, >= 0.
    cause
        The event that led to this, for the LossCovered event.
    """
    currency = state.settle_currency(position.instrument)
    wallets = state.accounts[position.account].wallets
    if position.account == FUND or position.cross:
        wallets[currency] -= amount_atoms
        return
    from_wallet = min(amount_atoms, max(0, wallets[currency]))
    wallets[currency] -= from_wallet
    from_margin = min(amount_atoms - from_wallet, max(0, position.margin_atoms))
    position.margin_atoms -= from_margin
    rest = amount_atoms - from_wallet - from_margin
    if rest > 0:
        cover_loss(state, position, rest, cause)


def cover_loss(state: VenueState, position: Position, amount_atoms: int, cause: int) -> None:
    """Let the insurance fund pay what a position owes."""
    state.fund.wallets[state.settle_currency(position.instrument)] -= amount_atoms
    state.emit(
        EventKind.LOSS_COVERED,
        cause=cause,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        amount_atoms=amount_atoms,
    )


def credit_or_debit(state: VenueState, position: Position, amount_atoms: int, cause: int) -> None:
    """Pay a signed amount into a wallet; a negative one is a debit."""
    if amount_atoms >= 0:
        currency = state.settle_currency(position.instrument)
        state.accounts[position.account].wallets[currency] += amount_atoms
    else:
        debit(state, position, -amount_atoms, cause)


def charge_fee(state: VenueState, position: Position, fee_atoms: int, cause: int) -> None:
    """Collect a trading fee; a negative one is a rebate."""
    credit_or_debit(state, position, -fee_atoms, cause)
    state.fees_atoms[state.settle_currency(position.instrument)] += fee_atoms


def _close(
    state: VenueState,
    position: Position,
    change_lots: int,
    signed_value: int,
    cause: int,
    *,
    keeps_margin: bool,
) -> None:
    """Reduce a position by at most its size."""
    closed = abs(change_lots)
    held = abs(position.qty_lots)
    cost = trunc_mul_div(position.cost_atoms, closed, held)
    released = 0 if keeps_margin else trunc_mul_div(position.margin_atoms, closed, held)
    profit = -signed_value - cost
    position.qty_lots += change_lots
    position.cost_atoms -= cost
    if keeps_margin and not position.cross:
        position.margin_atoms += profit
        return
    position.margin_atoms -= released
    credit_or_debit(state, position, released + profit, cause)


def _open(state: VenueState, position: Position, change_lots: int, signed_value: int) -> None:
    """Enlarge a position, or start one; an isolated one gets margin as far as the wallet goes."""
    position.qty_lots += change_lots
    position.cost_atoms += signed_value
    if position.account == FUND or position.cross:
        return
    spec = state.instruments[position.instrument].spec
    wallets = state.accounts[position.account].wallets
    needed = margin.initial(spec, abs(signed_value), abs(change_lots), leverage=position.leverage)
    posted = min(needed, max(0, wallets[spec.settle_currency]))
    wallets[spec.settle_currency] -= posted
    position.margin_atoms += posted


def settle(
    state: VenueState,
    position: Position,
    change_lots: int,
    signed_value: int,
    cause: int,
    *,
    keeps_margin: bool = False,
) -> None:
    """Move a position by a quantity bought (> 0) or sold (< 0) at a value.

    Parameters
    ----------
    state
        The venue.
    position
        The position that changes.
    change_lots
        The signed quantity, not 0.
    signed_value
        What it costs: positive where money is paid, negative where it is received.
    cause
        The event that led to this.
    keeps_margin
        True for an isolated position in liquidation: profit and loss go to its margin, which is
        not released.
    """
    closed = 0
    if position.qty_lots * change_lots < 0:
        closed = min(abs(change_lots), abs(position.qty_lots))
    closing_value = trunc_mul_div(signed_value, closed, abs(change_lots))
    direction = sign(change_lots)
    if closed > 0:
        change = direction * closed
        _close(state, position, change, closing_value, cause, keeps_margin=keeps_margin)
    opened = abs(change_lots) - closed
    if opened > 0:
        _open(state, position, direction * opened, signed_value - closing_value)


def hand_over(state: VenueState, position: Position, signed_value: int) -> None:
    """Empty a position that others have taken over at a value, chosen to leave it nothing.

    Parameters
    ----------
    state
        The venue.
    position
        The position; the margin of an isolated one is used up by the value.
    signed_value
        What it is taken over at.
    """
    if position.cross:
        wallets = state.accounts[position.account].wallets
        wallets[state.settle_currency(position.instrument)] += signed_value - position.cost_atoms
    position.qty_lots = 0
    position.cost_atoms = 0
    position.margin_atoms = 0
