"""Order flows for one instrument, as plain columns: `flow10m`, `sparse` and `emptying`.

Integers from a seeded generator and a book of dicts and deques, so that the same name and length
give the same flow wherever it is made, and no engine that is measured has a say in it. Orders are
numbered from 1 as they are placed; a cancel names the number of an order that rests. What an
engine must answer (trades, lots traded, best prices, resting orders) is part of the flow.

60 % of the commands are limit orders that do not cross: half of them 8 steps (geometric) behind
the opposite best price, half anywhere within `far_steps`. 30 % cancel any resting order with equal
chance. 10 % cross, half of them immediate-or-cancel, with sizes that follow the depth they meet,
so that the number of resting orders settles near `live_orders`.

`python bench/order_flows.py NAME COUNT FILE` writes 32-byte records (see `PLAIN_DTYPE`).
"""

from __future__ import annotations

import dataclasses
import heapq
import sys
from collections import deque

import numpy as np
from numpy.typing import NDArray

BUY, SELL = 1, 2
ADD, CANCEL = 0, 1
RESTED, CANCELLED, TRADED = 0, 1, 2
PRICE_TICKS_MAX = 2**18 - 1
MIDDLE_TICKS = 2**17
LOTS_MAX = 100
PLAIN_DTYPE = np.dtype(
    [
        ("action", "u1"),
        ("side", "u1"),
        ("immediate", "u1"),
        ("crossing", "u1"),
        ("lots", "u4"),
        ("number", "u8"),
        ("price_ticks", "i8"),
        ("reserved", "i8"),
    ]
)


@dataclasses.dataclass(frozen=True)
class FlowShape:
    """What distinguishes one flow from another."""

    live_orders: int
    far_steps: int
    step_ticks: int = 1
    alone_on_level: bool = False
    emptied: bool = False
    seed: int = 10


SHAPES = {
    "flow10m": FlowShape(live_orders=20_000, far_steps=1_100),
    "sparse": FlowShape(live_orders=1_500, far_steps=1_000, step_ticks=64, alone_on_level=True),
    "emptying": FlowShape(live_orders=20_000, far_steps=1_100, emptied=True),
}


@dataclasses.dataclass
class Answer:
    """What a price-time priority book answers to a flow; a best price is -1 where there is none."""

    trades: int = 0
    lots: int = 0
    best_bid: int = -1
    best_ask: int = -1
    resting: int = 0
    levels: int = 0
    resting_max: int = 0


