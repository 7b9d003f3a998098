"""Our side of the book benches: a plain flow as a batch of commands, and what runs it.

`MatchingEngine` is the book without accounts; where the installed version does not have it yet, a
whole `Venue` with two rich accounts (buys from one, sells from the other) stands in, which also
checks margins and books every fill: `engine_name()` says which one a figure is of.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray
from order_flows import ADD, BUY, MIDDLE_TICKS, PRICE_TICKS_MAX, SELL, Answer
from peer_books import ALL, Peer

import delever as dl
from delever import CommandKind

FILLS, ALL_FAMILIES = 3, 127
CHUNK = 100_000
RICH_ATOMS = 10**17


def engine_name() -> str:
    """Return what `new_book` makes."""
    return "delever.MatchingEngine" if hasattr(dl, "MatchingEngine") else "delever.Venue"


def venue_book() -> Any:
    """Return the core of a venue where money is no object."""
    tier = ("0", "0.0001", "0", 1_000)
    fees = dict.fromkeys(("maker_fee", "taker_fee", "liquidation_fee"), 0)
    contract = dl.Instrument.linear(
        "X", tick="1", lot="0.00000001", price_max=PRICE_TICKS_MAX, order_max="0.01",
        position_max="10", market_bound="0.9", tiers=[tier], leverage_default=1_000, **fees,
    )  # fmt: skip
    core = dl.Venue([contract], retention="none").core
    setup = np.zeros(3, dl.COMMAND_DTYPE)
    setup["kind"] = [CommandKind.OPEN_ACCOUNT] * 2 + [CommandKind.UPDATE_INDEX]
    setup["amount_atoms"][:2] = RICH_ATOMS
    setup["price_ticks"][2] = MIDDLE_TICKS
    core.apply(setup)
    return core


def venue_commands(flow: NDArray[np.void]) -> NDArray[np.void]:
    """Return the flow as commands in which orders are named by client id."""
    batch = np.zeros(len(flow), dl.COMMAND_DTYPE)
    placed = flow["action"] == ADD
    batch["kind"] = np.where(placed, CommandKind.PLACE_ORDER, CommandKind.CANCEL_ORDER)
    side = flow["side"].copy()
    numbers = flow["number"].astype(np.intp)
    sides = np.zeros(numbers.max() + 1, np.uint8)
    sides[numbers[placed]] = side[placed]
    batch["account"] = np.where(sides[numbers] == BUY, 1, 2)
    batch["client_id"] = numbers
    batch["side"] = side
    batch["order_type"] = np.where(placed, 2, 0)
    batch["time_in_force"] = np.where(placed, 1 + flow["immediate"], 0)
    batch["price_ticks"], batch["qty_lots"] = flow["price_ticks"], flow["lots"]
    batch["time_ns"] = 1
    return batch


class OwnBook(Peer):
    """Ours, from numpy batches, with every event written and readable."""

    pip_name, commands_max, checked = engine_name(), 10**9, ALL

    def prepare(self, flow: NDArray[np.void]) -> None:
        """Make the book and the batches."""
        batch = venue_commands(flow)
        self.batches = [batch[start : start + CHUNK] for start in range(0, len(batch), CHUNK)]
        self.book, self.result = venue_book(), Answer()
        self.book.set_retention(ALL_FAMILIES)

    def run(self) -> None:
        """Apply the batches, and read the fills of each."""
        for batch in self.batches:
            self.book.apply(batch)
            lots = self.book.events(FILLS)["qty_lots"]
            self.result.trades += len(lots)
            self.result.lots += int(lots.sum())
            self.book.clear_events()

    def answer(self) -> Answer:
        """Return trades, lots and best prices."""
        best = self.book.best(0, BUY), self.book.best(0, SELL)
        return dataclasses.replace(self.result, best_bid=best[0], best_ask=best[1])
