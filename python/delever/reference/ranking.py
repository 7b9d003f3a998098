"""Who is deleveraged: the order of the candidates, or the shares of all of them.

This module owns the venues' scores. Where a venue ranks, the best score goes first, then the lowest
account and leg. Where it divides, everybody gives up in proportion. The insurance fund goes before
all others in either case. A cross position has the equity of its pool.
"""

from __future__ import annotations

from . import liquidation_agenda, margin, pools
from .arithmetic import PPM, RATE_E8, clamp, sign, trunc_mul_div
from .events import splitmix64
from .liquidation_agenda import Unit
from .pools import Pool
from .procedure_words import Ranking
from .state import FUND, Position, VenueState
from .step_sizes import described
from .vocabulary import Contract

SHARED = (Ranking.PRO_RATA, Ranking.RISK_AWARE)
_MOST_PPM = 10**12
_MOST_E8 = 10**14
_LEVERAGE_WEIGHT_MAX = 10**9
Give = tuple[Position, int]  # who gives up, and how many lots


def ranked(state: VenueState, candidates: list[Position], start: int) -> list[Position]:
    """Return candidates in the order in which they are deleveraged.

    Parameters
    ----------
    state
        The venue, which does not change.
    candidates
        The positions of one side, by account, then leg.
    start
        The liquidation for which they are first needed.
    """
    funds = [one for one in candidates if one.account == FUND]
    users = [one for one in candidates if one.account != FUND]
    rulebook = state.rulebook
    if rulebook.ranking in SHARED or not users:
        return candidates
    if rulebook.ranking == Ranking.SEEDED_START:
        first = splitmix64(splitmix64(rulebook.ranking_seed) + start) % len(users)
        return funds + users[first:] + users[:first]
    if rulebook.ranking == Ranking.USER and state.advisor.ranking is not None:
        told = [described(state, _unit_of(state, one), one) for one in users]
        scores = [int(score) for score in state.advisor.ranking(told)]
    else:
        scores = [_score(state, one) for one in users]
    by_score = sorted(zip(scores, users, strict=True), key=lambda pair: -pair[0])
    return funds + [user for _, user in by_score]


def _unit_of(state: VenueState, position: Position) -> Unit:
    if not position.cross:
        return position
    return pools.pool_of(state, position.account, state.settle_currency(position.instrument))


