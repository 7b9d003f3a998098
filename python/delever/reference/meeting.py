"""A taker meets a maker: whether they trade, and what keeps them from it.

This module owns the rules of one meeting: at which price an order without one trades, the minimum
quantity of a maker, self-trade prevention, and when an iceberg shows its next part. How a fill is
booked is in `trading`.
"""

from __future__ import annotations

from . import live_orders, trading
from .commands import CancelReason, OrderFlag, SelfTrade
from .events import EventKind
from .orders import Order, Taker, TakerKind
from .state import VenueState
from .vocabulary import SELF_TRADE_SHIFT


def maker_price(state: VenueState, order: Order, maker: Order, *, market: bool) -> int | None:
    """Return the price at which a taker trades with a maker, or None where there is none.

    Parameters
    ----------
    state
        The venue.
    order
        The taker's order, with its limit.
    maker
        A resting order; one without a price trades at a limit order's limit.
    market
        Whether the taker is a market order, which trades with an unpriced maker at the last price.
    """
    if not maker.unpriced:
        return maker.price_ticks
    if not market:
        return order.price_ticks
    last = state.instruments[order.instrument].last_ticks
    return last if last and order.crosses(last) else None


def wants_more(maker: Order, taker_lots: int) -> bool:
    """Whether a maker's minimum quantity forbids a trade with what the taker has left."""
    return taker_lots < min(maker.minimum_lots, maker.open_lots)


def self_trade_mode(state: VenueState, taker: Taker, maker: Order) -> SelfTrade:
    """Return what happens where a taker meets a maker; ALLOW where they are not related."""
    order = taker.order
    groups = [state.accounts[account].trade_group for account in (order.account, maker.account)]
    related = order.account == maker.account or (groups[0] > 0 and groups[0] == groups[1])
    if not related or taker.kind is not TakerKind.USER:
        return SelfTrade.ALLOW
    asked = SelfTrade((order.flags & OrderFlag.SELF_TRADE_BITS) >> SELF_TRADE_SHIFT)
    mode = asked or state.rulebook.self_trade
    # A dry run asks what can be had whole: an own order that takes lots away ends it.
    return SelfTrade.TAKER if taker.dry_run and mode is SelfTrade.DECREMENT else mode


def trade_with(state: VenueState, taker: Taker, maker: Order) -> CancelReason:
    """Trade with one maker, or do what keeps them from it.

    Parameters
    ----------
    state
        The venue.
    taker
        The taker.
    maker
        A resting order that it reaches.

    Returns
    -------
    CancelReason
        What stops the taker, or NONE.
    """
    mode = self_trade_mode(state, taker, maker)
    if mode is SelfTrade.ALLOW:
        return fill(state, taker, maker, maker.part_lots)
    if mode is SelfTrade.TAKER:
        return CancelReason.SELF_TRADE
    if mode is SelfTrade.DECREMENT:
        decrement(state, taker, maker, maker.part_lots)
        return CancelReason.NONE
    live_orders.cancel(state, maker, CancelReason.SELF_TRADE, taker.cause)
    return CancelReason.SELF_TRADE if mode is SelfTrade.BOTH else CancelReason.NONE


def decrement(state: VenueState, taker: Taker, maker: Order, lots: int) -> None:
    """Shrink a taker and an own order by at most so many lots, without a trade."""
    order = taker.order
    lots = min(lots, order.open_lots, maker.open_lots)
    sequence = state.emit(
        EventKind.SELF_TRADE_DECREMENTED,
        cause=taker.cause,
        instrument=order.instrument,
        account=order.account,
        order_id=order.order_id,
        side=order.side,
        price_ticks=maker.price_ticks,
        qty_lots=lots,
        other_account=maker.account,
        other_order=maker.order_id,
    )
    order.open_lots -= lots
    trading.use_maker(state, taker, maker, lots, sequence)


def fill(state: VenueState, taker: Taker, maker: Order, lots: int) -> CancelReason:
    """Trade with a maker that is no relation; return what stops the taker, or NONE."""
    price = maker_price(state, taker.order, maker, market=taker.market)
    reducible = trading.offered_lots(state, maker)
    if reducible == 0:
        live_orders.cancel(state, maker, CancelReason.REDUCE_ONLY, taker.cause)
        return CancelReason.NONE
    if price is None:
        raise AssertionError(f"order {maker.order_id} has no price to trade at")
    offered = min(lots, taker.order.open_lots, reducible)
    taken, stop = trading.taken_lots(
        state, taker.order, price, offered, user=taker.kind is TakerKind.USER
    )
    if taken > 0:
        trading.trade(state, taker, maker, price, taken)
    return stop


def refresh_icebergs(state: VenueState, taker: Taker) -> None:
    """Let the icebergs that wait for the taker's end show their next part, by their last fills."""
    book = state.instruments[taker.order.instrument].book
    for maker, cause in taker.refreshes.items():
        hidden = maker.open_lots - maker.visible_lots
        if maker.resting and hidden > 0 and maker.visible_lots < max(1, maker.display_min_lots):
            maker.visible_lots = min(maker.display_lots, maker.open_lots)
            book.requeue(maker)
            trading.emit_replenished(state, maker, cause)
