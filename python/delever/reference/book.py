"""The store that names orders, and the book of one instrument that queues them.

The store owns order ids. An id is ``generation << 32 | slot``: a slot is taken from the top of a
last-in-first-out free list, or else the next new one; its generation starts at 1 and grows when
the slot is freed, so a stale id never finds a live order. Every accepted order has a slot until
it is done, whether it ever rests or not. A store of many slots whose last order is gone starts
over with none; the generations of new ones then begin above all there were.

The book owns price-time priority. An order rests at its price, at the tail of the queue;
shrinking it keeps its place. At one price displayed orders come before hidden ones. Market orders
that rest have no price and come before all prices; they are no best price and not in the depth.
"""

from __future__ import annotations

from collections.abc import Iterator

from .commands import Side, direction, opposite
from .orders import Order

SLOTS_KEPT = 1024


class OrderStore:
    """All orders that are not done, by id."""

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._generations: list[int] = []
        self._free_slots: list[int] = []
        self._first_generation = 1

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
            self._generations.append(self._first_generation)
        order.order_id = self._generations[slot] << 32 | slot
        self._orders[order.order_id] = order
        return order

    def free(self, order: Order) -> None:
        """Free the slot of an order that is done."""
        del self._orders[order.order_id]
        slot = order.order_id & 0xFFFFFFFF
        self._generations[slot] += 1
        self._free_slots.append(slot)

    def start_over(self) -> None:
        """Forget the slots once the last order is gone, where there were many; ids go on."""
        if not self._orders and len(self._generations) > SLOTS_KEPT:
            self._first_generation = max(self._first_generation, *self._generations)
            self._generations.clear()
            self._free_slots.clear()

    def find(self, order_id: int) -> Order | None:
        """Return the live order with this id, if there is one."""
        return self._orders.get(order_id)

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())


class OrderBook:
    """The resting orders of one instrument, in the order in which they came to rest."""

    def __init__(self) -> None:
        self._orders: dict[Side, list[Order]] = {Side.BUY: [], Side.SELL: []}

    def append(self, order: Order) -> None:
        """Put an order at the tail of the queue at its price."""
        self._orders[order.side].append(order)

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        self._orders[order.side].remove(order)

    def requeue(self, order: Order) -> None:
        """Put a resting order behind the others of its price."""
        self.remove(order)
        self.append(order)

    def unpriced(self, side: Side) -> list[Order]:
        """Return the market orders that rest on a side, by time."""
        return [order for order in self._orders[side] if order.unpriced]

    def orders(self, side: Side) -> list[Order]:
        """Return the priced orders of a side in the order in which they would trade."""
        sign = -1 if side is Side.BUY else 1
        priced = [order for order in self._orders[side] if not order.unpriced]
        # Sorting is stable: what is equal stays in the order of arrival.
        return sorted(priced, key=lambda order: (sign * order.price_ticks, order.hidden))

    def queue(self, side: Side) -> list[Order]:
        """Return all orders of a side in the order in which they would trade."""
        return self.unpriced(side) + self.orders(side)

    def level(self, side: Side, price_ticks: int) -> list[Order]:
        """Return the orders at a price in the order in which they would trade."""
        return [order for order in self.orders(side) if order.price_ticks == price_ticks]

    def front(self, side: Side) -> Order | None:
        """Return the priced order that trades next on a side, or None where there is none."""
        orders = self.orders(side)
        return orders[0] if orders else None

    def best(self, side: Side) -> int | None:
        """Return the highest bid or the lowest ask, or None where no price is on the side."""
        front = self.front(side)
        return None if front is None else front.price_ticks

    def best_displayed(self, side: Side, *, pegged: bool = True) -> int | None:
        """Return the best price that the depth shows.

        Parameters
        ----------
        side
            The side.
        pegged
            Whether pegged orders count.

        Returns
        -------
        int or None
            The price, or None where nothing is shown.
        """
        for order in self.orders(side):
            if order.shown_lots > 0 and (pegged or order.peg is None):
                return order.price_ticks
        return None

    def would_trade(self, side: Side, price_ticks: int) -> bool:
        """Whether an order at a price reaches an order of the other side.

        Parameters
        ----------
        side
            The order's side.
        price_ticks
            Its limit.

        Returns
        -------
        bool
            Always True where an order without a price rests on the other side.
        """
        other = opposite(side)
        if self.unpriced(other):
            return True
        best = self.best(other)
        return best is not None and (price_ticks - best) * direction(side) >= 0

    def depth(self, side: Side) -> list[tuple[int, int]]:
        """Return (price, shown lots) of every level of a side that shows any, best first."""
        levels: dict[int, int] = {}
        for order in self.orders(side):
            if order.shown_lots > 0:
                levels[order.price_ticks] = levels.get(order.price_ticks, 0) + order.shown_lots
        return list(levels.items())
