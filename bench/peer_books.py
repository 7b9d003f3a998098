"""The order books that Python can install beside ours, each behind the same small face.

A peer is a class with the name on PyPI, what of a flow it takes, and at most how many commands of
it. `prepare` turns the flow into whatever the peer eats, untimed; `run` is timed; `answer` is
compared with the flow's. A peer that matches takes the `commands`. One that follows a feed and does
not match takes the changes that the commands cause, and is compared with ours that does as much:
the new totals of `levels`, or the changes of orders as a file of `itch` messages.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import struct
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from order_flows import ADD, BUY, CANCELLED, PRICE_TICKS_MAX, RESTED, SELL, Answer, book_changes

Checks = tuple[str, ...]
BEST: Checks = ("best_bid", "best_ask")
ALL: Checks = ("trades", "lots", *BEST)


class Peer:
    """What `compare.py` asks of a peer."""

    pip_name: ClassVar[str]
    commands_max: ClassVar[int]
    takes: ClassVar[str] = "commands"
    checked: ClassVar[Checks] = BEST

    count = 0
    """How many changes are applied; 0: as many as commands."""

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Build the book and convert the flow, untimed."""
        raise NotImplementedError

    def run(self) -> None:
        """Run the flow once: the timed part."""
        raise NotImplementedError

    def answer(self) -> Answer:
        """Return what the peer came to, as far as it can be asked."""
        raise NotImplementedError


class LimitOrderBook(Peer):
    """Kautenja's book through its own ctypes face; immediate orders are cancelled after."""

    pip_name, commands_max = "limit-order-book", 100_000

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Build the book."""
        from limit_order_book import LimitOrderBook as Book  # noqa: PLC0415

        self.book, self.flow = Book(), flow.tolist()

    def run(self) -> None:
        """Run the flow once."""
        book = self.book
        for action, side, immediate, _, lots, number, price, _ in self.flow:
            if action == ADD:
                book.limit(side == BUY, number, lots, price)
                if immediate and book.has(number):
                    book.cancel(number)
            else:
                book.cancel(number)

    def answer(self) -> Answer:
        """Return the best prices."""
        return Answer(best_bid=self.book.best_buy(), best_ask=self.book.best_sell())


class Liquibook(Peer):
    """The SWIG wrapper of liquibook; its orders learn of their fills from a Python listener."""

    pip_name, commands_max, checked = "liquibook", 10_000, ALL

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Build the book and the orders."""
        import liquibook  # noqa: PLC0415

        answer = Answer()

        class Listener(liquibook.OrderListener):  # type: ignore[misc]
            def on_fill(self, passive: Any, aggressive: Any, lots: int, cost: int) -> None:
                passive.fill(lots, cost, 0)
                aggressive.fill(lots, cost, 0)
                answer.trades += 1
                answer.lots += lots

            def ignore(self, *_: Any) -> None:
                pass

            on_accept = on_reject = on_cancel = on_cancel_reject = ignore
            on_replace = on_replace_reject = on_trigger_stop = ignore

        self.book, self.listener, self.result = liquibook.DepthOrderBook(), Listener(), answer
        self.book.set_order_listener(self.listener)
        conditions = (liquibook.oc_no_conditions, liquibook.oc_immediate_or_cancel)
        self.orders = {
            row[5]: liquibook.SimpleOrder(row[1] == BUY, row[6], row[4])
            for row in flow.tolist()
            if row[0] == ADD
        }
        self.flow = [(row[0], self.orders[row[5]], conditions[row[2]]) for row in flow.tolist()]

    def run(self) -> None:
        """Run the flow once."""
        book = self.book
        for action, order, conditions in self.flow:
            if action == ADD:
                book.add(order, conditions)
            else:
                book.cancel(order)

    def answer(self) -> Answer:
        """Return trades, lots and best prices."""
        depth = self.book.depth()
        best = (depth.get_bid_levels()[0].price(), depth.get_ask_levels()[0].price())
        return dataclasses.replace(self.result, best_bid=best[0], best_ask=best[1])


