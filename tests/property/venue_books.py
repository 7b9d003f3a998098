"""Random books of accounts under the rules that ship, and a crash through them.

Quantities are drawn so that positions reach into every tier and over every threshold of a
procedure; wallets so that most of them do not survive the crash. Every command is drawn before the
next one, looking at the reference venue.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import delever as dl
from delever.reference import (
    Command,
    CommandKind,
    InstrumentSpec,
    MarginMode,
    OrderFlag,
    OrderType,
    PositionMode,
    ReferenceVenue,
    Side,
    TimeInForce,
    pools,
)
from delever.reference.contracts import value
from delever.reference.pools import Pool
from delever.reference.rulebook import Rulebook as DatedRulebook
from delever.reference.state import FUND

SECOND = 1_000_000_000
# Every shipped rulebook, on each day from which its procedure, fund or last resort changed.
SHIPPED = [
    ("binance-um", "2025-10-19"),
    ("binance-um", "2026-02-05"),
    ("binance-cm", "2021-09-01"),
    ("bybit-linear", "2025-09-15"),
    ("bybit-inverse", "2025-10-01"),
    ("bybit-inverse", "2025-11-10"),
    ("okx-swap", "2026-09-01"),
    ("bitmex", "2020-04-01"),
    ("bitmex", "2022-01-01"),
    ("deribit", "2021-05-19"),
    ("deribit", "2026-02-05"),
    ("hyperliquid", "2024-06-01"),
    ("hyperliquid", "2026-09-30"),
    ("dydx-v4", "2024-01-01"),
    ("dydx-v4", "2026-02-05"),
]
# OKX's steps of BTC-USDT-SWAP are not in the file, which says so; these are of their kind.
OKX_TIERS = [
    (0, "0.004", 0, 100),
    (1_000_000, "0.005", 0, 75),
    (2_000_000, "0.0075", 0, 50),
    (5_000_000, "0.01", 0, 33),
    (10_000_000, "0.02", 0, 20),
]


def listed(name: str, at: str) -> tuple[DatedRulebook, list[InstrumentSpec]]:
    """Return a shipped rulebook and up to two of its contracts, which settle in one currency."""
    book = dl.rulebook(name, at=at)
    found = [one for one in book.instruments.values() if one.tick > 0]
    if name == "okx-swap":
        tiers = tuple(dl.Tier(*row) for row in OKX_TIERS)
        found = [replace(found[0], tier_rule="step", tiers=tiers)]
    first = found[0].reference_spec()
    specs = [one.reference_spec() for one in found[:3]]
    return book, [one for one in specs if one.contract == first.contract][:2]


class Crash:
    """A small book of accounts, quotes around the mark, and a fall with gaps and pauses.

    Parameters
    ----------
    seed
        Names everything that is drawn.
    book
        The rules of the venue, which also say whether accounts may hedge.
    specs
        What it lists.
    """

    def __init__(self, seed: int, book: DatedRulebook, specs: list[InstrumentSpec]) -> None:
        self.rng = random.Random(seed)
        self.hedging = bool(book.terms.get("margin.hedge_mode", False))
        self.venue = ReferenceVenue(specs, book)
        self.specs = specs
        self.marks = [spec.price_ticks_max // 6 for spec in specs]
        self.time_ns = 0

    def commands(self, points: int) -> Iterator[Command]:
        """Draw everything, and apply each command before it is handed out."""
        for command in self._drawn(points):
            self.venue.apply(command)
            yield command

    def _drawn(self, points: int) -> Iterator[Command]:
        yield self._command(CommandKind.OPEN_ACCOUNT, amount_atoms=1 << 58)
        yield self._command(CommandKind.FUND_INSURANCE, amount_atoms=self._sum() // 50)
        yield from self._mark_all()
        for _ in range(12):
            yield from self._open_pair()
        for number in range(points):
            self.time_ns += self.rng.choice([1, 5, 40]) * SECOND
            yield from self._quote()
            self._fall(number)
            yield from self._mark_all()
            yield from self._between()

    def _command(self, kind: CommandKind, **fields: int) -> Command:
        return Command(kind=int(kind), time_ns=self.time_ns, **fields)

    def _sum(self) -> int:
        """Draw a notional, from a lot to the limit of a position: each size as often."""
        spec = self.specs[0]
        most = value(spec, self.marks[0], spec.position_lots_max)
        least = value(spec, self.marks[0], 1)
        return int(least * (most / least) ** self.rng.uniform(0.1, 0.95))

    def _mark_all(self) -> Iterator[Command]:
        for at, mark in enumerate(self.marks):
            flags = OrderFlag.HOLD_POINT if at + 1 < len(self.marks) else 0
            kind = CommandKind.SET_MARK
            yield self._command(kind, instrument=at, price_ticks=mark, flags=flags)

    def _fall(self, number: int) -> None:
        common = self.rng.choice([-8, -3, -2, -2, -1, 1, 2]) + (6 if number % 9 == 8 else 0)
        for at, (mark, spec) in enumerate(zip(self.marks, self.specs, strict=True)):
            moved = mark * (1_000 + 10 * common + self.rng.randint(-5, 5)) // 1_000
            self.marks[at] = max(spec.price_ticks_min + 10, min(spec.price_ticks_max // 2, moved))

    def _open_pair(self) -> Iterator[Command]:
        """Let a levered account and a less levered one open against each other."""
        rng, at = self.rng, self.rng.randrange(len(self.specs))
        spec, mark = self.specs[at], self.marks[at]
        lot = value(spec, mark, 1)
        lots = max(1, min(self._sum() // lot, spec.position_lots_max))
        accounts = []
        for levered in (True, False):
            leverage = rng.choice([5, 10, 20, 50]) if levered else rng.choice([1, 2, 5])
            leverage = self._allowed(spec, lots * lot, leverage)
            account = self.venue.account_count
            accounts.append(account)
            margin = lots * lot // leverage * rng.choice([105, 120, 200]) // 100 + 10 * lot
            yield self._command(CommandKind.OPEN_ACCOUNT, amount_atoms=margin)
            for one in range(len(self.specs)):
                row = {"account": account, "instrument": one}
                cross = rng.choice([MarginMode.CROSS, MarginMode.ISOLATED])
                yield self._command(CommandKind.SET_MARGIN_MODE, **row, order_type=cross)
            if self.hedging and rng.random() < 0.4:
                mode = PositionMode.HEDGE
                kind = CommandKind.SET_POSITION_MODE
                yield self._command(kind, account=account, order_type=mode)
            row = {"account": account, "instrument": at, "qty_lots": leverage}
            yield self._command(CommandKind.SET_LEVERAGE, **row)
        yield self._command(
            CommandKind.SEED_POSITION,
            account=accounts[0],
            other_account=accounts[1],
            instrument=at,
            side=rng.choice([Side.BUY, Side.BUY, Side.BUY, Side.SELL]),
            price_ticks=mark,
            qty_lots=lots,
        )

    def _allowed(self, spec: InstrumentSpec, notional: int, leverage: int) -> int:
        """Return a leverage that every tier up to a notional allows."""
        allowed = [one.leverage_max for one in spec.tiers if one.floor_atoms <= notional]
        return max(1, min(leverage, *allowed))

    def _quote(self) -> Iterator[Command]:
        """Quote from the deep pocket on both sides: sometimes much, sometimes next to nothing."""
        yield self._command(CommandKind.CANCEL_ALL, account=1, instrument=0xFFFF)
        for at, (spec, mark) in enumerate(zip(self.specs, self.marks, strict=True)):
            for side in (Side.BUY, Side.SELL):
                away = self.rng.choice([1, 5, 30]) * (-1 if side is Side.BUY else 1)
                price = max(spec.price_ticks_min, mark * (1_000 + away) // 1_000)
                most = min(spec.order_lots_max, max(1, self._sum() // value(spec, mark, 1)))
                yield self._order(1, at, side, self.rng.randint(1, most), price)

    def _order(self, account: int, at: int, side: Side, lots: int, price: int) -> Command:
        hedges = self.venue.account(account).hedges
        return self._command(
            CommandKind.PLACE_ORDER,
            account=account,
            other_account=(1 if side is Side.BUY else 2) if hedges else 0,
            instrument=at,
            side=side,
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            price_ticks=price,
            qty_lots=lots,
        )

    def _between(self) -> Iterator[Command]:
        """Between two points: orders of the struck, the next step, the end of a session."""
        rng, state = self.rng, self.venue.state
        struck = sorted({key[0] for key in state.liquidations})
        account = rng.choice(struck or range(1, self.venue.account_count))
        at = rng.randrange(len(self.specs))
        if account != FUND:
            yield self._order(account, at, rng.choice([Side.BUY, Side.SELL]), 1, self.marks[at])
        if struck and rng.random() < 0.15:
            amount = max(1, -state.accounts[account].wallets[0]) + self._missing(account)
            yield self._command(CommandKind.DEPOSIT, account=account, amount_atoms=amount)
        due = [run.next_ns for run in state.liquidations.values()]
        if due and rng.random() < 0.7:
            self.time_ns = max(self.time_ns, rng.choice(due))
            yield self._command(CommandKind.ADVANCE_TIME)
        if rng.random() < 0.1:
            yield self._command(CommandKind.CLOSE_SESSION, instrument=at)

    def _missing(self, account: int) -> int:
        """Return what an account's pool would need to be free again."""
        pool = Pool(account, 0)
        state = self.venue.state
        return max(1, 2 * (pools.maintenance(state, pool) - pools.equity(state, pool)))
