"""Orders: the store that names them, and the book of one instrument that queues them.

The store owns order ids. An id is ``generation << 32 | slot``: a slot is taken from the top of a
last-in-first-out free list, or else the next new one; its generation starts at 1 and grows when
the slot is freed, so a stale id never finds a live order. Every accepted order has a slot until
it is done, whether it ever rests or not.

The book owns price-time priority. An order rests at its price, at the tail of the queue;
shrinking it keeps its place. Empty levels do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .commands import OrderFlag, Side


@dataclass(eq=False)
class Order:
    """An accepted order that is not done yet."""

    order_id: int
    account: int
    instrument: int
    side: Side
    price_ticks: int
    open_lots: int
    flags: int = 0
    client_id: int = 0
    resting: bool = False

    @property
    def reduce_only(self) -> bool:
        """Whether the order may only shrink its account's position."""
        return bool(self.flags & OrderFlag.REDUCE_ONLY)

    @property
    def post_only(self) -> bool:
        """Whether the order must not trade on arrival."""
        return bool(self.flags & OrderFlag.POST_ONLY)

    def crosses(self, price_ticks: int) -> bool:
        """Whether the order's limit accepts trading at a price of the other side."""
        if self.side is Side.BUY:
            return price_ticks <= self.price_ticks
        return price_ticks >= self.price_ticks


class OrderStore:
    """All orders that are not done, by id."""

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._generations: list[int] = []
        self._free_slots: list[int] = []

    def accept(self, order: Order) -> Order:
        """Give an order its slot and id.

        Parameters
        ----------
        order
            The order; its id is overwritten.

        Returns
        -------
        Order
            The same order.
        """
        if self._free_slots:
            slot = self._free_slots.pop()
        else:
            slot = len(self._generations)
            self._generations.append(1)
        order.order_id = self._generations[slot] << 32 | slot
        self._orders[order.order_id] = order
        return order

    def free(self, order: Order) -> None:
        """Free the slot of an order that is done."""
        del self._orders[order.order_id]
        slot = order.order_id & 0xFFFFFFFF
        self._generations[slot] += 1
        self._free_slots.append(slot)

    def find(self, order_id: int) -> Order | None:
        """Return the live order with this id, if there is one."""
        return self._orders.get(order_id)

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())


class OrderBook:
    """The resting orders of one instrument, by side and price, first come first served."""

    def __init__(self) -> None:
        self._levels: dict[Side, dict[int, list[Order]]] = {Side.BUY: {}, Side.SELL: {}}

    def append(self, order: Order) -> None:
        """Put an order at the tail of the queue at its price."""
        self._levels[order.side].setdefault(order.price_ticks, []).append(order)

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        levels = self._levels[order.side]
        levels[order.price_ticks].remove(order)
        if not levels[order.price_ticks]:
            del levels[order.price_ticks]

    def best(self, side: Side) -> int | None:
        """Return the highest bid or the lowest ask, or None where the side is empty."""
        levels = self._levels[side]
        if not levels:
            return None
        return max(levels) if side is Side.BUY else min(levels)

    def front(self, side: Side) -> Order | None:
        """Return the order that trades next on a side, or None where it is empty."""
        best = self.best(side)
        return None if best is None else self._levels[side][best][0]

    def orders(self, side: Side) -> list[Order]:
        """Return the orders of a side in the order in which they would trade."""
        levels = self._levels[side]
        prices = sorted(levels, reverse=side is Side.BUY)
        return [order for price in prices for order in levels[price]]

    def depth(self, side: Side) -> list[tuple[int, int]]:
        """Return (price, open lots) of every level of a side, best first."""
        levels = self._levels[side]
        prices = sorted(levels, reverse=side is Side.BUY)
        return [(price, sum(order.open_lots for order in levels[price])) for price in prices]