def _score(state: VenueState, candidate: Position) -> int:
    """Return the score of a user's position by the rulebook."""
    instrument = state.instruments[candidate.instrument]
    unit = _unit_of(state, candidate)
    profit = margin.unrealised(instrument.spec, candidate, instrument.mark_ticks)
    has = liquidation_agenda.equity(state, unit)
    size = margin.notional(instrument.spec, candidate, instrument.mark_ticks)
    entry = max(1, abs(candidate.cost_atoms))
    leverage = _leverage_ppm(state, candidate)
    match state.rulebook.ranking:
        case _ if has <= 0:
            return 0
        case Ranking.EFFECTIVE_LEVERAGE:
            gain = min(abs(profit) * PPM // entry, _MOST_PPM)
            return gain * leverage if profit >= 0 else -(gain * _MOST_PPM // max(1, leverage))
        case Ranking.PRICE_RATIO:
            ratio = size * PPM // entry
            if instrument.spec.contract == Contract.INVERSE:
                ratio = abs(candidate.cost_atoms) * PPM // max(1, size)
            return min(ratio, _MOST_PPM) * leverage
        case Ranking.PROFIT_LEVERAGE:
            valued = _valued_size(state, unit, candidate)
            share = clamp(valued * RATE_E8 // has, 1, _MOST_E8)
            return share * clamp(max(0, profit) * RATE_E8 // entry, 1, _MOST_E8)
        case _:
            return _leverage_profit(state, unit, candidate, profit)


def _leverage_profit(state: VenueState, unit: Unit, candidate: Position, profit: int) -> int:
    """Return Binance's score."""
    stake = candidate.margin_atoms
    if isinstance(unit, Pool):
        currency = state.settle_currency(candidate.instrument)
        stake = state.accounts[candidate.account].wallets[currency]
    required = liquidation_agenda.maintenance(state, unit)
    return margin.score(profit, stake, required, liquidation_agenda.equity(state, unit))


def _valued_size(state: VenueState, unit: Unit, position: Position) -> int:
    """Return the notional of a position in the currency in which its unit counts."""
    instrument = state.instruments[position.instrument]
    size = margin.notional(instrument.spec, position, instrument.mark_ticks)
    if isinstance(unit, Pool):
        return pools.valued(state, unit, instrument.spec.settle_currency, size)
    return size


def _leverage_ppm(state: VenueState, position: Position) -> int:
    """Return the size of a position over the equity behind it; 0 where there is none."""
    unit = _unit_of(state, position)
    has = liquidation_agenda.equity(state, unit)
    if has <= 0:
        return 0
    return min(_valued_size(state, unit, position) * PPM // has, _MOST_PPM)


def gives(state: VenueState, ordered: list[Position], qty_lots: int) -> list[Give]:
    """Return who of the candidates gives up how much for a bankrupt position.

    Parameters
    ----------
    state
        The venue, which does not change.
    ordered
        The candidates of the round; positions are as they are now, not as when ranked.
    qty_lots
        The bankrupt position.
    """
    opposite = [one for one in ordered if sign(one.qty_lots) == -sign(qty_lots)]
    wanted = abs(qty_lots)
    planned: list[Give] = []
    if state.rulebook.ranking in SHARED:
        shared = [one for one in opposite if one.account != FUND]
        opposite = [one for one in opposite if one.account == FUND]
    for candidate in opposite:
        planned.append((candidate, min(wanted, abs(candidate.qty_lots))))
        wanted -= planned[-1][1]
    if state.rulebook.ranking in SHARED:
        sizes = [abs(one.qty_lots) for one in shared]
        weights = sizes
        if state.rulebook.ranking == Ranking.RISK_AWARE:
            levered = [min(_leverage_ppm(state, one), _LEVERAGE_WEIGHT_MAX) for one in shared]
            weights = [size * much for size, much in zip(sizes, levered, strict=True)]
        planned += zip(shared, divide(wanted, sizes, weights), strict=True)
    return [(candidate, lots) for candidate, lots in planned if lots > 0]


def divide(wanted: int, sizes: list[int], weights: list[int]) -> list[int]:
    """Divide lots in proportion to weights, nobody giving more than there is: like water.

    What rounding leaves over goes one lot each to the first with a weight who can give more.

    Parameters
    ----------
    wanted
        The lots to divide; everybody gives all where that is not enough.
    sizes, weights
        What each can give, and in which proportion; sizes where all weights are 0.

    Returns
    -------
    list[int]
        What each gives.

    Examples
    --------
    >>> divide(10, [2, 10, 10], [5, 5, 5]), divide(10, [2, 10, 10], [0, 1, 3])
    ([2, 4, 4], [0, 3, 7])
    """
    if wanted >= sum(sizes):
        return list(sizes)
    given = [0] * len(sizes)
    active = list(range(len(sizes)))
    while True:
        if not any(weights[one] for one in active):
            weights = sizes
        total = sum(weights[one] for one in active)
        full = [one for one in active if wanted * weights[one] >= sizes[one] * total]
        if not full:
            break
        for one in full:
            given[one] = sizes[one]
        wanted -= sum(sizes[one] for one in full)
        active = [one for one in active if one not in full]
    for one in active:
        given[one] = trunc_mul_div(wanted, weights[one], total)
    odd = wanted - sum(given[one] for one in active)
    for one in [one for one in active if weights[one]][:odd]:
        given[one] += 1
    return given
