"""The compiled core behind the few calls the comparisons need: the one place to adjust."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple
from typing import NamedTuple

import numpy as np
import pytest

from delever.reference import Command, Event, InstrumentSpec, ReferenceVenue, Rulebook, Side
from delever.reference.venue import OrderRow

_core = pytest.importorskip("delever._core", reason="the compiled core is not built")

_FIELDS = _core.COMMAND_DTYPE.names


_ORDER_COLUMNS = OrderRow._fields
_POSITION_COLUMNS = (
    "account",
    "instrument",
    "position_side",
    "qty_lots",
    "cost_atoms",
    "margin_atoms",
    "leverage",
    "cross",
)


class View(NamedTuple):
    """What the two venues must agree on after every command, besides the events."""

    digest: int
    accounts: list[list[tuple[int, int]]]
    positions: list[tuple[int, ...]]
    leverages: list[int]
    prices: list[tuple[int, int, int, int, int]]
    collateral: list[int]
    totals: list[tuple[int, int, int]]
    orders: list[list[tuple[int, ...]]]
    depths: list[list[tuple[int, int]]]
    phases: list[int]
    indicative: list[tuple[int, int]]


class CoreVenue:
    """The core, taking the same rules and commands as the reference."""

    def __init__(self, instruments: Sequence[InstrumentSpec], rulebook: Rulebook) -> None:
        listed = [
            {**asdict(spec), "tiers": [asdict(tier) for tier in spec.tiers]} for spec in instruments
        ]
        self.core = _core.Venue(listed, asdict(rulebook), retention=0, trace=True)
        self.instrument_count = len(listed)

    def apply(self, commands: Iterable[Command]) -> list[Event]:
        """Apply commands and return the events they led to."""
        records = np.array([astuple(command) for command in commands], dtype=_core.COMMAND_DTYPE)
        self.core.apply(records)
        events = [tuple(words) for words in self.core.event_words().tolist()]
        self.core.clear_events()
        return events

    def continue_on_branch(self) -> None:
        """Go on with a copy, whose liquidation map is its own."""
        self.core = self.core.branch()

    def restored(self) -> CoreVenue:
        """Return a venue made from a snapshot of this one."""
        other = copy.copy(self)
        other.core = _core.Venue.restore(self.core.snapshot())
        return other

    def restored_digest_after(self, commands: Iterable[Command]) -> int:
        """Return the digest that a snapshot of now reaches with these commands."""
        records = np.array([astuple(command) for command in commands], dtype=_core.COMMAND_DTYPE)
        restored = _core.Venue.restore(self.core.snapshot())
        restored.apply(records)
        return int(restored.digest)

    def price_of_liquidation(self, account: int, instrument: int, leg: int) -> int:
        return int(self.core.liquidation_price(account, instrument, leg))

    def price_of_bankruptcy(self, account: int, instrument: int, leg: int) -> int:
        return int(self.core.bankruptcy_price(account, instrument, leg))

    def audit(self) -> str:
        return str(self.core.audit())

    def view(self) -> View:
        core, instruments = self.core, range(self.instrument_count)
        accounts, currencies = range(core.account_count), range(core.currency_count)
        one_way = [account for account in accounts if not core.is_hedged(account)]
        return View(
            core.digest,
            [[core.account(account, one) for one in currencies] for account in accounts],
            self._positions(),
            [core.position(account, one)[3] for account in one_way for one in instruments],
            [
                (
                    core.mark(one),
                    core.index(one),
                    core.last_price(one),
                    core.best(one, Side.BUY),
                    core.best(one, Side.SELL),
                )
                for one in instruments
            ],
            [core.collateral_price(one) for one in currencies],
            [core.ledger(one) for one in currencies],
            self.queues(),
            [self._depth(one, side) for one in instruments for side in (Side.BUY, Side.SELL)],
            [core.phase(one) for one in instruments],
            [core.indicative(one) for one in instruments],
        )

    def _positions(self) -> list[tuple[int, ...]]:
        """All open positions, by account, instrument and leg."""
        columns = self.core.positions()
        values = [columns[name].tolist() for name in _POSITION_COLUMNS]
        return sorted(zip(*values, strict=True))

    def queues(self) -> list[list[tuple[int, ...]]]:
        """All live orders of each instrument, in the order in which they wait."""
        listed = []
        for one in range(self.instrument_count):
            columns = self.core.orders(one)
            values = [columns[name].tolist() for name in _ORDER_COLUMNS]
            listed.append(list(zip(*values, strict=True)))
        return listed

    def _depth(self, instrument: int, side: Side) -> list[tuple[int, int]]:
        prices, lots, _ = self.core.depth(instrument, int(side), 1_000)
        return list(zip(prices.tolist(), lots.tolist(), strict=True))


def reference_view(venue: ReferenceVenue) -> View:
    state = venue.state
    instruments = range(len(state.instruments))
    held = [one for account in range(venue.account_count) for one in state.held_by(account)]
    one_way = [at for at, account in enumerate(state.accounts) if not account.hedges]
    return View(
        venue.digest,
        [list(zip(one.wallets, one.reserved, strict=True)) for one in state.accounts],
        [
            (
                one.account,
                one.instrument,
                int(one.leg),
                one.qty_lots,
                one.cost_atoms,
                one.margin_atoms,
                one.leverage,
                int(one.cross),
            )
            for one in held
        ],
        [venue.position(account, one).leverage for account in one_way for one in instruments],
        [
            (
                one.mark_ticks,
                one.index_ticks,
                one.last_ticks,
                venue.best(at, Side.BUY),
                venue.best(at, Side.SELL),
            )
            for at, one in enumerate(state.instruments)
        ],
        list(state.collateral_ticks),
        list(zip(state.fees_atoms, state.dust_atoms, state.net_deposits_atoms, strict=True)),
        [[tuple(row) for row in venue.orders(one)] for one in instruments],
        [one.book.depth(side) for one in state.instruments for side in (Side.BUY, Side.SELL)],
        [int(one.phase) for one in state.instruments],
        [venue.indicative(one) for one in instruments],
    )
