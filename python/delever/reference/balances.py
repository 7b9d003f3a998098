"""Balances: what an account has left, to open with or to take out.

This module owns the comparison of a need with what there is. An isolated position takes its margin
out of a wallet, so that what it needs must be there, not kept for resting orders, and not needed by
the account's cross positions. A cross position takes nothing out: it needs what its pool has
beyond the initial margin of its positions.
"""

from __future__ import annotations

from . import margin, pools
from .contracts import value
from .pools import Pool
from .state import Account, Position, VenueState
from .vocabulary import CrossPool


def covers(state: VenueState, position: Position, needed_atoms: int) -> bool:
    """Whether a position's account has what an order or a change of the position needs.

    Parameters
    ----------
    state
        The venue, which does not change.
    position
        The position, isolated or cross.
    needed_atoms
        What is needed, in the currency that the instrument settles in.
    """
    currency = state.settle_currency(position.instrument)
    if not position.cross:
        return can_leave(state, position.account, currency, needed_atoms)
    if state.rulebook.cross_pool == CrossPool.ACCOUNT:
        known = currency == 0 or state.collateral_ticks[currency] > 0
        needed = pools.price_of(state, currency, needed_atoms)
        return needed <= free(state, position.account, currency) and (known or needed_atoms <= 0)
    return needed_atoms <= free(state, position.account, currency)


def can_leave(state: VenueState, account: int, currency: int, amount_atoms: int) -> bool:
    """Whether an amount may leave a wallet, to outside or for isolated margin."""
    if amount_atoms > state.accounts[account].loose_atoms(currency):
        return False
    left = free(state, account, currency)
    if state.rulebook.cross_pool == CrossPool.ACCOUNT:
        return pools.worth_of(state, currency, amount_atoms) <= left
    return amount_atoms <= left


def free(state: VenueState, account: int, currency: int) -> int:
    """Return what the cross orders of an account may still use, in its pool's valuation."""
    pool = pools.pool_of(state, account, currency)
    left = pools.equity(state, pool) - _reserved(state, pool, state.accounts[account])
    for position in pools.positions(state, pool):
        settles = state.settle_currency(position.instrument)
        left -= pools.valued(state, pool, settles, _initial(state, position))
    return left


def _reserved(state: VenueState, pool: Pool, account: Account) -> int:
    return sum(
        pools.valued(state, pool, currency, account.reserved[currency])
        for currency in pools.currencies(state, pool)
    )


def _initial(state: VenueState, position: Position) -> int:
    instrument = state.instruments[position.instrument]
    open_interest = open_interest_atoms(state, position.instrument)
    return margin.position_initial(instrument.spec, position, instrument.mark_ticks, open_interest)


def open_interest_atoms(state: VenueState, instrument: int) -> int:
    """Return the open interest of an instrument at its mark; 0 without one."""
    one = state.instruments[instrument]
    if one.mark_ticks == 0:
        return 0
    return value(one.spec, one.mark_ticks, state.open_interest(instrument))
