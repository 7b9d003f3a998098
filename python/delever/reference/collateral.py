"""Collateral: currencies that count as margin at their index.

This module owns how an index of a currency comes in. It joins the evaluation point, as the index of
an instrument does, and holds from the moment the point closes, after the marks.
"""

from __future__ import annotations

from .commands import Command, RejectReason, require
from .events import EventKind
from .state import VenueState


def update(state: VenueState, command: Command) -> None:
    """Carry out UpdateCollateral; the first currency values the others and has no index."""
    currency = command.instrument
    require(0 < currency < len(state.currencies), RejectReason.UNKNOWN_CURRENCY)
    highest = state.rulebook.currencies[currency].price_ticks_max
    require(1 <= command.price_ticks <= highest, RejectReason.INVALID_PRICE)
    state.collateral_point[currency] = command.price_ticks


def value_point(state: VenueState) -> None:
    """Let the new indices of the point hold, by currency."""
    for currency, price_ticks in sorted(state.collateral_point.items()):
        state.collateral_ticks[currency] = price_ticks
        state.emit(EventKind.COLLATERAL_UPDATED, instrument=currency, price_ticks=price_ticks)
