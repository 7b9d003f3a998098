"""Trading a level whose icebergs show their next part only when the taker is done.

This module owns that rule. A taker first plans with what the level shows, in priority; what it
still wants then comes out of the hidden rests of the icebergs, in proportion to them; each maker
gets one fill for all it is planned to do. This repeats for as long as something happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from . import live_orders, meeting, trading
from .commands import CancelReason, SelfTrade, opposite
from .orders import Order, Taker
from .state import VenueState


class Deed(Enum):
    """What a plan has for a maker."""

    FILL = 1
    DECREMENT = 2
    CANCEL_OWN = 3
    CANCEL_IDLE = 4


@dataclass
class Entry:
    """One maker in a plan."""

    maker: Order
    deed: Deed
    lots: int = 0


def has_hidden_rest(state: VenueState, taker: Taker, price_ticks: int) -> bool:
    """Whether an iceberg at a price hides a part of itself."""
    book = state.instruments[taker.order.instrument].book
    makers = book.level(opposite(taker.order.side), price_ticks)
    return any(maker.iceberg and maker.open_lots > maker.visible_lots for maker in makers)


def trade_level(state: VenueState, taker: Taker, price_ticks: int) -> CancelReason:
    """Trade with all orders of a price; return what stops the taker, or NONE.

    Parameters
    ----------
    state
        The venue.
    taker
        The taker.
    price_ticks
        A price it reaches. What it does not want there is skipped from now on.
    """
    book = state.instruments[taker.order.instrument].book
    side = opposite(taker.order.side)
    while taker.order.open_lots > 0:
        events, makers = state.stream.next_sequence, book.level(side, price_ticks)
        plan, stop = _plan(state, taker, makers)
        stopped = _execute(state, taker, plan)
        if stopped is not CancelReason.NONE or stop is not CancelReason.NONE:
            return stopped or stop
        if state.stream.next_sequence == events:
            taker.skipped += makers
            break
    return CancelReason.NONE


def _plan(state: VenueState, taker: Taker, makers: list[Order]) -> tuple[list[Entry], CancelReason]:
    """Plan one round: what is shown in priority, then the hidden rests in proportion."""
    plan: list[Entry] = []
    left = taker.order.open_lots
    for maker in makers:
        if left == 0:
            break
        if meeting.wants_more(maker, left):
            continue
        mode = meeting.self_trade_mode(state, taker, maker)
        if mode is SelfTrade.TAKER:
            return plan, CancelReason.SELF_TRADE
        if mode in (SelfTrade.MAKER, SelfTrade.BOTH):
            plan.append(Entry(maker, Deed.CANCEL_OWN))
            if mode is SelfTrade.BOTH:
                return plan, CancelReason.SELF_TRADE
        elif mode is SelfTrade.DECREMENT:
            plan.append(Entry(maker, Deed.DECREMENT, min(left, maker.open_lots)))
        elif (offered := trading.offered_lots(state, maker)) == 0:
            plan.append(Entry(maker, Deed.CANCEL_IDLE))
        else:
            plan.append(Entry(maker, Deed.FILL, min(left, maker.part_lots, offered)))
        left -= plan[-1].lots
    _share([entry for entry in plan if entry.deed is Deed.FILL and entry.maker.iceberg], left)
    return plan, CancelReason.NONE


def _share(icebergs: list[Entry], wanted: int) -> None:
    """Add to the plan what is wanted of the hidden rests, in proportion, the odd lots in turn."""
    rests = [entry.maker.open_lots - entry.maker.visible_lots for entry in icebergs]
    total = sum(rests)
    if wanted == 0 or total == 0:
        return
    shares = [rest if wanted >= total else wanted * rest // total for rest in rests]
    odd = min(wanted, total) - sum(shares)
    for entry, rest, share in zip(icebergs, rests, shares, strict=True):
        extra = min(odd, rest - share)
        entry.lots += share + extra
        odd -= extra


def _execute(state: VenueState, taker: Taker, plan: list[Entry]) -> CancelReason:
    """Do what was planned, in the order of the queue, with the makers that are still there."""
    for entry in plan:
        maker = entry.maker
        if not maker.resting:
            continue
        match entry.deed:
            case Deed.CANCEL_OWN:
                live_orders.cancel(state, maker, CancelReason.SELF_TRADE, taker.cause)
            case Deed.CANCEL_IDLE:
                live_orders.cancel(state, maker, CancelReason.REDUCE_ONLY, taker.cause)
            case Deed.DECREMENT:
                meeting.decrement(state, taker, maker, entry.lots)
            case Deed.FILL if entry.lots > 0:
                stop = meeting.fill(state, taker, maker, entry.lots)
                if stop is not CancelReason.NONE:
                    return stop
    return CancelReason.NONE
