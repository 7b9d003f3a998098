"""An isolated position at its mark: whether it is in breach, what it has and what it needs."""

from __future__ import annotations

from . import margin
from .state import FUND, Position, VenueState


def is_breached(state: VenueState, position: Position) -> bool:
    """Whether an isolated position must be liquidated now; only in continuous trading."""
    instrument = state.instruments[position.instrument]
    if position.account == FUND or position.cross or not instrument.continuous:
        return False
    return margin.breached(
        instrument.spec, position, instrument.mark_ticks, state.rulebook.breach_at_equality
    )


def equity(state: VenueState, position: Position) -> int:
    """Return what would be left of a position's margin if it were closed at the mark."""
    instrument = state.instruments[position.instrument]
    return margin.equity(instrument.spec, position, instrument.mark_ticks)


def maintenance(state: VenueState, position: Position) -> int:
    """Return the maintenance margin of a position at the mark."""
    instrument = state.instruments[position.instrument]
    return margin.position_maintenance(instrument.spec, position, instrument.mark_ticks)