class LightMatchingEngine(Peer):
    """A matching engine in plain Python."""

    pip_name, commands_max, checked = "lightmatchingengine", 20_000, ALL

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Build the engine; its order ids are ours because it counts from 1 too."""
        from lightmatchingengine import lightmatchingengine as light  # noqa: PLC0415

        self.engine, self.flow, self.result = light.LightMatchingEngine(), flow.tolist(), Answer()

    def run(self) -> None:
        """Run the flow once."""
        engine, answer = self.engine, self.result
        for action, side, immediate, _, lots, number, price, _ in self.flow:
            if action != ADD:
                engine.cancel_order(number, "X")
                continue
            order, trades = engine.add_order("X", price, lots, side)
            if trades:  # the taker's own rows sum up a level each; the makers' rows are the trades
                hit = [trade.trade_qty for trade in trades if trade.order_id != number]
                answer.trades += len(hit)
                answer.lots += sum(hit)
            if immediate and order.leaves_qty:
                engine.cancel_order(number, "X")

    def answer(self) -> Answer:
        """Return trades, lots and best prices."""
        book = self.engine.order_books["X"]
        best = max(book.bids, default=-1), min(book.asks, default=-1)
        return dataclasses.replace(self.result, best_bid=best[0], best_ask=best[1])


class OrderMatching(Peer):
    """A matching engine in plain Python with data classes, asked to match after each order."""

    pip_name, commands_max, checked = "order-matching", 1_000, ("lots", *BEST)

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Build the engine and the orders; its debug log is off."""
        from loguru import logger  # noqa: PLC0415
        from order_matching.enums import Side  # noqa: PLC0415
        from order_matching.matching_engine import MatchingEngine  # noqa: PLC0415
        from order_matching.order import LimitOrder  # noqa: PLC0415
        from order_matching.orders import Orders  # noqa: PLC0415

        logger.remove()
        logging.disable()
        self.engine, self.lots, self.wrap = MatchingEngine(seed=1), 0.0, Orders
        when = dt.datetime(2026, 1, 1)  # noqa: DTZ001  (the library's own examples are naive)
        self.times = [when + dt.timedelta(milliseconds=row) for row in range(len(flow))]
        self.flow = []
        for at, (action, side, immediate, _, lots, number, price, _) in zip(
            self.times, flow.tolist(), strict=True
        ):
            text = str(number)
            order = None
            if action == ADD:
                way = Side.BUY if side == BUY else Side.SELL
                order = LimitOrder(
                    side=way, price=price, size=lots, timestamp=at, order_id=text, trader_id="x"
                )
            self.flow.append((order, text, immediate, at))

    def run(self) -> None:
        """Run the flow once."""
        engine = self.engine
        for order, text, immediate, at in self.flow:
            if order is None:
                engine.cancel_order(text)
                continue
            engine.place(orders=self.wrap([order]))
            self.lots += sum(trade.size for trade in engine.match(timestamp=at).trades)
            if immediate and engine.unprocessed_orders.find_order_by_id(text) is not None:
                engine.cancel_order(text)

    def answer(self) -> Answer:
        """Return lots and best prices."""
        book = self.engine.unprocessed_orders
        best = max(book.bids, default=-1), min(book.offers, default=-1)
        return Answer(lots=int(self.lots), best_bid=int(best[0]), best_ask=int(best[1]))


