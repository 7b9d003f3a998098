"""Sessions: at the end of one, everybody's profit and loss at the mark is paid.

This module owns that payment. A position is worth what it was, but it costs now what it is worth:
what it wins or loses from here on belongs to the next session.
"""

from __future__ import annotations

from . import contracts
from .commands import Command, RejectReason, require
from .events import EventKind
from .state import FUND, VenueState


def close_session(state: VenueState, command: Command) -> None:
    """Carry out CloseSession."""
    instrument = state.known_instrument(command.instrument)
    spec, mark = instrument.spec, instrument.mark_ticks
    require(mark != 0, RejectReason.NO_MARK)
    state.emit(EventKind.SESSION_CLOSED, instrument=command.instrument, price_ticks=mark)
    for position in state.open_positions(command.instrument):
        worth = contracts.worth(spec, position.qty_lots, mark)
        profit = worth - position.cost_atoms
        position.cost_atoms = worth
        if position.account == FUND or position.cross:
            state.accounts[position.account].wallets[spec.settle_currency] += profit
        else:
            position.margin_atoms += profit
