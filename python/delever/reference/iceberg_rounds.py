"""Trading a level whose icebergs show their next part only when the taker is done.

This module owns that rule. A taker first plans with what the level shows, in priority; what it
still wants then comes out of the hidden rests of the icebergs, in proportion to them; each maker
gets one fill for all it is planned to do. This repeats for as long as something happens.
"""

from __future__ import annotations

from . import live_orders, meeting, trading
from .commands import CancelReason, SelfTrade, opposite
from .orders import Order, Taker
from .state import VenueState


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


def _plan(
    state: VenueState, taker: Taker, makers: list[Order]
) -> tuple[dict[Order, int], CancelReason]:
    """Plan one round: what is shown in priority, then the hidden rests in proportion."""
    plan: dict[Order, int] = {}
    for maker in makers:
        left = taker.order.open_lots - sum(plan.values())
        if left == 0:
            return plan, CancelReason.NONE
        if not maker.resting or meeting.wants_more(maker, left):
            continue
        mode = meeting.self_trade_mode(state, taker, maker)
        if mode is not SelfTrade.ALLOW:
            stop = _keep_apart(state, taker, maker, mode, left)
            if stop is not CancelReason.NONE:
                return plan, stop
            continue
        offered = trading.offered_lots(state, maker)
        if offered == 0:
            live_orders.cancel(state, maker, CancelReason.REDUCE_ONLY, taker.cause)
            continue
        plan[maker] = min(left, maker.part_lots, offered)
    _share(plan, taker.order.open_lots - sum(plan.values()))
    return plan, CancelReason.NONE


def _keep_apart(
    state: VenueState, taker: Taker, maker: Order, mode: SelfTrade, left: int
) -> CancelReason:
    """Keep the taker from an own order; a decrement leaves it what is planned already."""
    planned = taker.order.open_lots - left
    taker.order.open_lots = left
    stop = meeting.keep_apart(state, taker, maker, mode)
    taker.order.open_lots += planned
    return stop


def _share(plan: dict[Order, int], wanted: int) -> None:
    """Add to the plan what is wanted of the hidden rests, in proportion, the odd lots in turn."""
    rests = {order: order.open_lots - order.visible_lots for order in plan if order.iceberg}
    total = sum(rests.values())
    if wanted <= 0 or total == 0:
        return
    shares = {
        order: rest if wanted >= total else wanted * rest // total for order, rest in rests.items()
    }
    odd = min(wanted, total) - sum(shares.values())
    for order, rest in rests.items():
        extra = min(odd, rest - shares[order])
        plan[order] += shares[order] + extra
        odd -= extra


def _execute(state: VenueState, taker: Taker, plan: dict[Order, int]) -> CancelReason:
    """Do what was planned, one fill for each maker that is still there."""
    for maker, lots in plan.items():
        if maker.resting and lots > 0:
            stop = meeting.fill(state, taker, maker, lots)
            if stop is not CancelReason.NONE:
                return stop
    return CancelReason.NONE
