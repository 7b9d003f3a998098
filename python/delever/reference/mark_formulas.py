"""How a mark is made of index, book, funding rate and other venues, and what is sampled for it.

This module owns the formulas of the venues and the two timers: of the basis, and of the premium
that makes a venue's own funding rate. Sampling is lazy: a timer that ran out while nothing happened
gives one sample.
"""

from __future__ import annotations

from . import impact, premium
from .arithmetic import PPM, RATE_E8, ceil_div, clamp, median, truncated
from .commands import Side
from .price_words import BookPrice, MarkMethod
from .sampled_mean import TICK_E12
from .sources import median_of
from .state import NO_CAUSE, InstrumentState, VenueState


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
    last, held = instrument.last_sample_ns, rulebook.sample_interval_ns
    if last is not None:
        if state.time_ns - last < rulebook.sample_interval_ns:
            return
        held = state.time_ns - last
    instrument.last_sample_ns = state.time_ns
    bid, ask = instrument.book.best(Side.BUY), instrument.book.best(Side.SELL)
    if bid is None or ask is None:
        return
    doubled = bid + ask
    if rulebook.mark_basis == BookPrice.IMPACT:
        low = impact.impact_price_e6(rulebook, instrument, Side.BUY)
        high = impact.impact_price_e6(rulebook, instrument, Side.SELL)
        if low is None or high is None:
            return
        doubled = (low + high) // impact.TICK_E6
    _take_basis(state, instrument, doubled - 2 * instrument.index_ticks, held)


def _take_basis(
    state: VenueState, instrument: InstrumentState, half_ticks: int, held_ns: int
) -> None:
    """Take in one sample of twice the distance of the book from the index."""
    rulebook, method = state.rulebook, state.rulebook.mark_method
    basis_e12 = half_ticks * (TICK_E12 // 2)
    if method in (MarkMethod.MEDIAN_OF_THREE, MarkMethod.INDEX_PLUS_BASIS):
        instrument.basis_samples.append(half_ticks)
        del instrument.basis_samples[: -rulebook.basis_samples]
    elif method == MarkMethod.EMA_IN_BAND:
        instrument.basis_mean.push_sample(basis_e12, rulebook.basis_samples)
    elif method == MarkMethod.ORACLE_BOOK_VENUES:
        instrument.basis_mean.push_held(basis_e12, held_ns, rulebook.mark_ema_ns)
        own = _book_median(instrument)
        assert own is not None  # noqa: S101  (there is a bid and an ask)
        instrument.book_mean.push_held(own * TICK_E12, held_ns, rulebook.mark_book_ema_ns)


def mark_by_rule(state: VenueState, instrument: InstrumentState) -> tuple[int, int]:
    """Return the mark by the venue's formula, and the fill that moved it, or -1."""
    index, method = instrument.index_ticks, state.rulebook.mark_method
    lowest, highest = instrument.spec.price_ticks_min, instrument.spec.price_ticks_max
    if method == MarkMethod.MEDIAN_OF_THREE:
        middle, cause = _median_of_three(instrument, state.time_ns)
        return clamp(middle, lowest, highest), cause
    mark = index
    if method == MarkMethod.INDEX_PLUS_BASIS:
        mark = _index_with_basis(instrument)
    elif method == MarkMethod.INDEX_WITH_FUNDING:
        mark = _index_with_funding(instrument, state.time_ns)
    elif method == MarkMethod.EMA_IN_BAND:
        mark = _banded(index + instrument.basis_mean.ticks, index, state.rulebook.mark_band_ppm)
    elif method == MarkMethod.ORACLE_BOOK_VENUES:
        mark = _median_of_venues(state, instrument)
    return clamp(mark, lowest, highest), NO_CAUSE


def _median_of_three(instrument: InstrumentState, now_ns: int) -> tuple[int, int]:
    by_funding = _index_with_funding(instrument, now_ns)
    by_basis = _index_with_basis(instrument)
    last = instrument.last_ticks or instrument.index_ticks
    middle = median(by_funding, by_basis, last)
    last_decides = middle == last and middle not in (by_funding, by_basis)
    return middle, instrument.last_fill if instrument.last_ticks and last_decides else NO_CAUSE


def _index_with_funding(instrument: InstrumentState, now_ns: int) -> int:
    """Return the index plus the part of the funding rate that is still to be paid."""
    index = instrument.index_ticks
    remaining_ns = instrument.next_funding_ns - now_ns
    if remaining_ns <= 0:
        return index
    due = index * instrument.funding_rate_e8 * remaining_ns
    return index + due // (RATE_E8 * instrument.funding_interval_ns)


def _index_with_basis(instrument: InstrumentState) -> int:
    """Return the index plus the average sampled basis."""
    samples = instrument.basis_samples
    if not samples:
        return instrument.index_ticks
    return instrument.index_ticks + sum(samples) // (2 * len(samples))


def _banded(mark: int, index: int, band_ppm: int) -> int:
    if band_ppm == 0:
        return mark
    return clamp(mark, ceil_div(index * (PPM - band_ppm), PPM), index * (PPM + band_ppm) // PPM)


def _book_median(instrument: InstrumentState) -> int | None:
    """Return the median of bid, ask and last; without a last price, the middle of the two."""
    bid, ask = instrument.book.best(Side.BUY), instrument.book.best(Side.SELL)
    if bid is None or ask is None:
        return None
    if instrument.last_ticks == 0:
        return (bid + ask) // 2
    return median(bid, ask, instrument.last_ticks)


def _median_of_venues(state: VenueState, instrument: InstrumentState) -> int:
    """Return the median of those of three candidates that there are.

    The oracle with its average basis; the book's own price; the weighted median of other venues.
    Where only two are there, the average of the book's own price is the third.
    """
    index = instrument.index_ticks
    basis = instrument.basis_mean
    candidates = [
        index + basis.ticks if basis.weight else None,
        _book_median(instrument),
        instrument.venue_sources.weighted_median(state.rulebook, state.time_ns),
    ]
    found = [one for one in candidates if one is not None]
    if len(found) == 2 and instrument.book_mean.weight:
        found.append(instrument.book_mean.ticks)
    return median_of(found) if found else index


def sample_premium(state: VenueState, instrument: InstrumentState) -> None:
    """Record the premium, if the rules sample it and it is time to."""
    rulebook, last = state.rulebook, instrument.last_premium_ns
    if rulebook.premium_sample_ns == 0:
        return
    if last is not None and state.time_ns - last < rulebook.premium_sample_ns:
        return
    instrument.last_premium_ns = state.time_ns
    inputs = premium.PremiumInputs(
        index_ticks=instrument.index_ticks,
        mark_ticks=instrument.mark_ticks,
        impact_bid_e6=impact.impact_price_e6(rulebook, instrument, Side.BUY),
        impact_ask_e6=impact.impact_price_e6(rulebook, instrument, Side.SELL),
        bid_ticks=instrument.book.best(Side.BUY),
        ask_ticks=instrument.book.best(Side.SELL),
        carry_e12=_carry_e12(instrument, state.time_ns),
    )
    sample = premium.sample_e12(rulebook, inputs)
    instrument.premium.push(sample, rulebook.premium_average)


def _carry_e12(instrument: InstrumentState, now_ns: int) -> int:
    """Return what of the funding rate is still to be paid, as a share."""
    left_ns = max(0, instrument.next_funding_ns - now_ns)
    rate_e12 = instrument.funding_rate_e8 * (premium.RATE_E12 // RATE_E8)
    return truncated(rate_e12 * left_ns, instrument.funding_interval_ns)
