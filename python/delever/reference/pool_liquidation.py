"""The liquidation of a pool: one cross position after the other, then all that is left at once.

This module owns the waterfall of a pool. Its account's orders are cancelled; its positions go to
the book one by one, the one that needs most margin first, until the pool has enough again. Where
that does not help, the insurance fund takes the remaining positions at values that leave the
wallet with exactly nothing, or they wait for deleveraging at those values; in a joined pool the
other wallets go to the fund with them. A wallet that is negative in the end is the fund's loss.
"""

from __future__ import annotations

from . import contracts, deleveraging, insurance, isolated_liquidation, live_orders, margin, pools
from .arithmetic import PPM, ceil_div, trunc_mul_div
from .commands import CancelReason
from .deleveraging import Bankrupt
from .events import EventKind
from .pools import Pool
from .state import Position, VenueState
from .vocabulary import EVERY_INSTRUMENT, CrossPool


def liquidate(state: VenueState, pool: Pool) -> list[Bankrupt]:
    """Liquidate a breached pool as far as the book and the insurance fund allow.

    Parameters
    ----------
    state
        The venue.
    pool
        A breached pool.

    Returns
    -------
    list[Bankrupt]
        What waits for deleveraging.
    """
    start = _emit_started(state, pool)
    _cancel_orders(state, pool, start)
    ordered = sorted(
        pools.positions(state, pool),
        key=lambda one: (-pools.position_maintenance(state, pool, one), one.instrument, one.leg),
    )
    for position in ordered:
        if pools.is_breached(state, pool):
            _close(state, pool, position, start)
    if not pools.is_breached(state, pool):
        return []
    remaining = [position for position in ordered if position.qty_lots != 0]
    if not remaining:
        _write_off(state, pool, start)
        return []
    return _pass_on(state, pool, remaining, start)


def _emit_started(state: VenueState, pool: Pool) -> int:
    return state.emit(
        EventKind.LIQUIDATION_STARTED,
        cause=pools.latest_mark(state, pool),
        instrument=EVERY_INSTRUMENT,
        account=pool.account,
        side=pool.currency,
        amount_atoms=pools.equity(state, pool),
        other_amount=pools.deficit_ppm(state, pool),
    )


def _cancel_orders(state: VenueState, pool: Pool, start: int) -> None:
    """Cancel every order that draws on the pool's wallets."""
    for instrument in range(len(state.instruments)):
        if state.settle_currency(instrument) in pools.currencies(state, pool):
            live_orders.cancel_waiting(
                state, pool.account, instrument, CancelReason.LIQUIDATION, start
            )


def _close(state: VenueState, pool: Pool, position: Position, start: int) -> None:
    """Send one position to the book, at no price that would make the pool owe anything."""
    limit = pools.worst_price(state, pool, position)
    lots_before = position.qty_lots
    filled_value = isolated_liquidation.close_in_book(state, position, limit, start)
    fee = _charge(state, pool, position, filled_value)
    state.emit(
        EventKind.LIQUIDATION_FINISHED,
        cause=start,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        price_ticks=limit,
        qty_lots=position.qty_lots - lots_before,
        amount_atoms=fee,
    )


def _charge(state: VenueState, pool: Pool, position: Position, filled_value: int) -> int:
    """Pay the liquidation fee to the insurance fund, no more than the pool has; return it."""
    spec = state.instruments[position.instrument].spec
    currency = spec.settle_currency
    left = max(0, pools.equity(state, pool))
    if currency != pool.currency:
        left = pools.bought_by(state, currency, left)
    fee = min(ceil_div(filled_value * spec.liquidation_fee_ppm, PPM), left)
    state.accounts[pool.account].wallets[currency] -= fee
    state.fund.wallets[currency] += fee
    return fee


def _pass_on(
    state: VenueState, pool: Pool, remaining: list[Position], start: int
) -> list[Bankrupt]:
    """Let the insurance fund take what remains, or return it to wait for deleveraging."""
    shares = _shares(state, pool, remaining)
    bankrupts = [
        Bankrupt(position, start, 0, _worth(state, position) - share)
        for position, share in zip(remaining, shares, strict=True)
    ]
    settling = {state.settle_currency(position.instrument) for position in remaining}
    taken = _fund_can_take(state, pool, settling)
    if taken:
        for bankrupt in bankrupts:
            deleveraging.pass_to_fund(state, bankrupt)
    if state.rulebook.cross_pool == CrossPool.ACCOUNT:
        for currency in pools.currencies(state, pool):
            if currency not in settling:
                _seize(state, pool, currency, start)
    return [] if taken else bankrupts


def _fund_can_take(state: VenueState, pool: Pool, settling: set[int]) -> bool:
    """Whether the insurance fund stays solvent in every currency in which positions remain."""
    if not state.rulebook.deleveraging:
        return True
    return all(
        insurance.equity(state, currency) + pools.holdings(state, pool, currency) >= 0
        for currency in settling
    )


def _shares(state: VenueState, pool: Pool, remaining: list[Position]) -> list[int]:
    """Divide what is left in each currency among the positions that settle in it, by size."""
    shares: list[int] = []
    for place, position in enumerate(remaining):
        currency = state.settle_currency(position.instrument)
        fellows = [one for one in remaining if state.settle_currency(one.instrument) == currency]
        left = pools.holdings(state, pool, currency)
        if position is fellows[-1]:
            given = [
                share
                for share, one in zip(shares, remaining[:place], strict=True)
                if state.settle_currency(one.instrument) == currency
            ]
            shares.append(left - sum(given))
        else:
            total = sum(_notional(state, one) for one in fellows)
            shares.append(trunc_mul_div(left, _notional(state, position), total))
    return shares


def _worth(state: VenueState, position: Position) -> int:
    instrument = state.instruments[position.instrument]
    return contracts.worth(instrument.spec, position.qty_lots, instrument.mark_ticks)


def _notional(state: VenueState, position: Position) -> int:
    instrument = state.instruments[position.instrument]
    return margin.notional(instrument.spec, position, instrument.mark_ticks)


def _seize(state: VenueState, pool: Pool, currency: int, start: int) -> None:
    """Move a whole wallet to the insurance fund, a debt as well as a balance."""
    wallets = state.accounts[pool.account].wallets
    amount, wallets[currency] = wallets[currency], 0
    if amount == 0:
        return
    state.fund.wallets[currency] += amount
    state.emit(
        EventKind.COLLATERAL_SEIZED,
        cause=start,
        instrument=currency,
        account=pool.account,
        amount_atoms=amount,
    )


def _write_off(state: VenueState, pool: Pool, start: int) -> None:
    """Let the insurance fund pay what an account without positions owes, after all it has."""
    if pools.equity(state, pool) >= 0:
        return
    wallets = state.accounts[pool.account].wallets
    for currency in pools.currencies(state, pool):
        if wallets[currency] > 0:
            _seize(state, pool, currency, start)
    for currency in pools.currencies(state, pool):
        if wallets[currency] < 0:
            debt, wallets[currency] = -wallets[currency], 0
            state.fund.wallets[currency] -= debt
            state.emit(
                EventKind.LOSS_COVERED,
                cause=start,
                instrument=EVERY_INSTRUMENT,
                account=pool.account,
                side=currency,
                amount_atoms=debt,
            )
