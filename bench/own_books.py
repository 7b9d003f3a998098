"""Our side of the book benches: a plain flow as batches of commands for a matching engine, and what
it does to a book as batches of changes for the books that follow a feed.

Orders are named by client id, as a client would who sends and does not wait, or by the ids that a
first run of the same flow gave them, as one would who has read the acceptances.
"""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from order_flows import ADD, BUY, PRICE_TICKS_MAX, SELL, Answer, book_changes
from peer_books import ALL, Peer, write_itch

import delever as dl
from delever import CommandKind, EventKind
from delever.recorded import EVENT_DTYPE, FeedKind, RecordedBook, itch

ORDERS, FILLS = 2, 3
CHUNK = 8_192


def new_engine() -> Any:
    """Return the core of an engine with one instrument, all events kept."""
    fees = dict.fromkeys(("maker_fee", "taker_fee", "liquidation_fee"), 0)
    contract = dl.Instrument.linear(
        "X", tick="1", lot="0.00000001", price_max=PRICE_TICKS_MAX, order_max="0.01",
        position_max="10", market_bound="0.9", tiers=[("0", "0.0001", "0", 1)],
        leverage_default=1, **fees,
    )  # fmt: skip
    return dl.MatchingEngine([contract]).core


def by_client_id(flow: NDArray[np.void]) -> NDArray[np.void]:
    """Return the flow as commands in which orders are named by client id."""
    batch = np.zeros(len(flow), dl.COMMAND_DTYPE)
    placed = flow["action"] == ADD
    batch["kind"] = np.where(placed, CommandKind.PLACE_ORDER, CommandKind.CANCEL_ORDER)
    batch["client_id"] = flow["number"]
    batch["side"] = flow["side"]
    batch["order_type"] = np.where(placed, 2, 0)
    batch["time_in_force"] = np.where(placed, 1 + flow["immediate"], 0)
    batch["price_ticks"], batch["qty_lots"] = flow["price_ticks"], flow["lots"]
    return batch


def by_order_id(flow: NDArray[np.void]) -> NDArray[np.void]:
    """Return the flow as commands in which cancels name the ids that the orders were given."""
    engine = new_engine()
    named = by_client_id(flow)
    ids = np.zeros(len(flow) + 1, np.uint64)
    for batch in in_chunks(named):
        engine.apply(batch)
        orders = engine.events(ORDERS)
        accepted = orders["kind"] == EventKind.ORDER_ACCEPTED
        ids[orders["client_id"][accepted]] = orders["order_id"][accepted].view(np.uint64)
        engine.clear_events()
    cancels = named["kind"] == CommandKind.CANCEL_ORDER
    named["order_id"][cancels] = ids[named["client_id"][cancels]]
    named["client_id"] = 0
    return named


def in_chunks(batch: NDArray[np.void]) -> list[NDArray[np.void]]:
    """Cut a batch into chunks whose events stay in the cache."""
    return [batch[start : start + CHUNK] for start in range(0, len(batch), CHUNK)]


class OwnBook(Peer):
    """Ours, from numpy batches, with every event written, and the fills read."""

    pip_name, commands_max, checked = "delever", 10**9, ALL

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Make the engine and the batches."""
        self.batches = in_chunks(by_client_id(flow))
        self.engine, self.result = new_engine(), Answer()

    def run(self) -> None:
        """Apply the batches, and read the fills of each."""
        for batch in self.batches:
            self.engine.apply(batch)
            lots = self.engine.events(FILLS)["qty_lots"]
            self.result.trades += len(lots)
            self.result.lots += int(lots.sum())
            self.engine.clear_events()

    def answer(self) -> Answer:
        """Return trades, lots and best prices."""
        best = self.engine.best(0, BUY), self.engine.best(0, SELL)
        return dataclasses.replace(self.result, best_bid=best[0], best_ask=best[1])


class OwnLevels(Peer):
    """Our book of totals, from numpy batches of changed levels."""

    pip_name, commands_max, takes = "delever", 10**9, "levels"

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Make the book and the batches."""
        changes = book_changes(flow)
        events = np.zeros(len(changes), EVENT_DTYPE)
        events["kind"], events["side"] = FeedKind.LEVEL, changes["side"]
        events["price_ticks"], events["qty_lots"] = changes["price_ticks"], changes["level_lots"]
        self.batches, self.book, self.count = in_chunks(events), RecordedBook(), len(events)

    def run(self) -> None:
        """Apply the batches."""
        for batch in self.batches:
            self.book.apply(batch)

    def answer(self) -> Answer:
        """Return the best prices."""
        bid, ask = self.book.best(BUY), self.book.best(SELL)
        return Answer(best_bid=bid[0] if bid else -1, best_ask=ask[0] if ask else -1)


class OwnItch(Peer):
    """Our ITCH books, every order in its queue, with each change of the best bid and ask."""

    pip_name, commands_max, takes = "delever", 10**9, "itch"

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Write the file."""
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "flow.itch"
        self.count = write_itch(flow, self.path)

    def run(self) -> None:
        """Read the file, and keep the last change."""
        for tops in itch.tops(self.path):
            if len(tops):
                self.last = tops[-1]

    def answer(self) -> Answer:
        """Return the best prices."""
        bid, ask = (int(self.last[name]) for name in ("bid_price", "ask_price"))
        return Answer(best_bid=bid or -1, best_ask=ask or -1)
