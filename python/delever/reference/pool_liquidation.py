"""The liquidation of a pool: one cross position after the other, then all that is left at once.

This module owns the waterfall of a pool. Its account's orders are cancelled; its positions go to
the book one by one, the one that needs most margin first, whole or in part, until the pool has
enough again. Where that does not help and there is nothing to wait for, the insurance fund takes
the remaining positions at values that leave the wallet with exactly nothing, or they wait for
deleveraging at those values; in a joined pool the other wallets go to the fund with them. A wallet
that is negative in the end is the fund's loss.
"""

from __future__ import annotations

from . import (
    contracts,
    deleveraging,
    insurance,
    live_orders,
    margin,
    pools,
    socialising,
    step_orders,
)
from .arithmetic import trunc_mul_div
from .commands import CancelReason
from .deleveraging import Bankrupt
from .events import EventKind
from .liquidation_agenda import key_of
from .pools import Pool
from .procedure_words import LiquidationFee, Reduce
from .state import Liquidation, Position, VenueState
from .step_sizes import is_tier_step, lots_to_close
from .vocabulary import EVERY_INSTRUMENT, CrossPool
from .waterfall import Next, wants_whole_next, what_next


def liquidate(state: VenueState, pool: Pool) -> list[Bankrupt]:
    """Take a breached pool as far as its procedure goes now.

    Parameters
    ----------
    state
        The venue.
    pool
        A breached pool, whose next step is due, or which can wait no more.

    Returns
    -------
    list[Bankrupt]
        What waits for deleveraging.
    """
    run = state.liquidations.pop(key_of(pool), None)
    if run is None:
        run = Liquidation(_emit_started(state, pool))
        _cancel_orders(state, pool, run.start)
    ordered = sorted(
        pools.positions(state, pool),
        key=lambda one: (-pools.position_maintenance(state, pool, one), one.instrument, one.leg),
    )
    tier_step = False
    if run.next_ns <= state.time_ns:
        tier_step = _step(state, pool, run, ordered)
    remaining = [position for position in ordered if position.qty_lots != 0]
    if pools.is_breached(state, pool) and remaining:
        return _pass_on(state, pool, run, remaining, tier_step=tier_step)
    all_left = state.rulebook.liquidation_fee_of == LiquidationFee.ALL_LEFT
    if pools.is_breached(state, pool):
        _write_off(state, pool, run.start)
    elif all_left and not remaining:
        for currency in pools.currencies(state, pool):
            _seize(state, pool, currency, run.start)
    if state.rulebook.steps:
        _emit_finished(state, pool, run)
    return []


def _step(state: VenueState, pool: Pool, run: Liquidation, ordered: list[Position]) -> bool:
    """Reduce one position after the other, until it helps; whether one was to change its tier."""
    rulebook = state.rulebook
    tier_step = False
    one_by_one = rulebook.reduce in (Reduce.CLIP, Reduce.ASKED)
    for position in ordered[:1] if one_by_one else ordered:
        if not pools.is_breached(state, pool):
            break
        lots = lots_to_close(state, pool, position, run)
        to_lower_tier = is_tier_step(state, position, lots)
        tier_step |= to_lower_tier
        _close(state, pool, position, run, lots)
        again = to_lower_tier and wants_whole_next(rulebook) and position.qty_lots != 0
        if again and pools.is_breached(state, pool):
            _close(state, pool, position, run, abs(position.qty_lots))
    return tier_step


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


def _close(state: VenueState, pool: Pool, position: Position, run: Liquidation, lots: int) -> None:
    """Send some of a position to the book, and pay the fee."""
    step = step_orders.send(state, pool, position, run, lots)
    currency = state.settle_currency(position.instrument)
    state.accounts[pool.account].wallets[currency] -= step.fee_atoms
    state.fund.wallets[currency] += step.fee_atoms
    run.fees_atoms += step.fee_atoms
    if state.rulebook.steps:
        step_orders.emit_stepped(state, position, run, step)
        return
    state.emit(
        EventKind.LIQUIDATION_FINISHED,
        cause=run.start,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        price_ticks=run.limit_ticks,
        qty_lots=step.closed_lots,
        amount_atoms=step.fee_atoms,
    )


def _emit_finished(state: VenueState, pool: Pool, run: Liquidation) -> None:
    """Say that a pool's liquidation has ended without its positions being passed on."""
    state.emit(
        EventKind.LIQUIDATION_FINISHED,
        cause=run.start,
        instrument=EVERY_INSTRUMENT,
        account=pool.account,
        side=pool.currency,
        amount_atoms=run.fees_atoms,
    )


def _pass_on(
    state: VenueState, pool: Pool, run: Liquidation, remaining: list[Position], *, tier_step: bool
) -> list[Bankrupt]:
    """Let what remains wait, give it to the insurance fund, or return it for deleveraging."""
    follows = what_next(state, pool, tier_step=tier_step)
    if follows is Next.WAIT:
        run.next_ns = state.time_ns + state.rulebook.step_interval_ns
        run.step_count += 1
        state.liquidations[key_of(pool)] = run
        return []
    shares = _shares(state, pool, remaining)
    bankrupts = [
        Bankrupt(position, run.start, 0, _worth(state, position) - share)
        for position, share in zip(remaining, shares, strict=True)
    ]
    settling = {state.settle_currency(position.instrument) for position in remaining}
    losses = {one: max(0, -pools.holdings(state, pool, one)) for one in sorted(settling)}
    taken = follows is Next.VAULT or insurance.is_socialised(state)
    taken = taken or _fund_can_take(state, pool, settling)
    if taken:
        for bankrupt in bankrupts:
            deleveraging.pass_to_fund(state, bankrupt)
    if state.rulebook.cross_pool == CrossPool.ACCOUNT:
        for currency in pools.currencies(state, pool):
            if currency not in settling:
                _seize(state, pool, currency, run.start)
    if not taken:
        return bankrupts
    for currency, loss in losses.items():
        socialising.share_loss(state, currency, loss, run.start)
    return []


def _fund_can_take(state: VenueState, pool: Pool, settling: set[int]) -> bool:
    """Whether the insurance fund stays solvent in every currency in which positions remain."""
    if not state.rulebook.deleveraging:
        return True
    return all(
        insurance.can_bear(state, currency, pools.holdings(state, pool, currency))
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
            socialising.share_loss(state, currency, debt, start)
