"""How much of a position one step of a liquidation closes.

This module owns the sizes. What a position is worth counts at the mark, and its tier is that of its
notional. The least quantity that will do is searched for, because notional and margin change with
the quantity in one direction only, up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable

from . import contracts, liquidation_agenda, margin, pools
from .arithmetic import PPM, ceil_div, clamp, sign
from .liquidation_agenda import Unit
from .pools import Pool
from .procedure_words import LiquidationFee, Reduce
from .state import Liquidation, Position, VenueState

_TIERS_DOWN = {Reduce.NEXT_TIER: 1, Reduce.TWO_TIERS: 2}


def lots_to_close(state: VenueState, unit: Unit, position: Position, run: Liquidation) -> int:
    """Return how many lots the next step closes.

    Parameters
    ----------
    state
        The venue, which does not change.
    unit, position
        What is in breach, and the position of it that is to be reduced.
    run
        Its liquidation.
    """
    held = abs(position.qty_lots)
    instrument = state.instruments[position.instrument]
    spec, mark = instrument.spec, instrument.mark_ticks
    rulebook, lots = state.rulebook, held
    match rulebook.reduce:
        case Reduce.FRACTION if run.step_count == 0:
            if contracts.value(spec, mark, held) > rulebook.fraction_above_atoms:
                lots = ceil_div(held * rulebook.fraction_ppm, PPM)
        case Reduce.CLIP:
            by_value = rulebook.clip_atoms // contracts.value(spec, mark, 1)
            lots = clamp(rulebook.clip_lots or by_value, 1, held)
        case Reduce.NEXT_TIER | Reduce.TWO_TIERS:
            lots = _lots_to_lower_tier(state, position, run)
        case Reduce.NEEDED:
            lots = _least(held, lambda some: _heals(state, unit, position, some))
        case Reduce.ASKED:
            lots = clamp(_asked(state, unit, position), 1, held)
    return lots


def is_tier_step(state: VenueState, position: Position, lots: int) -> bool:
    """Whether closing so many lots leaves a position in a lower tier, and not flat."""
    return state.rulebook.reduce in _TIERS_DOWN and lots < abs(position.qty_lots)


def _least(most: int, suffices: Callable[[int], bool]) -> int:
    """Return the least of 1 to `most` that suffices; the most always does."""
    lowest, highest = 1, most
    while lowest < highest:
        middle = (lowest + highest) // 2
        if suffices(middle):
            highest = middle
        else:
            lowest = middle + 1
    return lowest


def _lots_to_lower_tier(state: VenueState, position: Position, run: Liquidation) -> int:
    """Return what brings a position one or two tiers down; the whole where it has no lower one."""
    instrument = state.instruments[position.instrument]
    spec, mark, held = instrument.spec, instrument.mark_ticks, abs(position.qty_lots)
    rulebook = state.rulebook

    def tier_with(lots: int) -> int:
        notional_atoms = contracts.value(spec, mark, lots) if lots else 0
        return spec.tiers.index(margin.tier_of(spec, notional_atoms))

    tier = tier_with(held)
    again = rulebook.reduce == Reduce.NEXT_TIER and run.step_count > 0
    if again or tier < max(1, rulebook.step_tiers_from):
        return held
    wanted = max(0, tier - _TIERS_DOWN[rulebook.reduce])
    return _least(held, lambda lots: tier_with(held - lots) <= wanted)


def _heals(state: VenueState, unit: Unit, position: Position, lots: int) -> bool:
    """Whether a unit is in breach no more once so many lots have traded at the mark."""
    instrument = state.instruments[position.instrument]
    spec, mark, qty = instrument.spec, instrument.mark_ticks, position.qty_lots
    left = qty - sign(qty) * lots
    value_atoms = contracts.value(spec, mark, lots)
    paid = contracts.cost(spec, -sign(qty), value_atoms)
    if state.rulebook.liquidation_fee_of == LiquidationFee.FILLED:
        paid += ceil_div(value_atoms * spec.liquidation_fee_ppm, PPM)
    change = contracts.worth(spec, left, mark) - contracts.worth(spec, qty, mark) - paid
    needs_now = margin.maintenance(spec, contracts.value(spec, mark, abs(qty)), abs(qty))
    needs_then = margin.maintenance(spec, contracts.value(spec, mark, abs(left)), abs(left))
    if isinstance(unit, Pool):
        currency = spec.settle_currency
        has = pools.equity(state, unit, added=change, currency=currency)
        less = pools.valued(state, unit, currency, needs_now)
        required = pools.maintenance(state, unit) - less
        required += pools.valued(state, unit, currency, needs_then)
        return has >= 0 and (required == 0 or not _is_short(state, has, required))
    has = liquidation_agenda.equity(state, unit) + change
    return not _is_short(state, has, needs_then)


def _is_short(state: VenueState, has: int, required: int) -> bool:
    return has <= required if state.rulebook.breach_at_equality else has < required


def _asked(state: VenueState, unit: Unit, position: Position) -> int:
    """Ask the user's own procedure; the whole where there is none."""
    procedure = state.advisor.procedure
    if procedure is None:
        return abs(position.qty_lots)
    return int(procedure(described(state, unit, position)))


def described(state: VenueState, unit: Unit, position: Position) -> dict[str, int]:
    """Return what a user is told about a position: what it is, and what its unit has and needs."""
    return {
        "account": position.account,
        "instrument": position.instrument,
        "position_side": int(position.leg),
        "qty_lots": position.qty_lots,
        "cost_atoms": position.cost_atoms,
        "margin_atoms": position.margin_atoms,
        "mark_ticks": state.instruments[position.instrument].mark_ticks,
        "equity_atoms": liquidation_agenda.equity(state, unit),
        "maintenance_atoms": liquidation_agenda.maintenance(state, unit),
    }