class OrderBook(Peer):
    """bmoscon's sorted maps of levels, which follow a feed."""

    pip_name, commands_max, takes = "order-book", 200_000, "levels"

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Build the book and the changes of its levels."""
        from order_book import OrderBook as Book  # noqa: PLC0415

        self.book = Book()
        names = ("side", "price_ticks", "level_lots")
        self.changes = book_changes(flow)[list(names)].tolist()
        self.count = len(self.changes)

    def run(self) -> None:
        """Set and delete levels."""
        sides = (None, self.book.bids, self.book.asks)
        for side, price, lots in self.changes:
            if lots:
                sides[side][price] = lots
            else:
                del sides[side][price]

    def answer(self) -> Answer:
        """Return the best prices."""
        return Answer(
            best_bid=self.book.bids.index(0)[0] if len(self.book.bids) else -1,
            best_ask=self.book.asks.index(0)[0] if len(self.book.asks) else -1,
        )


def write_itch(flow: NDArray[np.void], path: Path) -> int:
    """Write what a flow does to a book as ITCH 5.0 messages of one stock; return how many changes.

    A tick is a tenth of a tenth of a cent. Messages: add, delete and execute.
    """
    head = struct.Struct(">cHHHI")
    tail = struct.pack(">8sccIcc2scccccIc", b"X       ", b"Q", b"N", 100, b"N", b"C", b"Z ",
                       b"P", b"N", b"N", b"1", b"N", 0, b"N")  # fmt: skip
    bodies = [head.pack(b"R", 1, 0, 0, 0) + tail]
    for at, row in enumerate(book_changes(flow).tolist()):
        kind, number, lots, side, price, _ = row
        stamp = (1, 0, *divmod(at, 2**32))
        if kind == RESTED:
            fields = (number, b" BS"[side : side + 1], lots, b"X       ", price)
            body = head.pack(b"A", *stamp) + struct.pack(">QcI8sI", *fields)
        elif kind == CANCELLED:
            body = head.pack(b"D", *stamp) + struct.pack(">Q", number)
        else:
            body = head.pack(b"E", *stamp) + struct.pack(">QIQ", number, lots, at)
        bodies.append(body)
    path.write_bytes(b"".join(struct.pack(">H", len(body)) + body for body in bodies))
    return len(bodies) - 1


class ItchBook(Peer):
    """The ITCH reader, with its table of best prices."""

    pip_name, commands_max, takes = "itch-book", 1_000_000, "itch"

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Write the file."""
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "flow.itch"
        self.count = write_itch(flow, self.path)

    def run(self) -> None:
        """Rebuild the book, with its table of best prices."""
        import itch_book  # noqa: PLC0415

        feed = itch_book.Feed(str(self.path), date=dt.date(2026, 1, 2), price_type="fixed")
        for batch in feed.batches(tables=("bbo",)):
            self.last = batch.bbo

    def answer(self) -> Answer:
        """Return the best prices."""
        return Answer(best_bid=int(self.last["bid_px"][-1]), best_ask=int(self.last["ask_px"][-1]))


class HftBacktest(Peer):
    """hftbacktest's vector of levels, fed with the changes inside its compiled loop."""

    pip_name, commands_max, takes = "hftbacktest", 1_000_000, "levels"

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Convert the changes into its events and compile the loop."""
        import hftbacktest as hft  # noqa: PLC0415
        from hftbacktest.types import event_dtype  # noqa: PLC0415
        from numba import njit  # noqa: PLC0415

        @njit  # type: ignore[untyped-decorator]
        def replay(backtest: Any) -> tuple[int, int]:
            while backtest.wait_next_feed(False, 10**15) == 2:
                pass
            depth = backtest.depth(0)
            return depth.best_bid_tick, depth.best_ask_tick

        changes = book_changes(flow)
        self.count = len(changes)
        events = np.zeros(len(changes), event_dtype)
        way = np.where(changes["side"] == SELL, hft.SELL_EVENT, hft.BUY_EVENT)
        events["ev"] = hft.DEPTH_EVENT | hft.EXCH_EVENT | hft.LOCAL_EVENT | way
        events["exch_ts"] = events["local_ts"] = 1 + np.arange(len(changes))
        events["px"], events["qty"] = changes["price_ticks"], changes["level_lots"]
        self.build = lambda rows: hft.ROIVectorMarketDepthBacktest([self._asset(hft, rows)])
        self.replay, self.best = replay, (0, 0)
        replay(self.build(events[:10]))
        self.events, self.backtest = events, self.build(events)  # it does not keep its data alive

    @staticmethod
    def _asset(hft: Any, events: NDArray[np.void]) -> Any:
        asset = hft.BacktestAsset().data(events).linear_asset(1.0).tick_size(1.0).lot_size(1.0)
        asset = asset.constant_order_latency(0, 0).no_partial_fill_exchange()
        asset = asset.risk_adverse_queue_model().trading_value_fee_model(0.0, 0.0)
        return asset.roi_lb(0.0).roi_ub(float(PRICE_TICKS_MAX))

    def run(self) -> None:
        """Replay the feed."""
        self.best = self.replay(self.backtest)

    def answer(self) -> Answer:
        """Return the best prices."""
        return Answer(best_bid=self.best[0], best_ask=self.best[1])


PEERS = (
    LimitOrderBook,
    Liquibook,
    LightMatchingEngine,
    OrderMatching,
    OrderBook,
    ItchBook,
    HftBacktest,
)
