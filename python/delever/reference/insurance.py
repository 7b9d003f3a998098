"""The insurance fund: what it can bear, and the slow sale of what it has taken over.

This module owns the fund's solvency, which is asked per currency, what it remembers of its own
past, and its clips: now and then a part of each of its positions goes to the book, near the mark.
"""

from __future__ import annotations

from . import contracts, margin
from .arithmetic import PPM
from .commands import Side, TimeInForce, opposite
from .orders import Order, Taker, TakerKind
from .placement import run_immediately
from .procedure_words import FundTrigger, LastResort
from .running import bounded_price
from .state import FUND, Position, VenueState


def can_take(state: VenueState, position: Position, value_atoms: int) -> bool:
    """Whether the insurance fund stays solvent at the marks after taking a position over.

    Parameters
    ----------
    state
        The venue.
    position, value_atoms
        What would be taken over, and at which value.

    Returns
    -------
    bool
        Always True where the rulebook knows no deleveraging.
    """
    if not state.rulebook.deleveraging:
        return True
    instrument = state.instruments[position.instrument]
    at_mark = contracts.worth(instrument.spec, position.qty_lots, instrument.mark_ticks)
    return can_bear(state, instrument.spec.settle_currency, at_mark - value_atoms)


def can_bear(state: VenueState, currency: int, left_atoms: int) -> bool:
    """Whether the fund can take over what has so much left at the marks, or lacks it."""
    if state.rulebook.fund_trigger == FundTrigger.SOLVENT:
        return left_atoms >= 0
    return not refuses(state, currency) and equity(state, currency) + left_atoms >= 0


def equity(state: VenueState, currency: int) -> int:
    """Return the fund's wallet of a currency, and what its positions win or lose in it."""
    total = state.fund.wallets[currency]
    for instrument_id, instrument in enumerate(state.instruments):
        if instrument.spec.settle_currency == currency:
            position = state.position(FUND, instrument_id)
            total += margin.unrealised(instrument.spec, position, instrument.mark_ticks)
    return total


def is_socialised(state: VenueState) -> bool:
    """Whether others pay for what the fund cannot bear, so that it takes everything over."""
    sharing = (LastResort.WINNERS, LastResort.OPEN_INTEREST)
    return state.rulebook.deleveraging and state.rulebook.last_resort in sharing


def sample(state: VenueState) -> None:
    """Remember what the fund has now, where its past counts."""
    rulebook = state.rulebook
    if rulebook.fund_trigger not in (FundTrigger.FALL, FundTrigger.DRAWDOWN):
        return
    for currency in state.currencies:
        samples = state.fund_samples[currency]
        samples.append((state.time_ns, equity(state, currency)))
        oldest_ns = state.time_ns - rulebook.fund_window_ns
        state.fund_samples[currency] = [one for one in samples if one[0] >= oldest_ns]


def refuses(state: VenueState, currency: int) -> bool:
    """Whether the fund has lost so much of its peak that it takes nothing over any more."""
    rulebook = state.rulebook
    if rulebook.fund_trigger not in (FundTrigger.FALL, FundTrigger.DRAWDOWN):
        return False
    peak = max((atoms for _, atoms in state.fund_samples[currency]), default=0)
    now = equity(state, currency)
    if peak <= 0:
        return False
    if rulebook.fund_trigger == FundTrigger.FALL:
        return now * PPM < (PPM - rulebook.fund_fall_ppm) * peak
    return now <= 0


def unwind(state: VenueState) -> None:
    """Trade a clip of each of the fund's positions away, if it is time and the book takes it."""
    rulebook = state.rulebook
    for instrument_id, instrument in enumerate(state.instruments):
        position = state.position(FUND, instrument_id)
        if position.qty_lots == 0 or instrument.mark_ticks == 0 or not instrument.continuous:
            continue
        last = instrument.last_unwind_ns
        if last is not None and state.time_ns - last < rulebook.unwind_interval_ns:
            continue
        instrument.last_unwind_ns = state.time_ns
        _unwind_clip(state, position)


def _unwind_clip(state: VenueState, position: Position) -> None:
    """Send one clip to the book, unless nothing there is within the bound."""
    rulebook = state.rulebook
    instrument = state.instruments[position.instrument]
    spec = instrument.spec
    clip = max(1, rulebook.unwind_clip_atoms // contracts.value(spec, instrument.mark_ticks, 1))
    side = Side.SELL if position.qty_lots > 0 else Side.BUY
    order = Order(
        order_id=0,
        account=FUND,
        instrument=position.instrument,
        side=side,
        price_ticks=bounded_price(instrument, side, rulebook.unwind_bound_ppm),
        open_lots=min(abs(position.qty_lots), clip, spec.order_lots_max),
        time_in_force=TimeInForce.IOC,
    )
    best = instrument.book.best(opposite(side))
    if best is None or not order.crosses(best):
        return
    taker = Taker(order, TakerKind.UNWIND, cause=instrument.last_takeover)
    run_immediately(state, taker)
