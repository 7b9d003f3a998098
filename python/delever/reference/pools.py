"""Pools: what the cross positions of an account share, and what it is worth.

This module owns the valuation. A pool is one wallet with the cross positions that settle in its
currency, or, where the rulebook joins them, all wallets and cross positions of an account, valued
in the first currency. What an account has in another currency counts with that currency's weight,
what it owes counts in full; requirements are rounded up.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import margin
from .arithmetic import PPM, RATE_E8, ceil_div
from .contracts import worth
from .state import FUND, NO_CAUSE, Position, VenueState
from .vocabulary import CrossPool

DEFICIT_PPM_MAX = 10**12


@dataclass(frozen=True)
class Pool:
    """One account's pool of a currency; the first one where it joins all of them."""

    account: int
    currency: int


def pool_of(state: VenueState, account: int, currency: int) -> Pool:
    """Return the pool to which an account's wallet of a currency belongs."""
    joined = state.rulebook.cross_pool == CrossPool.ACCOUNT
    return Pool(account, 0 if joined else currency)


def all_pools(state: VenueState) -> list[Pool]:
    """Return all pools of users."""
    joined = state.rulebook.cross_pool == CrossPool.ACCOUNT
    currencies = (0,) if joined else state.currencies
    users = range(FUND + 1, len(state.accounts))
    return [Pool(account, currency) for account in users for currency in currencies]


def currencies(state: VenueState, pool: Pool) -> list[int]:
    """Return the currencies of a pool."""
    joined = state.rulebook.cross_pool == CrossPool.ACCOUNT
    return list(state.currencies) if joined else [pool.currency]


def positions(state: VenueState, pool: Pool) -> list[Position]:
    """Return the cross positions of a pool, by instrument, then leg."""
    settling = currencies(state, pool)
    return [
        position
        for position in state.held_by(pool.account)
        if position.cross and state.settle_currency(position.instrument) in settling
    ]


def worth_of(state: VenueState, currency: int, atoms: int) -> int:
    """Return what an amount of a currency is worth in the first one, as collateral or as a debt."""
    if currency == 0:
        return atoms
    rules = state.rulebook.currencies[currency]
    full = atoms * state.collateral_ticks[currency] * rules.tick_atoms // RATE_E8
    return full * rules.weight_ppm // PPM if atoms > 0 else full


def price_of(state: VenueState, currency: int, atoms: int) -> int:
    """Return what an amount of a currency costs in the first one, rounded up."""
    if currency == 0:
        return atoms
    tick_atoms = state.rulebook.currencies[currency].tick_atoms
    return ceil_div(atoms * state.collateral_ticks[currency] * tick_atoms, RATE_E8)


def bought_by(state: VenueState, currency: int, atoms: int) -> int:
    """Return how much of a currency an amount of the first one is, rounded down."""
    if currency == 0:
        return atoms
    coin_atoms = state.collateral_ticks[currency] * state.rulebook.currencies[currency].tick_atoms
    return atoms * RATE_E8 // coin_atoms if coin_atoms else 0


def valued(state: VenueState, pool: Pool, currency: int, atoms: int) -> int:
    """Return a requirement in the currency in which its pool counts."""
    return price_of(state, currency, atoms) if currency != pool.currency else atoms


def holdings(state: VenueState, pool: Pool, currency: int) -> int:
    """Return a wallet of a pool with the profit and loss of the positions that settle in it."""
    total = state.accounts[pool.account].wallets[currency]
    for position in positions(state, pool):
        if state.settle_currency(position.instrument) == currency:
            instrument = state.instruments[position.instrument]
            total += margin.unrealised(instrument.spec, position, instrument.mark_ticks)
    return total


def equity(state: VenueState, pool: Pool, *, added: int = 0, currency: int = 0) -> int:
    """Return the equity of a pool.

    Parameters
    ----------
    state
        The venue, which does not change.
    pool
        The pool.
    added, currency
        What it is assumed to have besides, and in which currency.
    """
    total = 0
    for one in currencies(state, pool):
        held = holdings(state, pool, one) + (added if one == currency else 0)
        total += held if one == pool.currency else worth_of(state, one, held)
    return total


def position_maintenance(state: VenueState, pool: Pool, position: Position) -> int:
    """Return the maintenance margin of one position of a pool, in the pool's valuation."""
    instrument = state.instruments[position.instrument]
    required = margin.position_maintenance(instrument.spec, position, instrument.mark_ticks)
    return valued(state, pool, instrument.spec.settle_currency, required)


def maintenance(state: VenueState, pool: Pool) -> int:
    """Return the maintenance margin of a pool: the sum over its positions, each leg for itself."""
    return sum(position_maintenance(state, pool, one) for one in positions(state, pool))


def is_breached(state: VenueState, pool: Pool) -> bool:
    """Whether a pool must be liquidated now; one that holds what does not trade waits, whole."""
    if not is_asked(state, pool):
        return False
    has, required = equity(state, pool), maintenance(state, pool)
    short = has <= required if state.rulebook.breach_at_equality else has < required
    return has < 0 or (required > 0 and short)


def is_asked(state: VenueState, pool: Pool) -> bool:
    """Whether a pool has positions or debts at all, and everything it holds trades."""
    held = positions(state, pool)
    markets = [state.instruments[position.instrument] for position in held]
    return (bool(held) or is_in_debt(state, pool)) and all(
        one.continuous and one.mark_ticks != 0 for one in markets
    )


def is_in_debt(state: VenueState, pool: Pool) -> bool:
    """Whether a wallet of a pool is negative."""
    wallets = state.accounts[pool.account].wallets
    return any(wallets[currency] < 0 for currency in currencies(state, pool))


def deficit_ppm(state: VenueState, pool: Pool) -> int:
    """Return the missing margin as a share of all the pool holds: who is liquidated first."""
    total = 0
    for position in positions(state, pool):
        instrument = state.instruments[position.instrument]
        size = margin.notional(instrument.spec, position, instrument.mark_ticks)
        total += valued(state, pool, instrument.spec.settle_currency, size)
    if total == 0:
        return DEFICIT_PPM_MAX
    missing = maintenance(state, pool) - equity(state, pool)
    return min(missing * PPM // total, DEFICIT_PPM_MAX)


def latest_mark(state: VenueState, pool: Pool) -> int:
    """Return the latest MarkUpdated of what a pool holds, or -1 where it holds nothing."""
    held = positions(state, pool)
    return max((state.instruments[one.instrument].mark_event for one in held), default=NO_CAUSE)


def worst_price(state: VenueState, pool: Pool, position: Position) -> int:
    """Return the worst price at which closing a position leaves its pool with 0 or more.

    Parameters
    ----------
    state
        The venue, which does not change.
    pool
        The pool, whose other positions count at their marks.
    position
        The position of the pool that is to be closed.
    """
    instrument = state.instruments[position.instrument]
    spec, qty_lots = instrument.spec, position.qty_lots
    at_mark = worth(spec, qty_lots, instrument.mark_ticks)
    best, worst = spec.price_ticks_max, spec.price_ticks_min
    if qty_lots < 0:
        best, worst = worst, best
    while best != worst:
        # The middle, nearer to the worst: the search narrows around the last solvent price.
        middle = (best + worst) // 2 if worst < best else (best + worst + 1) // 2
        change = worth(spec, qty_lots, middle) - at_mark
        if equity(state, pool, added=change, currency=spec.settle_currency) >= 0:
            best = middle
        else:
            worst = middle + (1 if worst < best else -1)
    return best
