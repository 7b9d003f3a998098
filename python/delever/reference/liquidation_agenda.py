"""The agenda of liquidations that take more than one step, and what their users may not do.

This module owns who is in liquidation and when the next step is due. What is in breach is a unit:
an isolated position, or a pool. Between two steps a unit is left alone, unless too little is left
of it; its orders are refused. It is free again once it is in breach no more, or gone.
"""

from __future__ import annotations

from . import isolated_margin, pools
from .arithmetic import PPM
from .events import EventKind
from .isolated_margin import is_breached as is_position_breached
from .pools import Pool
from .procedure_words import Remainder
from .state import Position, UnitKey, VenueState
from .vocabulary import EVERY_INSTRUMENT, CrossPool

Unit = Position | Pool


def key_of(unit: Unit) -> UnitKey:
    """Return what names a unit in the agenda, and orders it there."""
    if isinstance(unit, Pool):
        return unit.account, EVERY_INSTRUMENT, unit.currency
    return unit.account, unit.instrument, int(unit.leg)


def is_breached(state: VenueState, unit: Unit) -> bool:
    """Whether a unit must be liquidated now."""
    if isinstance(unit, Pool):
        return pools.is_breached(state, unit)
    return is_position_breached(state, unit)


def equity(state: VenueState, unit: Unit) -> int:
    """Return what is left of a unit at the marks."""
    if isinstance(unit, Pool):
        return pools.equity(state, unit)
    return isolated_margin.equity(state, unit)


def maintenance(state: VenueState, unit: Unit) -> int:
    """Return what a unit must have at the marks."""
    if isinstance(unit, Pool):
        return pools.maintenance(state, unit)
    return isolated_margin.maintenance(state, unit)


def goes_to_vault(state: VenueState, unit: Unit) -> bool:
    """Whether so little of the maintenance margin is left that the vault takes the unit whole."""
    if state.rulebook.remainder != Remainder.VAULT:
        return False
    return equity(state, unit) * PPM < maintenance(state, unit) * state.rulebook.vault_ppm


def waits(state: VenueState, unit: Unit) -> bool:
    """Whether a unit in breach is between two steps, and enough of it is left to wait."""
    run = state.liquidations.get(key_of(unit))
    if run is None or run.next_ns <= state.time_ns:
        return False
    return equity(state, unit) >= 0 and not goes_to_vault(state, unit)


def any_due(state: VenueState) -> bool:
    """Whether the next step of any liquidation is due."""
    return any(run.next_ns <= state.time_ns for run in state.liquidations.values())


def refuses_orders(state: VenueState, account: int, instrument: int) -> bool:
    """Whether an account may not order on an instrument, because it is in liquidation there."""
    currency = state.settle_currency(instrument)
    joined = state.rulebook.cross_pool == CrossPool.ACCOUNT
    for owner, place, currency_or_leg in state.liquidations:
        in_pool = place == EVERY_INSTRUMENT and (joined or currency_or_leg == currency)
        if owner == account and (in_pool or place == instrument):
            return True
    return False


def stop_healed(state: VenueState) -> None:
    """Free every unit that is in breach no more, or gone; what does not trade now stays."""
    for key in sorted(state.liquidations):
        unit = _unit_of(state, key)
        if not _is_gone(state, unit) and (_is_halted(state, unit) or is_breached(state, unit)):
            continue
        run = state.liquidations.pop(key)
        account, instrument, side = key
        state.emit(
            EventKind.LIQUIDATION_STOPPED,
            cause=run.start,
            instrument=instrument,
            account=account,
            side=side,
        )


def _unit_of(state: VenueState, key: UnitKey) -> Unit:
    account, instrument, currency_or_leg = key
    if instrument == EVERY_INSTRUMENT:
        return Pool(account, currency_or_leg)
    return state.legs(account, instrument)[currency_or_leg]


def _is_gone(state: VenueState, unit: Unit) -> bool:
    if isinstance(unit, Pool):
        return not pools.positions(state, unit) and not pools.is_in_debt(state, unit)
    return unit.qty_lots == 0 or unit.cross


def _is_halted(state: VenueState, unit: Unit) -> bool:
    if isinstance(unit, Pool):
        return not pools.is_asked(state, unit)
    return not state.instruments[unit.instrument].continuous
