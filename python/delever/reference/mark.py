"""The mark price: collecting an evaluation point, sampling the basis, and the median of three.

This module owns the evaluation point. Index updates and forced marks join it; it is closed, all its
instruments together and in id order, when a command without the hold flag arrives or time moves on.
The mark is the median of the index with the funding due, the index with the average basis, and the
last price, so that no single one of them moves it alone.
"""

from __future__ import annotations

from . import collateral, triggers
from .arithmetic import RATE_E8, clamp, median
from .commands import Command, Rejected, RejectReason, Side, TriggerSource
from .events import EventKind
from .state import NO_CAUSE, InstrumentState, VenueState


def update_index(state: VenueState, command: Command) -> None:
    """Carry out UpdateIndex: the instrument joins the point, to be marked by the formula."""
    instrument = _checked_instrument(state, command)
    instrument.index_ticks = command.price_ticks
    state.point[command.instrument] = None


def set_mark(state: VenueState, command: Command) -> None:
    """Carry out SetMark: the instrument joins the point with a given mark."""
    instrument = _checked_instrument(state, command)
    if instrument.index_ticks == 0:
        instrument.index_ticks = command.price_ticks
    state.point[command.instrument] = command.price_ticks


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
        instrument.previous_mark_ticks = instrument.mark_ticks
        cause = NO_CAUSE
        if forced_ticks is not None:
            instrument.mark_ticks = forced_ticks
        else:
            sample_basis(state, instrument)
            cause = _set_mark_by_formula(state, instrument)
        instrument.mark_event = state.emit(
            EventKind.MARK_UPDATED,
            cause=cause,
            instrument=instrument_id,
            price_ticks=instrument.mark_ticks,
            other_amount=instrument.index_ticks,
        )
    collateral.value_point(state)
    for instrument_id in sorted(state.point):
        for source in (TriggerSource.MARK, TriggerSource.INDEX):
            cause = state.instruments[instrument_id].mark_event
            triggers.test_source(state, instrument_id, source, cause)


def sample_basis(state: VenueState, instrument: InstrumentState) -> None:
    """Record how far the book's middle is from the index, if it is time to.

    Parameters
    ----------
    state
        The venue.
    instrument
        An instrument with an index. Samples are twice the distance, which is whole.
    """
    rulebook = state.rulebook
    last = instrument.last_sample_ns
    if last is not None and state.time_ns - last < rulebook.sample_interval_ns:
        return
    instrument.last_sample_ns = state.time_ns
    bid, ask = instrument.book.best(Side.BUY), instrument.book.best(Side.SELL)
    if bid is None or ask is None:
        return
    instrument.basis_samples.append(bid + ask - 2 * instrument.index_ticks)
    del instrument.basis_samples[: -rulebook.basis_samples]


def _set_mark_by_formula(state: VenueState, instrument: InstrumentState) -> int:
    """Set the mark to the median, and return the fill that moved it, or -1."""
    by_funding = _index_with_funding(state, instrument)
    by_basis = _index_with_basis(instrument)
    last = instrument.last_ticks or instrument.index_ticks
    middle = median(by_funding, by_basis, last)
    instrument.mark_ticks = clamp(
        middle, instrument.spec.price_ticks_min, instrument.spec.price_ticks_max
    )
    last_decides = middle == last and middle not in (by_funding, by_basis)
    return instrument.last_fill if instrument.last_ticks and last_decides else NO_CAUSE


def _index_with_funding(state: VenueState, instrument: InstrumentState) -> int:
    """Return the index plus the part of the funding rate that is still to be paid."""
    index = instrument.index_ticks
    remaining_ns = instrument.next_funding_ns - state.time_ns
    if remaining_ns <= 0:
        return index
    due = index * instrument.funding_rate_e8 * remaining_ns
    return index + due // (RATE_E8 * state.rulebook.funding_interval_ns)


def _index_with_basis(instrument: InstrumentState) -> int:
    """Return the index plus the average sampled basis."""
    samples = instrument.basis_samples
    if not samples:
        return instrument.index_ticks
    return instrument.index_ticks + sum(samples) // (2 * len(samples))
