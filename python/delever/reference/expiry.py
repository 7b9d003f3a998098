"""Expiry: orders that live until a time.

This module owns when an order ends by itself. An order expires at its time, not after it: the
first command at or after that time finds it gone, before it does anything else.
"""

from __future__ import annotations

from . import live_orders
from .commands import CancelReason
from .state import VenueState

DAY_NS = 86_400 * 1_000_000_000


def next_midnight(time_ns: int) -> int:
    """Return the first UTC midnight strictly after a time."""
    return (time_ns // DAY_NS + 1) * DAY_NS


def expire(state: VenueState) -> None:
    """Cancel all orders whose time has come, the earliest first, then the oldest."""
    due = [order for order in state.orders if 0 < order.expire_ns <= state.time_ns]
    for order in sorted(due, key=lambda order: (order.expire_ns, order.age)):
        live_orders.cancel(state, order, CancelReason.EXPIRED)
