"""Running an order: the checks before it meets the book, and what becomes of its remainder.

This module owns what is the same for an order that runs as it is placed, one that has triggered and
one that is amended out of its place: limits and margin, the price band, post-only and its slide,
what must be feasible at once, and where the part that does not trade goes. A check that fails
raises `Rejected` while nothing has changed yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import balances, contracts, feasibility, live_orders, margin, matching, meeting
from .arithmetic import PPM, ceil_div, clamp
from .commands import (
    CancelReason,
    OrderFlag,
    RejectReason,
    Side,
    TimeInForce,
    direction,
    opposite,
    require,
)
from .orders import Order, Place, Taker
from .state import InstrumentState, VenueState
from .vocabulary import Contract, MarketResidual


@dataclass(frozen=True)
class Approval:
    """What the checks let an order do."""

    limit_ticks: int
    lots: int
    rests: bool
    trades: bool


def check(state: VenueState, order: Order) -> Approval:
    """Make the checks of an order that is about to run.

    Parameters
    ----------
    state
        The venue, which does not change.
    order
        The order, as it was accepted or is about to be.

    Returns
    -------
    Approval
        The limit and quantity it runs with, and whether it may trade now and rest later.
    """
    instrument = state.instruments[order.instrument]
    position = live_orders.position_of(state, order)
    lots = abs(position.qty_lots) if order.closes_position else order.open_lots
    limit = limit_price(instrument, order)
    rests = may_rest(state, order)
    if order.reduce_only:
        reducible = position.reducible_lots(order.side)
        require(reducible > 0, RejectReason.REDUCE_ONLY_WOULD_INCREASE)
    else:
        _check_opening(state, order, limit, lots, rests=rests and not order.market)
    if not order.market:
        check_band(state, order, limit)
    if not instrument.continuous:
        return Approval(limit, lots, rests, trades=False)
    limit = passive_price(instrument, order, limit)
    trades = True
    if order.time_in_force is TimeInForce.FOK or order.minimum_lots > 0:
        trades = feasibility.is_feasible(state, order, limit, lots)
        require(trades or (rests and order.minimum_lots > 0), RejectReason.UNFILLABLE)
    return Approval(limit, lots, rests, trades)


def execute(state: VenueState, taker: Taker, approval: Approval) -> None:
    """Match an accepted order, then rest, cancel or end it.

    Parameters
    ----------
    state
        The venue.
    taker
        The order.
    approval
        What its checks let it do.
    """
    order = taker.order
    order.price_ticks, order.open_lots = approval.limit_ticks, approval.lots
    reason = matching.match(state, taker) if approval.trades else CancelReason.NONE
    if order.open_lots == 0:
        live_orders.finish(state, order)
    else:
        if reason is CancelReason.NONE:
            reason = CancelReason.IMMEDIATE_REMAINDER
            if approval.rests:
                reason = _settle_down(state, order)
        if reason is not CancelReason.NONE:
            live_orders.cancel(state, order, reason, taker.cause)
    meeting.refresh_icebergs(state, taker)


def may_rest(state: VenueState, order: Order) -> bool:
    """Whether what does not trade at once may stay in the book."""
    if order.market:
        keeps = state.rulebook.market_residual is MarketResidual.REST
        return keeps and order.time_in_force is TimeInForce.GTC
    return order.time_in_force not in (TimeInForce.IOC, TimeInForce.FOK)


def _settle_down(state: VenueState, order: Order) -> CancelReason:
    """Rest a remainder if it may, or return why it may not."""
    if order.market:
        order.unpriced = True
        order.reserve_ticks = _reserve_price(state.instruments[order.instrument], order.side)
    reason = _refusal_to_rest(state, order)
    if reason is not CancelReason.NONE:
        order.unpriced = False
        return reason
    if order.unpriced:
        order.price_ticks = 0
    live_orders.rest(state, order)
    return reason


def _reserve_price(instrument: InstrumentState, side: Side) -> int:
    """Return the price at which a resting market order is margined.

    Of a linear contract a buyer may pay the highest price there is, of an inverse one a seller may
    owe most coin at the lowest.
    """
    spec = instrument.spec
    inverse = spec.contract == Contract.INVERSE
    dearest = spec.price_ticks_min if inverse else spec.price_ticks_max
    if (side is Side.BUY) != inverse:
        return dearest
    return instrument.mark_ticks or instrument.last_ticks or dearest


def _refusal_to_rest(state: VenueState, order: Order) -> CancelReason:
    """Return why a remainder may not rest, or NONE."""
    if order.reduce_only:
        position = live_orders.position_of(state, order)
        reducible = position.reducible_lots(order.side)
        return CancelReason.NONE if reducible > 0 else CancelReason.REDUCE_ONLY
    reserve = live_orders.order_reserve(state, order, order.open_lots)
    covered = balances.covers(state, live_orders.position_of(state, order), reserve)
    return CancelReason.NONE if covered else CancelReason.INSUFFICIENT_MARGIN


def limit_price(instrument: InstrumentState, order: Order) -> int:
    """Return the worst price an order may trade at; a market order is bounded."""
    if not order.market:
        return order.price_ticks
    limit = bounded_price(instrument, order.side, instrument.spec.market_bound_ppm)
    best = instrument.book.best(opposite(order.side))
    if order.protection_ticks is None or best is None:
        return limit
    if order.side is Side.BUY:
        return min(limit, best + order.protection_ticks)
    return max(limit, best - order.protection_ticks)


def bounded_price(instrument: InstrumentState, side: Side, bound_ppm: int) -> int:
    """Return the limit that lies a share of the mark away from it, or the extreme without a mark.

    Parameters
    ----------
    instrument
        The instrument.
    side
        The side of the order that is limited.
    bound_ppm
        How far from the mark it may trade.

    Returns
    -------
    int
        The price, rounded towards the mark and into the instrument's range.
    """
    lowest, highest = instrument.spec.price_ticks_min, instrument.spec.price_ticks_max
    mark = instrument.mark_ticks
    if mark == 0:
        return highest if side is Side.BUY else lowest
    if side is Side.BUY:
        return clamp(mark * (PPM + bound_ppm) // PPM, lowest, highest)
    return clamp(ceil_div(mark * (PPM - bound_ppm), PPM), lowest, highest)


def _check_opening(
    state: VenueState, order: Order, limit_ticks: int, lots: int, *, rests: bool
) -> None:
    """Check limits, tier and margin of an order that may open or enlarge a position."""
    instrument = state.instruments[order.instrument]
    position = live_orders.position_of(state, order)
    price = limit_ticks
    if order.market:
        price = _market_reference(instrument, order.side, limit_ticks)
    check_limits(state, order, price, lots)
    # What rests is margined whole, because the position it would close may be gone by then.
    closable = 0 if rests else position.reducible_lots(order.side)
    opening = max(0, lots - closable)
    if opening > 0:
        covered = balances.covers(state, position, needed(state, order, price, opening))
        require(covered, RejectReason.INSUFFICIENT_MARGIN)


def check_limits(state: VenueState, order: Order, price_ticks: int, lots: int) -> None:
    """Check the position limit and the margin tier of an order that may enlarge a position.

    Parameters
    ----------
    state
        The venue.
    order
        The order; what it counts for now is left out.
    price_ticks
        The price its exposure is valued at; 0 leaves the tier out.
    lots
        The quantity it is to have.
    """
    spec = state.instruments[order.instrument].spec
    position = live_orders.position_of(state, order)
    held = position.qty_lots * direction(order.side)
    counted = order.open_lots if order.place in (Place.RESTING, Place.PARKED) else 0
    adding = position.open_lots(order.side) - counted + lots
    # A position on the other side makes no room: a reduce-only order may close it first.
    within = max(0, held) + adding <= spec.position_lots_max
    require(within, RejectReason.POSITION_LIMIT)
    if price_ticks > 0:
        tier = margin.tier_of(spec, contracts.value(spec, price_ticks, max(0, held + adding)))
        require(position.leverage <= tier.leverage_max, RejectReason.LEVERAGE_ABOVE_TIER)


def needed(state: VenueState, order: Order, price_ticks: int, lots: int) -> int:
    """Return what an order's account must have available to open lots at a price."""
    instrument = state.instruments[order.instrument]
    return margin.need(
        instrument.spec,
        order.side,
        price_ticks,
        lots,
        leverage=live_orders.position_of(state, order).leverage,
        mark_ticks=instrument.mark_ticks,
        open_interest_atoms=balances.open_interest_atoms(state, order.instrument),
    )


