"""Random commands about prices that a venue makes itself: sources, samples, its own funding rate.

This module owns how these are drawn for the flow. Sources agree with the fair price most of the
time; now and then one is far off, silent, or gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .commands import EVERY_INSTRUMENT, Command, CommandKind, OrderFlag
from .price_words import SourceBoard
from .sources import SOURCES_MAX, WEIGHT_MAX

if TYPE_CHECKING:
    from .flow import CommandFlow

_SOURCES = 5


def actions(flow: CommandFlow) -> list[tuple[Callable[[], Command], float]]:
    """Return what the flow may draw of this, with weights."""
    rng = flow.rng
    return [
        (lambda: _update_source(flow), rng.choice([0.5, 2.0, 6.0])),
        (lambda: _sample_mark(flow), rng.choice([0.5, 2.0])),
        (lambda: _settle_own(flow), rng.choice([2.0, 4.0, 8.0])),
    ]


def _update_source(flow: CommandFlow) -> Command:
    """Hear a source: near the fair price, far from it, or for the last time."""
    rng, instrument = flow.rng, flow.instrument()
    fair = flow.fair_ticks[instrument]
    away = rng.choice([0, 0, 1, fair // 300, fair // 25, fair // 4])
    price = flow.in_range(instrument, fair + rng.choice([-1, 1]) * away)
    return flow.command(
        CommandKind.UPDATE_SOURCE,
        instrument=instrument,
        account=rng.choice([*range(_SOURCES), SOURCES_MAX - 1]),
        side=rng.choice([SourceBoard.INDEX, *SourceBoard]),
        price_ticks=price,
        qty_lots=rng.choice([0, 1, 1, 2, 3, WEIGHT_MAX]),
        flags=rng.choice([0, 0, OrderFlag.HOLD_POINT]),
    )


def _sample_mark(flow: CommandFlow) -> Command:
    return flow.command(
        CommandKind.SAMPLE_MARK,
        instrument=flow.rng.choice([flow.instrument(), EVERY_INSTRUMENT]),
        flags=flow.rng.choice([0, 0, OrderFlag.HOLD_POINT]),
    )


def _settle_own(flow: CommandFlow) -> Command:
    return flow.command(CommandKind.SETTLE_OWN_FUNDING, instrument=flow.instrument())


def _faulty_source(flow: CommandFlow) -> Command:
    """Name a source, board, weight or price that there is not."""
    instrument = flow.instrument()
    sound = {"account": 1, "side": 0, "qty_lots": 1, "price_ticks": flow.fair_ticks[instrument]}
    faults = [
        {"account": SOURCES_MAX},
        {"side": len(SourceBoard)},
        {"qty_lots": flow.rng.choice([-1, WEIGHT_MAX + 1])},
        {"price_ticks": flow.specs[instrument].price_ticks_min - 1},
        {"instrument": len(flow.specs)},
    ]
    fields = {"instrument": instrument, **sound, **flow.rng.choice([*faults[:2], *faults])}
    return flow.command(CommandKind.UPDATE_SOURCE, **fields)


def _sample_without_index(flow: CommandFlow) -> Command | None:
    """Ask for the mark of an instrument that has no index yet."""
    states = enumerate(flow.venue.state.instruments)
    bare = [at for at, one in states if one.index_ticks == 0]
    if not bare:
        return None
    return flow.command(CommandKind.SAMPLE_MARK, instrument=flow.rng.choice(bare))


def _own_funding_refused(flow: CommandFlow) -> Command:
    instrument = flow.rng.choice([len(flow.specs), flow.instrument()])
    kind = flow.rng.choice([CommandKind.SETTLE_OWN_FUNDING, CommandKind.SAMPLE_MARK])
    return flow.command(kind, instrument=instrument)


PRICE_REFUSALS: tuple[Callable[[CommandFlow], Command | None], ...] = (
    _faulty_source,
    _faulty_source,
    _faulty_source,
    _sample_without_index,
    _sample_without_index,
    _sample_without_index,
    _sample_without_index,
    _sample_without_index,
    _own_funding_refused,
)
