"""Random commands about the market itself: phases, trades elsewhere, time, trade groups.

This module owns how these are drawn for the flow. An instrument that does not trade continuously
is brought back soon, so that most of a sequence trades.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .commands import Command, CommandKind, TradingPhase

if TYPE_CHECKING:
    from .flow import CommandFlow

_SECOND = 1_000_000_000
_DAY = 86_400 * _SECOND


def change_phase(flow: CommandFlow) -> Command:
    """Bring an instrument into another phase, an auction more often than not."""
    instrument = flow.instrument()
    phases = [phase for phase in TradingPhase if phase is not flow.venue.phase(instrument)]
    return _to_phase(flow, instrument, flow.rng.choice([*phases, TradingPhase.AUCTION]))


def end_of_phase(flow: CommandFlow) -> Command | None:
    """Let an instrument trade again that does not, or return None."""
    instruments = flow.venue.state.instruments
    stopped = [at for at, one in enumerate(instruments) if not one.continuous]
    if not stopped:
        return None
    return _to_phase(flow, flow.rng.choice(stopped), TradingPhase.CONTINUOUS)


def _to_phase(flow: CommandFlow, instrument: int, phase: TradingPhase) -> Command:
    near = flow.price_near(instrument, flow.side())
    return flow.command(
        CommandKind.CHANGE_PHASE,
        instrument=instrument,
        order_type=phase,
        price_ticks=flow.rng.choice([0, near]),
    )


def print_trade(flow: CommandFlow) -> Command:
    """Print a trade near the fair price."""
    instrument = flow.instrument()
    return flow.command(
        CommandKind.PRINT_TRADE,
        instrument=instrument,
        price_ticks=flow.price_near(instrument, flow.side()),
        qty_lots=flow.rng.randint(0, 3),
    )


def advance_time(flow: CommandFlow) -> Command:
    """Let time pass: none, a little, or a day."""
    step = flow.rng.choice([0, 1, 5 * _SECOND, _DAY])
    return Command(kind=CommandKind.ADVANCE_TIME, time_ns=flow.venue.state.time_ns + step)


def set_trade_group(flow: CommandFlow) -> Command:
    """Put a user into one of two groups, or out of them."""
    return flow.command(
        CommandKind.SET_TRADE_GROUP,
        account=flow.user(),
        amount_atoms=flow.rng.choice([0, 1, 1, 2]),
    )
