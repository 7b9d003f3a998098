"""The evaluation point: what joins it, and the index and mark of each instrument when it closes.

Indices, forced marks, sources of prices and the wish for a mark join the point; it is closed, all
its instruments together and in id order, when a command without the hold flag arrives or time moves
on. The index is made anew where a source of it has spoken; the mark follows by the venue's formula
(`mark_formulas`) unless it is forced.
"""

from __future__ import annotations

from . import collateral, mark_formulas, triggers
from .commands import EVERY_INSTRUMENT, Command, Rejected, RejectReason, TriggerSource, require
from .events import EventKind
from .price_words import SourceBoard
from .sources import SOURCES_MAX, WEIGHT_MAX, Source
from .state import NO_CAUSE, InstrumentState, VenueState


def update_index(state: VenueState, command: Command) -> None:
    """Carry out UpdateIndex: the instrument joins the point, to be marked by the formula."""
    instrument = _checked_instrument(state, command)
    instrument.index_ticks = command.price_ticks
    instrument.index_due = False
    state.point[command.instrument] = None


def set_mark(state: VenueState, command: Command) -> None:
    """Carry out SetMark: the instrument joins the point with a given mark."""
    instrument = _checked_instrument(state, command)
    if instrument.index_ticks == 0:
        instrument.index_ticks = command.price_ticks
    state.point[command.instrument] = command.price_ticks


def update_source(state: VenueState, command: Command) -> None:
    """Carry out UpdateSource: a price elsewhere, of the index or of another venue's perpetual."""
    instrument = state.known_instrument(command.instrument)
    known = command.account < SOURCES_MAX and command.side in list(SourceBoard)
    require(known, RejectReason.UNKNOWN_SOURCE)
    weight = command.qty_lots
    require(0 <= weight <= WEIGHT_MAX, RejectReason.INVALID_QTY)
    if weight > 0:
        _checked_instrument(state, command)
    price_ticks = command.price_ticks if weight > 0 else 0
    is_index = command.side == SourceBoard.INDEX
    board = instrument.index_sources if is_index else instrument.venue_sources
    board.hear(command.account, Source(price_ticks, weight, state.time_ns))
    state.emit(
        EventKind.SOURCE_UPDATED,
        instrument=command.instrument,
        price_ticks=price_ticks,
        qty_lots=weight,
        amount_atoms=command.account,
        other_amount=command.side,
    )
    instrument.index_due = instrument.index_due or is_index
    if is_index or instrument.index_ticks != 0:
        state.point.setdefault(command.instrument, None)


def sample_mark(state: VenueState, command: Command) -> None:
    """Carry out SampleMark: the instrument, or all that have an index, join the point."""
    every = command.instrument == EVERY_INSTRUMENT
    asked = range(len(state.instruments))
    if not every:
        state.known_instrument(command.instrument)
        asked = range(command.instrument, command.instrument + 1)
    joining = [at for at in asked if state.instruments[at].index_ticks != 0]
    require(bool(joining), RejectReason.NO_INDEX)
    for at in joining:
        state.point.setdefault(at, None)


def _checked_instrument(state: VenueState, command: Command) -> InstrumentState:
    instrument = state.known_instrument(command.instrument)
    spec = instrument.spec
    if not spec.price_ticks_min <= command.price_ticks <= spec.price_ticks_max:
        raise Rejected(RejectReason.INVALID_PRICE)
    return instrument


def mark_point(state: VenueState) -> None:
    """Set every mark and index of the point, then test the stops that watch them."""
    for instrument_id, forced_ticks in sorted(state.point.items()):
        instrument = state.instruments[instrument_id]
        _refresh_index(state, instrument)
        if instrument.index_ticks == 0:  # its sources were gone before the point closed
            del state.point[instrument_id]
        else:
            _mark(state, instrument_id, instrument, forced_ticks)
    collateral.value_point(state)
    for instrument_id in sorted(state.point):
        for source in (TriggerSource.MARK, TriggerSource.INDEX):
            cause = state.instruments[instrument_id].mark_event
            triggers.test_source(state, instrument_id, source, cause)


def _refresh_index(state: VenueState, instrument: InstrumentState) -> None:
    """Make the index anew where a source of it has spoken since the last point."""
    if instrument.index_due:
        made = instrument.index_sources.index(state.rulebook, state.time_ns)
        instrument.index_ticks = instrument.index_ticks if made is None else made
    instrument.index_due = False


def _mark(
    state: VenueState, instrument_id: int, instrument: InstrumentState, forced_ticks: int | None
) -> None:
    """Set the mark as it is forced, or by the formula where the last one does not stand."""
    cause = NO_CAUSE
    instrument.previous_mark_ticks = instrument.mark_ticks
    if forced_ticks is not None:
        instrument.mark_ticks, instrument.marked_ns = forced_ticks, None
    else:
        mark_formulas.sample_basis(state, instrument)
        marked_ns, update_ns = instrument.marked_ns, state.rulebook.mark_update_ns
        if marked_ns is None or state.time_ns - marked_ns >= update_ns:
            instrument.mark_ticks, cause = mark_formulas.mark_by_rule(state, instrument)
            instrument.marked_ns = state.time_ns
    mark_formulas.sample_premium(state, instrument)
    instrument.mark_event = state.emit(
        EventKind.MARK_UPDATED,
        cause=cause,
        instrument=instrument_id,
        price_ticks=instrument.mark_ticks,
        other_amount=instrument.index_ticks,
    )
