"""The run-down: what every command ends with.

This module owns the draining of the queue of triggered orders and what follows from it. Triggered
orders run one after the other, each to its end; then stops that watch quotes are tested; this
repeats until neither did anything. Pegged orders are re-priced once, at the very end.
"""

from __future__ import annotations

from . import pegs, placement, triggers
from .state import VenueState


def drain(state: VenueState) -> bool:
    """Run the triggered orders, those included that trigger meanwhile; whether there were any."""
    found = bool(state.triggered)
    while state.triggered:
        placement.run_triggered(state, state.triggered.pop(0))
    return found


def run_down(state: VenueState) -> None:
    """End a command."""
    again = True
    while again:
        drained = drain(state)
        again = triggers.test_quotes(state) or drained
    pegs.reprice(state)