class _PlainBook:
    """Price levels as deques of order numbers; cancelled ones stay in them at 0 lots."""

    def __init__(self) -> None:
        self.open_lots = [0]
        self.sides = [0]
        self.prices = [0]
        self.queues: tuple[dict[int, deque[int]], ...] = ({}, {}, {})
        self.counts: tuple[dict[int, int], ...] = ({}, {}, {})
        self.heaps: tuple[list[int], ...] = ([], [], [])
        self.live: list[int] = []
        self.places = [0]
        self.live_on = [0, 0, 0]
        self.answer = Answer()
        self.changes: list[tuple[int, int, int]] = []  # (kind, number, lots), if anyone listens
        self.listened = False

    def best(self, side: int) -> int:
        """Return the best price of the side; -1 where it is empty."""
        heap, counts = self.heaps[side], self.counts[side]
        while heap:
            price = heap[0] if side == SELL else -heap[0]
            if counts[price]:
                return price
            heapq.heappop(heap)
            del counts[price], self.queues[side][price]
        return -1

    def place(self, side: int, price: int, lots: int, *, immediate: bool) -> None:
        """Match a limit order and rest what is left of it."""
        number = len(self.open_lots)
        other = BUY + SELL - side
        while lots:
            best = self.best(other)
            if best < 0 or (best > price if side == BUY else best < price):
                break
            lots = self._trade(self.queues[other][best], lots)
        resting = 0 if immediate else lots
        self.open_lots.append(resting)
        self.sides.append(side)
        self.prices.append(price)
        self.places.append(len(self.live))
        if resting:
            self._rest(side, price, number)

    def _trade(self, queue: deque[int], lots: int) -> int:
        maker = queue[0]
        open_lots = self.open_lots[maker]
        if open_lots == 0:
            queue.popleft()
            return lots
        traded = min(lots, open_lots)
        self.answer.trades += 1
        self.answer.lots += traded
        self.open_lots[maker] = open_lots - traded
        if self.listened:
            self.changes.append((TRADED, maker, traded))
        if traded == open_lots:
            queue.popleft()
            self.forget(maker)
        return lots - traded

    def _rest(self, side: int, price: int, number: int) -> None:
        counts = self.counts[side]
        if price not in counts:
            counts[price] = 0
            self.queues[side][price] = deque()
            heapq.heappush(self.heaps[side], price if side == SELL else -price)
        counts[price] += 1
        self.queues[side][price].append(number)
        if self.listened:
            self.changes.append((RESTED, number, self.open_lots[number]))
        self.live.append(number)
        self.live_on[side] += 1
        self.answer.resting_max = max(self.answer.resting_max, len(self.live))

    def forget(self, number: int) -> None:
        """Take an order out of the counts; its place in the queue is skipped later."""
        self.open_lots[number] = 0
        side = self.sides[number]
        self.counts[side][self.prices[number]] -= 1
        self.live_on[side] -= 1
        last = self.live.pop()
        place = self.places[number]
        if last != number:
            self.live[place] = last
            self.places[last] = place

    def settle(self) -> Answer:
        """Return the answer with the final state in it."""
        answer = self.answer
        answer.best_bid, answer.best_ask = self.best(BUY), self.best(SELL)
        answer.resting = len(self.live)
        answer.levels = sum(map(bool, self.counts[BUY].values()))
        answer.levels += sum(map(bool, self.counts[SELL].values()))
        return answer


