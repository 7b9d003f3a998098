"""The venues a case can run through, behind the few calls the driver needs.

`VenueOfAccounts` is `delever.Venue`, `VenueWithoutAccounts` is `delever.MatchingEngine`,
`VenueOfReference` is the reference. All take the same commands and answer with the same events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NamedTuple, Protocol

import numpy as np
from scale import Scale

import delever
from delever.reference import CommandKind, EventKind, InstrumentSpec, MarginTier, ReferenceVenue
from delever.reference import Rulebook as ReferenceRulebook

DEPOSIT_ATOMS = 2**60
LEVERAGE = 1_000
STEP = "0.0001"  # of price and quantity, so that a tick times a lot is one atom
SYMBOL = "CASE"
RESTING, PENDING, PARKED = 1, 2, 3


class LiveOrder(NamedTuple):
    """A live order as a venue shows it."""

    order_id: int
    account: int
    side: int
    state: int
    price_ticks: int
    open_lots: int
    visible_lots: int
    trigger_ticks: int
    client_id: int


class AnyVenue(Protocol):
    """What the driver needs of a venue."""

    has_accounts: bool

    def apply(self, rows: Sequence[dict[str, int]]) -> list[tuple[int, ...]]:
        """Apply commands; their events as sixteen words each."""

    def orders(self) -> list[LiveOrder]:
        """All live orders: bids and asks by priority, then pending, then parked."""

    def depth(self, side: int) -> list[tuple[int, int]]:
        """(price, displayed lots) by level, best first."""

    def last(self) -> int:
        """The last price, 0 where there is none."""

    def indicative(self) -> tuple[int, int]:
        """Price and volume an uncross would have now."""

    def position(self, account: int) -> int:
        """An account's signed lots."""


def _rules(kind: Any, switches: dict[str, Any]) -> Any:
    known = {one.name for one in fields(kind)}
    missing = sorted(switches.keys() - known)
    assert not missing, f"the rulebook has no {missing}"
    return kind(**switches)


class VenueOfReference:
    """The reference venue."""

    has_accounts = True

    def __init__(self, scale: Scale, switches: dict[str, Any]) -> None:
        tier = MarginTier(0, 1, 0, LEVERAGE)
        spec = InstrumentSpec(
            symbol=SYMBOL,
            atoms_per_tick_lot=1,
            price_ticks_max=scale.ticks_max,
            order_lots_max=scale.lots_max,
            position_lots_max=scale.lots_max,
            tiers=(tier,),
            leverage_default=LEVERAGE,
        )
        self.venue = ReferenceVenue([spec], _rules(ReferenceRulebook, switches))

    def apply(self, rows: Sequence[dict[str, int]]) -> list[tuple[int, ...]]:
        before = len(self.venue.events)
        self.venue.apply(rows)
        assert not self.venue.audit()
        return self.venue.events[before:]

    def orders(self) -> list[LiveOrder]:
        return [LiveOrder(*map(int, row)) for row in self.venue.orders(0)]

    def depth(self, side: int) -> list[tuple[int, int]]:
        return list(self.venue.instrument(0).book.depth(side))

    def last(self) -> int:
        return self.venue.instrument(0).last_ticks

    def indicative(self) -> tuple[int, int]:
        return tuple(self.venue.indicative(0))

    def position(self, account: int) -> int:
        return self.venue.position(account, 0).qty_lots


class VenueWithoutAccounts:
    """The compiled matching engine: any number is an account."""

    has_accounts = False

    def __init__(self, scale: Scale, switches: dict[str, Any]) -> None:
        listed = delever.Instrument.linear(
            SYMBOL,
            tick=STEP,
            lot=STEP,
            price_max=_steps(scale.ticks_max),
            order_max=_steps(scale.lots_max),
            position_max=_steps(scale.lots_max),
            maker_fee=0,
            taker_fee=0,
            liquidation_fee=0,
            market_bound="0.05",
            leverage_default=LEVERAGE,
            tiers=[("0", "0.000001", "0", LEVERAGE)],
        )
        rules = _rules(delever.Rulebook, switches)
        self.venue = self._made([listed], rules)

    def _made(self, listed: list[Any], rules: Any) -> Any:
        return delever.MatchingEngine(listed, rulebook=rules, trace=True)

    def apply(self, rows: Sequence[dict[str, int]]) -> list[tuple[int, ...]]:
        records = np.zeros(len(rows), delever.COMMAND_DTYPE)
        for record, row in zip(records, rows, strict=True):
            for name, value in row.items():
                record[name] = value
        self.venue.apply(records)
        events = [tuple(words) for words in self.venue.core.event_words().tolist()]
        self.venue.clear_events()
        self.venue.check()
        return events

    def orders(self) -> list[LiveOrder]:
        table = self.venue.orders(SYMBOL)
        columns = [table[name].tolist() for name in LiveOrder._fields]
        return [LiveOrder(*row) for row in zip(*columns, strict=True)]

    def depth(self, side: int) -> list[tuple[int, int]]:
        table = self.venue.depth(SYMBOL, side, 1_000)
        prices, lots = table["price_ticks"].tolist(), table["open_lots"].tolist()
        return list(zip(prices, lots, strict=True))

    def last(self) -> int:
        return int(self.venue.core.last_price(0))

    def indicative(self) -> tuple[int, int]:
        price, lots = self.venue.core.indicative(0)
        return int(price), int(lots)

    def position(self, account: int) -> int:
        raise AssertionError(f"account {account}: there are no positions without accounts")


class VenueOfAccounts(VenueWithoutAccounts):
    """The compiled venue."""

    has_accounts = True

    def _made(self, listed: list[Any], rules: Any) -> Any:
        return delever.Venue(listed, rulebook=rules, trace=True)

    def position(self, account: int) -> int:
        return int(self.venue.core.position(account, 0)[0])


def _steps(count: int) -> str:
    return f"{count // 10_000}.{count % 10_000:04}"


VENUES = {
    "venue": VenueOfAccounts,
    "engine": VenueWithoutAccounts,
    "reference": VenueOfReference,
}
__all__ = ["PARKED", "PENDING", "RESTING", "VENUES", "CommandKind", "EventKind", "LiveOrder"]
