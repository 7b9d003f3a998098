"""Feasibility: whether an order would get what it must have at once.

This module owns the promise of fill-or-kill, of a minimum quantity and of a budget. It is kept by a
dry run: the order is sent through a copy of the venue, where its margin is not looked at, and what
it gets there is what it would get.
"""

from __future__ import annotations

import copy

from . import balances, live_orders, running
from .commands import Side, TimeInForce
from .events import EventStream
from .matching import match
from .orders import Order, Taker
from .state import VenueState


def is_feasible(state: VenueState, order: Order, limit_ticks: int, lots: int) -> bool:
    """Whether an order could be filled as far as it demands.

    Parameters
    ----------
    state
        The venue, which does not change.
    order
        The order, which does not rest.
    limit_ticks, lots
        What it would run with.
    """
    whole = order.time_in_force is TimeInForce.FOK
    target = lots if whole else min(order.minimum_lots, lots)
    position = live_orders.position_of(state, order)
    closable = position.reducible_lots(order.side)
    if order.reduce_only and target > closable:
        return False
    fills = dry_run(state, Taker(order, market=order.market), limit_ticks, lots)
    if sum(some for _, some in fills) < target:
        return False
    last_price = _price_at(fills, target)
    opening = max(0, target - closable)
    if order.market and not order.reduce_only and opening > 0:
        needed = running.needed(state, order, last_price, opening)
        if not balances.covers(state, position, needed):
            return False
    return order.budget == 0 or _within_budget(order, fills)


def dry_run(state: VenueState, taker: Taker, limit_ticks: int, lots: int) -> list[tuple[int, int]]:
    """Return (price, lots) of the fills that a taker would get with a limit and a quantity."""
    # Rules never change and need no copy; what is said in a dry run is forgotten.
    shared: list[object] = [state.rulebook, state.advisor, *(one.spec for one in state.instruments)]
    memo: dict[int, object] = {id(one): one for one in shared}
    memo[id(state.stream)] = EventStream()
    copied_state, copied = copy.deepcopy((state, taker), memo)
    copied.order.price_ticks, copied.order.open_lots = limit_ticks, lots
    copied.order.time_in_force = TimeInForce.FOK
    copied.dry_run = True
    match(copied_state, copied)
    return copied.fills


def _price_at(fills: list[tuple[int, int]], target: int) -> int:
    """Return the price of the fill with which a quantity is reached."""
    filled = 0
    for price, lots in fills:
        filled += lots
        if filled >= target:
            return price
    raise AssertionError("the fills do not reach the quantity")


def _within_budget(order: Order, fills: list[tuple[int, int]]) -> bool:
    """Whether a purchase costs no more than the budget, or a sale brings no less."""
    total = sum(price * lots for price, lots in fills)
    return total <= order.budget if order.side is Side.BUY else total >= order.budget