class _Writer:
    """Draws commands, applies them to the plain book and writes them down."""

    def __init__(self, shape: FlowShape, count: int) -> None:
        self.shape = shape
        self.records = np.zeros(count, PLAIN_DTYPE)
        self.rows: list[tuple[int, ...]] = []
        self.book = _PlainBook()
        self.draws = np.random.Generator(np.random.PCG64(shape.seed))

    def run(self) -> tuple[NDArray[np.void], Answer]:
        """Write all commands; the tail that empties the book, where there is one, included."""
        count = len(self.records)
        mixed = count * 3 // 4 if self.shape.emptied else count
        for start in range(0, mixed, 100_000):
            self._block(start, min(100_000, mixed - start))
        if self.shape.emptied:
            self.records = self.records[: mixed + self._empty(mixed)]
        return self.records, self.book.settle()

    def _block(self, start: int, count: int) -> None:
        draws = self.draws
        columns = (
            draws.integers(0, 10, count),
            draws.integers(BUY, SELL + 1, count),
            draws.integers(1, LOTS_MAX + 1, count),
            np.where(
                draws.integers(0, 2, count) == 0,
                draws.geometric(1 / 8, count),
                draws.integers(1, self.shape.far_steps + 1, count),
            ),
            draws.integers(0, 2**30, count),
        )
        for roll, side, lots, steps, any_one in zip(*(c.tolist() for c in columns), strict=True):
            if roll >= 9:
                self._cross(side, lots, any_one)
            elif roll >= 6 and self.book.live:
                self._cancel(any_one)
            else:
                self._rest(side, lots, steps)
        self._flush(start)

    def _flush(self, start: int) -> None:
        self.records[start : start + len(self.rows)] = self.rows
        self.rows.clear()

    def _write_place(self, side: int, price: int, lots: int, kind: tuple[int, int]) -> None:
        immediate, crossing = kind
        number = len(self.book.open_lots)
        self.rows.append((ADD, side, immediate, crossing, lots, number, price, 0))
        self.book.place(side, price, lots, immediate=bool(immediate))

    def _rest(self, side: int, lots: int, steps: int) -> None:
        step = self.shape.step_ticks
        way = 1 if side == SELL else -1
        opposite = self.book.best(BUY + SELL - side)
        if opposite < 0:
            opposite = MIDDLE_TICKS
        price = opposite + way * steps * step
        taken = self.book.counts[side]
        while self.shape.alone_on_level and taken.get(price):
            price += way * step
        self._write_place(side, price, lots, (0, 0))

    def _cancel(self, any_one: int) -> None:
        number = self.book.live[any_one % len(self.book.live)]
        self.rows.append((CANCEL, 0, 0, 0, 0, number, 0, 0))
        self.book.forget(number)

    def _cross(self, side: int, lots: int, any_one: int) -> None:
        far_ticks = self.shape.far_steps * self.shape.step_ticks // 2
        best = self.book.best(BUY + SELL - side)
        if abs(best - MIDDLE_TICKS) > far_ticks:  # a price that strayed is pushed back
            side = BUY if best < MIDDLE_TICKS else SELL
        other = BUY + SELL - side
        best = self.book.best(other)
        if best < 0:
            return self._rest(side, lots, 8)
        depth = self.book.live_on[other] * 2 / self.shape.live_orders
        wanted = 1 + int(3 * lots * depth)
        through = 64 * self.shape.step_ticks * (1 if side == BUY else -1)
        return self._write_place(side, best + through, wanted, (any_one & 1, 1))

    def _empty(self, start: int) -> int:
        """Cancel half of what rests, then sweep the rest; return the commands it took."""
        for any_one in self.draws.integers(0, 2**30, len(self.book.live) // 2).tolist():
            self._cancel(any_one)
        for side, price in ((BUY, PRICE_TICKS_MAX), (SELL, 1)):
            while self.book.live_on[BUY + SELL - side]:
                self._write_place(side, price, 20 * LOTS_MAX, (1, 1))
        written = len(self.rows)
        self._flush(start)
        return written


def make_flow(name: str, count: int) -> tuple[NDArray[np.void], Answer]:
    """Return `count` commands (a little fewer for `emptying`) of a flow, and its answer."""
    records, answer = _Writer(SHAPES[name], count).run()
    prices = records["price_ticks"][records["action"] == ADD]
    assert prices.min() >= 1
    assert prices.max() <= PRICE_TICKS_MAX
    return records, answer


CHANGE_DTYPE = np.dtype(
    [
        ("kind", "i8"),
        ("number", "i8"),
        ("lots", "i8"),
        ("side", "i8"),
        ("price_ticks", "i8"),
        ("level_lots", "i8"),
    ]
)


def book_changes(flow: NDArray[np.void]) -> NDArray[np.void]:
    """Return what a flow does to a book: orders rested, cancelled and traded, with level totals.

    This is what a market-data feed would say of it, for books that follow a feed and do not match.
    """
    book = _PlainBook()
    book.listened = True
    for action, side, immediate, _, lots, number, price, _ in flow.tolist():
        if action == ADD:
            book.place(side, price, lots, immediate=bool(immediate))
        else:
            book.changes.append((CANCELLED, number, book.open_lots[number]))
            book.forget(number)
    levels: dict[tuple[int, int], int] = {}
    rows = []
    for kind, number, lots in book.changes:
        key = (book.sides[number], book.prices[number])
        levels[key] = levels.get(key, 0) + (lots if kind == RESTED else -lots)
        rows.append((kind, number, lots, *key, levels[key]))
    return np.array(rows, CHANGE_DTYPE)


if __name__ == "__main__":
    flow, answer = make_flow(sys.argv[1], int(sys.argv[2]))
    flow.tofile(sys.argv[3])
    print(len(flow), answer)
