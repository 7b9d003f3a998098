"""At every point the accounts that are liquidated, and their order, are those of a scan of all.

Thousands of accounts hold isolated and cross positions, netted and hedged, on linear and inverse
contracts of every tier rule, in two currencies; marks and indices move together, with jumps over
several tiers. The same is asked of every rulebook that ships, with its own contracts, margins and
procedure. Books are empty and the insurance fund takes everything, so that one point is one round;
who waits for the next step of a liquidation does not begin another. With DELEVER_LONG_EVALUATION
set there are 20,000 accounts and 10,000 points for each rulebook.
"""

from __future__ import annotations

import os
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import pytest
from evaluation_scan import POOL, Breach, Scan, notional, tiers
from venue_books import SHIPPED, listed

from delever.reference import (
    CommandKind,
    Contract,
    CrossPool,
    Currency,
    EventKind,
    InstrumentSpec,
    MarginMode,
    MarginTier,
    OrderFlag,
    PositionMode,
    Rulebook,
    TierRule,
    Word,
    marginal_tiers,
)
from delever.reference.contracts import value
from delever.reference.rulebook import Rulebook as DatedRulebook
from delever.reference.rulebook_file import shipped_names

_core = pytest.importorskip("delever._core", reason="the compiled core is not built")

LONG = "DELEVER_LONG_EVALUATION" in os.environ
ACCOUNTS = 20_000 if LONG else 1_000
POINTS = 10_000 if LONG else 200
MARKET = {"price_ticks_max": 4_000, "order_lots_max": 200, "position_lots_max": 200}
BRACKETS = [(0, 10_000), (20_000, 30_000), (29_000, 35_000), (30_000, 40_000), (31_000, 45_000)]
STEPS = tuple(MarginTier(floor, ppm, 0, 50) for floor, ppm in BRACKETS)
INSTRUMENTS = [
    InstrumentSpec(
        "MARGINAL",
        1,
        tiers=marginal_tiers([(0, 10_000, 50), (20_000, 25_000, 50), (60_000, 50_000, 50)]),
        leverage_default=50,
        **MARKET,
    ),
    InstrumentSpec("STEP", 1, tiers=STEPS, tier_rule=TierRule.STEP, leverage_default=50, **MARKET),
    InstrumentSpec(
        "INVERSE",
        0,
        tiers=STEPS,
        tier_rule=TierRule.STEP,
        contract=Contract.INVERSE,
        atom_ticks_per_lot=10**6,
        price_ticks_min=40,
        settle_currency=1,
        leverage_default=50,
        **MARKET,
    ),
    InstrumentSpec(
        "RISING",
        1,
        tiers=(MarginTier(0, 10_000, 0, 50),),
        tier_rule=TierRule.SIZE_LINEAR,
        maintenance_slope_e12=10**8,
        maintenance_fee_ppm=500,
        leverage_default=50,
        **MARKET,
    ),
]
CURRENCIES = (Currency("USD"), Currency("COIN", 900_000, 10**5, 2_000))


def commands(kind: CommandKind, count: int, **columns: Any) -> Any:
    """Return so many commands of a kind, of these columns."""
    records = np.zeros(count, dtype=_core.COMMAND_DTYPE)
    records["kind"] = kind
    for name, column in columns.items():
        records[name] = column
    return records


def _hedged(accounts: Any) -> Any:
    mode = PositionMode.HEDGE
    return commands(CommandKind.SET_POSITION_MODE, len(accounts), account=accounts, order_type=mode)


