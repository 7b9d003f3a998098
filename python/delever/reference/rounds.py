"""The rounds of an evaluation point: who is liquidated, and in what order.

This module owns the order of liquidations. Every isolated position and every pool is asked whether
it is breached; the breached are taken by deficit; what waits for deleveraging then is dealt with
together. This repeats at the same marks until nobody is breached who does not wait for the next
step of a liquidation.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import (
    deleveraging,
    isolated_liquidation,
    isolated_margin,
    liquidation_agenda,
    margin,
    pool_liquidation,
    pools,
)
from .deleveraging import Bankrupt
from .pools import Pool
from .state import Position, VenueState
from .vocabulary import EVERY_INSTRUMENT


@dataclass(frozen=True)
class Breach:
    """A position or a pool that must be liquidated; sorts by urgency."""

    deficit_ppm: int
    what: Position | Pool

    @property
    def urgency(self) -> tuple[int, int, int, int]:
        """The largest deficit first, then the lowest account, instrument and leg; pools last."""
        if isinstance(self.what, Pool):
            return (-self.deficit_ppm, self.what.account, EVERY_INSTRUMENT, self.what.currency)
        return (-self.deficit_ppm, self.what.account, self.what.instrument, self.what.leg)


def run_rounds(state: VenueState) -> None:
    """Liquidate, round by round, until nobody is breached at the marks of this point, or waits."""
    liquidation_agenda.stop_healed(state)
    while breaches := find_breaches(state):
        queue: list[Bankrupt] = []
        for breach in breaches:
            queue += _liquidate(state, breach.what)
        deleveraging.process(state, queue)


def find_breaches(state: VenueState) -> list[Breach]:
    """Ask every position and every pool, and return the breached ones by urgency.

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
            if isolated_margin.is_breached(state, position):
                missing_ppm = margin.deficit_ppm(instrument.spec, position, instrument.mark_ticks)
                breaches.append(Breach(missing_ppm, position))
    breaches += [
        Breach(pools.deficit_ppm(state, pool), pool)
        for pool in pools.all_pools(state)
        if pools.is_breached(state, pool)
    ]
    breaches = [one for one in breaches if not liquidation_agenda.waits(state, one.what)]
    return sorted(breaches, key=lambda breach: breach.urgency)


def _liquidate(state: VenueState, what: Position | Pool) -> list[Bankrupt]:
    """Liquidate what still is breached: an earlier liquidation may have traded with it."""
    if liquidation_agenda.waits(state, what):
        return []
    if isinstance(what, Pool):
        return pool_liquidation.liquidate(state, what) if pools.is_breached(state, what) else []
    if not isolated_margin.is_breached(state, what):
        return []
    bankrupt = isolated_liquidation.liquidate(state, what)
    return [] if bankrupt is None else [bankrupt]