def _market_reference(instrument: InstrumentState, side: Side, limit_ticks: int) -> int:
    """Return the price a market order is checked at: the touch, but not beyond its limit."""
    best = instrument.book.best(opposite(side))
    if best is None:
        return limit_ticks
    return min(best, limit_ticks) if side is Side.BUY else max(best, limit_ticks)


def check_band(state: VenueState, order: Order, limit_ticks: int) -> None:
    """Check that a limit is not too far beyond the mark, or the last price without a mark."""
    band = state.rulebook.price_band_ppm
    instrument = state.instruments[order.instrument]
    reference = instrument.mark_ticks or instrument.last_ticks
    if band == 0 or reference == 0:
        return
    if order.side is Side.BUY:
        within = limit_ticks <= reference * (PPM + band) // PPM
    else:
        within = limit_ticks >= ceil_div(reference * (PPM - band), PPM)
    require(within, RejectReason.PRICE_OUT_OF_BAND)


def passive_price(instrument: InstrumentState, order: Order, limit_ticks: int) -> int:
    """Return the price of an order that must not take: as given, slid to beside the touch, or none.

    Parameters
    ----------
    instrument
        The instrument.
    order
        The order; one that may take keeps its limit.
    limit_ticks
        Its limit.

    Returns
    -------
    int
        The limit it runs with.
    """
    book = instrument.book
    if not order.post_only or not book.would_trade(order.side, limit_ticks):
        return limit_ticks
    best = book.best(opposite(order.side))
    slides = order.flags & OrderFlag.SLIDE_POST_ONLY and not book.unpriced(opposite(order.side))
    require(bool(slides) and best is not None, RejectReason.WOULD_TAKE)
    slid = (best or 0) - direction(order.side)
    in_range = instrument.spec.price_ticks_min <= slid <= instrument.spec.price_ticks_max
    require(in_range, RejectReason.WOULD_TAKE)
    return slid