class Crowd:
    """A core with many accounts, and what is needed to move and refill them."""

    start_ticks = 1_000
    ticks_max = 3_500

    def __init__(self, seed: int, rulebook: Rulebook, specs: list[InstrumentSpec]) -> None:
        self.rng = np.random.default_rng(seed)
        self.specs = specs
        listed = [asdict(spec) for spec in specs]
        self.core = _core.Venue(listed, asdict(rulebook), retention=0, trace=True)
        self.scan = Scan(specs, rulebook, [self.start_ticks] * len(specs), [0, 1_000])
        self.time_ns = 0
        self.started = 0
        self.tier_jumps = 0
        # Who is in liquidation, by the event with which it began.
        self.running: dict[int, tuple[int, int, int]] = {}

    def apply(self, *batches: Any) -> Any:
        """Apply commands and return the words of their events."""
        records = np.concatenate(batches)
        records["time_ns"] = self.time_ns
        self.core.apply(records)
        words = np.array(self.core.event_words(), dtype=np.int64).reshape(-1, len(Word))
        self.core.clear_events()
        return words

    def populate(self) -> None:
        everybody, rng = np.arange(1, ACCOUNTS + 1), self.rng
        payers, hedgers, apart = (
            everybody[rng.random(ACCOUNTS) < share] for share in (0.5, 0.3, 0.3)
        )
        self.apply(
            commands(CommandKind.OPEN_ACCOUNT, ACCOUNTS, amount_atoms=self._sums(ACCOUNTS)),
            self._paid(CommandKind.DEPOSIT, payers, 1),
            _hedged(hedgers),
            commands(
                CommandKind.SET_MARGIN_MODE,
                len(apart),
                account=apart,
                instrument=rng.integers(len(self.specs), size=len(apart)),
                order_type=MarginMode.ISOLATED,
            ),
            self._prices(),
        )
        self.apply(self._seeds(3 * ACCOUNTS))

    def _sums(self, count: int) -> Any:
        return self.rng.integers(200, 5_000, count)

    def _paid(self, kind: CommandKind, accounts: Any, currency: Any) -> Any:
        count = len(accounts)
        sums = self._sums(count)
        return commands(kind, count, account=accounts, instrument=currency, amount_atoms=sums)

    def _prices(self) -> Any:
        """One evaluation point: all marks, and the index of the second currency."""
        count = len(self.specs)
        numbers, hold = np.arange(count), np.full(count, OrderFlag.HOLD_POINT)
        two = len(self.scan.rulebook.currencies) > 1
        hold[-1] = OrderFlag.HOLD_POINT if two else 0
        prices = self.scan.marks
        kind = CommandKind.SET_MARK
        marks = commands(kind, count, instrument=numbers, price_ticks=prices, flags=hold)
        kind, index = CommandKind.UPDATE_COLLATERAL, self.scan.indices[1]
        return np.concatenate([marks, commands(kind, int(two), instrument=1, price_ticks=index)])

    def _seeds(self, count: int) -> Any:
        """Positions at the marks between random users, whoever can margin them."""
        rng = self.rng
        at = rng.integers(len(self.specs), size=count)
        pairs = rng.integers(1, ACCOUNTS + 1, (2, count))
        lots = rng.choice([1, 3, 10, 30, 60], count)
        return self._opened(at, pairs, lots)

    def _opened(self, at: Any, pairs: Any, lots: Any) -> Any:
        return commands(
            CommandKind.SEED_POSITION,
            len(at),
            account=pairs[0],
            other_account=pairs[1],
            instrument=at,
            side=self.rng.integers(1, 3, len(at)),
            price_ticks=np.array(self.scan.marks)[at],
            qty_lots=lots,
        )

    def refill(self) -> None:
        """Pay in and out, and seed anew: wallets and positions change between the points."""
        batches = [self._seeds(1 + ACCOUNTS // 40)]
        count = 1 + ACCOUNTS // 50
        for kind in (CommandKind.DEPOSIT, CommandKind.DEPOSIT, CommandKind.WITHDRAW):
            accounts = self.rng.integers(1, ACCOUNTS + 1, count)
            currencies = self.rng.integers(len(self.scan.rulebook.currencies), size=count)
            batches.append(self._paid(kind, accounts, currencies))
        self.apply(*batches)

    def move(self) -> None:
        """Move all prices together, and each a little for itself; now and then they jump."""
        rng = self.rng
        common = rng.normal(0, 0.004) + (rng.random() < 0.03) * rng.normal(0, 0.06)

        def moved(price: int, start: int, highest: int) -> int:
            step = price * (common + rng.normal(0, 0.002) + 0.02 * np.log(start / price))
            return int(np.clip(round(price + step), highest // 20, highest))

        start, highest = self.start_ticks, self.ticks_max
        self.scan.marks = [moved(mark, start, highest) for mark in self.scan.marks]
        self.scan.indices[1] = moved(self.scan.indices[1], 1_000, 2_000)

    def point(self) -> tuple[list[Breach], list[Breach]]:
        """Evaluate; return who began to be liquidated and who should have."""
        self.time_ns += 10**9
        before = list(self.scan.marks)
        self.move()
        self.scan.read(self.core)
        self._count_tier_jumps(before)
        waiting = set(self.running.values())
        expected = [one for one in self.scan.breaches() if one[1:] not in waiting]
        words = self.apply(self._prices())
        begun = words[words[:, Word.KIND] == EventKind.LIQUIDATION_STARTED]
        columns = (-begun[:, Word.OTHER_AMOUNT], begun[:, Word.ACCOUNT])
        places = (begun[:, Word.INSTRUMENT], begun[:, Word.SIDE])
        self.started += len(begun)
        got = list(zip(*(one.tolist() for one in columns + places), strict=True))
        starts = zip(begun[:, Word.SEQUENCE].tolist(), got, strict=True)
        self.running |= {sequence: one[1:] for sequence, one in starts}
        ends = (EventKind.LIQUIDATION_FINISHED, EventKind.LIQUIDATION_STOPPED)
        for cause in words[np.isin(words[:, Word.KIND], ends)][:, Word.CAUSE].tolist():
            self.running.pop(cause, None)
        return got, expected

    def _count_tier_jumps(self, before: list[int]) -> None:
        """Count the positions that this point takes over more than one tier at once."""
        for at, (spec, old, new) in enumerate(
            zip(self.specs, before, self.scan.marks, strict=True)
        ):
            lots = self.scan.positions["qty_lots"][self.scan.positions["instrument"] == at]
            was, now = (tiers(spec, notional(spec, lots, mark)) for mark in (old, new))
            self.tier_jumps += int((np.abs(now - was) > 1).sum())


class VenueCrowd(Crowd):
    """Accounts under a rulebook that ships: sizes from a lot to what the largest tiers hold."""

    def __init__(self, seed: int, book: DatedRulebook, specs: list[InstrumentSpec]) -> None:
        self.start_ticks = min(spec.price_ticks_max for spec in specs) // 6
        self.ticks_max = 3 * self.start_ticks
        self.hedging = bool(book.terms.get("margin.hedge_mode", False))
        plain = Rulebook(**{one.name: getattr(book, one.name) for one in fields(Rulebook)})
        rules = replace(plain, deleveraging=False, unwind_clip_atoms=1)
        super().__init__(seed, rules, specs)

    def populate(self) -> None:
        count = len(self.specs)
        hedgers = np.flatnonzero(self.rng.random(ACCOUNTS) < 0.3 * self.hedging) + 1
        self.apply(
            commands(CommandKind.OPEN_ACCOUNT, ACCOUNTS),
            self._prices(),
            _hedged(hedgers),
            commands(
                CommandKind.SET_MARGIN_MODE,
                ACCOUNTS * count,
                account=np.repeat(np.arange(1, ACCOUNTS + 1), count),
                instrument=np.tile(np.arange(count), ACCOUNTS),
                order_type=self.rng.integers(2, size=ACCOUNTS * count),
            ),
        )
        self.apply(self._seeds(3 * ACCOUNTS))

    def _sums(self, count: int) -> Any:
        spec, mark = self.specs[0], self.scan.marks[0]
        lots = self._lots(np.zeros(count, np.int64))
        return notional(spec, np.maximum(1, lots // 10), mark)

    def _lots(self, at: Any) -> Any:
        """Draw quantities, each order of magnitude as often, of at most 1e15 atoms."""
        most = [
            min(spec.position_lots_max // 4, 10**15 // value(spec, mark, 1), 10**9)
            for spec, mark in zip(self.specs, self.scan.marks, strict=True)
        ]
        power = self.rng.uniform(0.05, 1, len(at))
        return (np.maximum(1, most)[at].astype(float) ** power).astype(np.int64)

    def _seeds(self, count: int) -> Any:
        """Let pairs open against each other, paying in what one leverage or another asks for."""
        rng = self.rng
        at = rng.integers(len(self.specs), size=count)
        lots = self._lots(at)
        first = rng.integers(ACCOUNTS, size=count)
        pairs = np.array([first, (first + rng.integers(1, ACCOUNTS, count)) % ACCOUNTS]) + 1
        sizes, most = np.zeros(count, np.int64), np.zeros(count, np.int64)
        for number, (spec, mark) in enumerate(zip(self.specs, self.scan.marks, strict=True)):
            rows = at == number
            sizes[rows] = notional(spec, lots[rows], mark)
            highest = np.minimum.accumulate([tier.leverage_max for tier in spec.tiers])
            floors = [tier.floor_atoms for tier in spec.tiers]
            found = np.searchsorted(floors, 2 * sizes[rows], side="right") - 1
            most[rows] = highest[np.maximum(0, found)]
        rows = []
        for accounts in pairs:
            leverage = np.maximum(1, np.minimum(rng.choice([2, 5, 10, 20, 50], count), most))
            into = {"account": accounts, "instrument": at, "qty_lots": leverage}
            rows.append(commands(CommandKind.SET_LEVERAGE, count, **into))
            paid = (sizes / leverage * rng.uniform(1.02, 1.5, count)).astype(np.int64) + 1
            into = {"account": accounts, "amount_atoms": paid}
            rows.append(commands(CommandKind.DEPOSIT, count, **into))
        return np.stack([*rows, self._opened(at, pairs, lots)], axis=1).ravel()


def compare(crowd: Crowd) -> int:
    """Compare point by point with the scan; return how many pools were liquidated."""
    crowd.populate()
    pools = 0
    for number in range(POINTS):
        if number % 5 == 0:
            crowd.refill()
        if crowd.rng.random() < 0.1:
            crowd.core.rebuild_guards(int(crowd.rng.integers(1, 2**40)))
        got, expected = crowd.point()
        assert got == expected, f"at point {number}"
        pools += sum(place == POOL for _, _, place, _ in got)
    assert crowd.core.audit() == ""
    return pools


@pytest.mark.parametrize("cross_pool", list(CrossPool))
@pytest.mark.parametrize("at_equality", [True, False])
def test_who_is_liquidated_is_whom_a_scan_finds(cross_pool: CrossPool, at_equality: bool) -> None:
    rulebook = Rulebook(
        currencies=CURRENCIES,
        cross_pool=cross_pool,
        margin_mode_default=MarginMode.CROSS,
        breach_at_equality=at_equality,
        deleveraging=False,
        unwind_clip_atoms=1,
    )
    crowd = Crowd(7 + at_equality, rulebook, INSTRUMENTS)
    pools = compare(crowd)
    assert crowd.started > POINTS
    assert pools > POINTS // 2
    assert crowd.tier_jumps > POINTS // 10


@pytest.mark.parametrize("name", shipped_names())
def test_so_it_is_by_every_rulebook_that_ships(name: str) -> None:
    at = max(day for one, day in SHIPPED if one == name)
    book, specs = listed(name, at)
    crowd = VenueCrowd(11, book, specs)
    pools = compare(crowd)
    assert crowd.started > POINTS
    assert pools > 0
