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

    def apply(self, rows: list[dict[str, int]]) -> Any:
        """Apply commands and return the words of their events."""
        records = np.zeros(len(rows), dtype=_core.COMMAND_DTYPE)
        for record, row in zip(records, rows, strict=True):
            for name, number in row.items():
                record[name] = number
        records["time_ns"] = self.time_ns
        self.core.apply(records)
        words = np.array(self.core.event_words(), dtype=np.int64).reshape(-1, len(Word))
        self.core.clear_events()
        return words

    def populate(self) -> None:
        rows = []
        for account in range(1, ACCOUNTS + 1):
            rows.append({"kind": CommandKind.OPEN_ACCOUNT, "amount_atoms": self._sum()})
            if self.rng.random() < 0.5:
                row = {"kind": CommandKind.DEPOSIT, "account": account, "instrument": 1}
                rows.append({**row, "amount_atoms": self._sum()})
            if self.rng.random() < 0.3:
                kind = CommandKind.SET_POSITION_MODE
                rows.append({"kind": kind, "account": account, "order_type": PositionMode.HEDGE})
            if self.rng.random() < 0.3:
                at = int(self.rng.integers(len(self.specs)))
                row = {"kind": CommandKind.SET_MARGIN_MODE, "account": account, "instrument": at}
                rows.append({**row, "order_type": MarginMode.ISOLATED})
        self.apply(rows + self._prices())
        self.apply(self._seeds(3 * ACCOUNTS))

    def _sum(self) -> int:
        return int(self.rng.integers(200, 5_000))

    def _prices(self) -> list[dict[str, int]]:
        """One evaluation point: all marks, and the index of the second currency."""
        rows: list[dict[str, int]] = [
            {
                "kind": CommandKind.SET_MARK,
                "instrument": at,
                "price_ticks": mark,
                "flags": OrderFlag.HOLD_POINT,
            }
            for at, mark in enumerate(self.scan.marks)
        ]
        if len(self.scan.rulebook.currencies) == 1:
            rows[-1]["flags"] = 0
            return rows
        kind, index = CommandKind.UPDATE_COLLATERAL, self.scan.indices[1]
        return [*rows, {"kind": kind, "instrument": 1, "price_ticks": index}]

    def _seeds(self, count: int) -> list[dict[str, int]]:
        """Positions at the marks between random users, whoever can margin them."""
        rng = self.rng
        rows = []
        for _ in range(count):
            at = int(rng.integers(len(self.specs)))
            pair = rng.integers(1, ACCOUNTS + 1, 2)
            rows.append(
                {
                    "kind": CommandKind.SEED_POSITION,
                    "account": int(pair[0]),
                    "other_account": int(pair[1]),
                    "instrument": at,
                    "side": int(rng.integers(1, 3)),
                    "price_ticks": self.scan.marks[at],
                    "qty_lots": int(rng.choice([1, 3, 10, 30, 60])),
                }
            )
        return rows

    def refill(self) -> None:
        """Pay in and out, and seed anew: wallets and positions change between the points."""
        rows = self._seeds(1 + ACCOUNTS // 40)
        for kind in (CommandKind.DEPOSIT, CommandKind.DEPOSIT, CommandKind.WITHDRAW):
            for account in self.rng.integers(1, ACCOUNTS + 1, 1 + ACCOUNTS // 50).tolist():
                row = {"kind": kind, "account": account, "amount_atoms": self._sum()}
                currencies = len(self.scan.rulebook.currencies)
                rows.append({**row, "instrument": int(self.rng.integers(currencies))})
        self.apply(rows)

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
        self.apply([{"kind": CommandKind.OPEN_ACCOUNT} for _ in range(ACCOUNTS)] + self._prices())
        rows = []
        for account in range(1, ACCOUNTS + 1):
            if self.hedging and self.rng.random() < 0.3:
                kind = CommandKind.SET_POSITION_MODE
                rows.append({"kind": kind, "account": account, "order_type": PositionMode.HEDGE})
            for at in range(len(self.specs)):
                row = {"kind": CommandKind.SET_MARGIN_MODE, "account": account, "instrument": at}
                rows.append({**row, "order_type": int(self.rng.integers(2))})
        self.apply(rows)
        self.apply(self._seeds(3 * ACCOUNTS))

    def _sum(self) -> int:
        spec, mark = self.specs[0], self.scan.marks[0]
        return value(spec, mark, max(1, self._lots(spec, mark) // 10))

    def _lots(self, spec: InstrumentSpec, mark: int) -> int:
        """Draw a quantity, each order of magnitude as often, of at most 1e15 atoms."""
        most = min(spec.position_lots_max // 4, 10**15 // value(spec, mark, 1), 10**9)
        return int(max(1, most) ** self.rng.uniform(0.05, 1))

    def _seeds(self, count: int) -> list[dict[str, int]]:
        """Let pairs open against each other, paying in what one leverage or another asks for."""
        rows = []
        for _ in range(count):
            at = int(self.rng.integers(len(self.specs)))
            spec, mark = self.specs[at], self.scan.marks[at]
            lots = self._lots(spec, mark)
            size = value(spec, mark, lots)
            within = [one.leverage_max for one in spec.tiers if one.floor_atoms <= 2 * size]
            pair = (self.rng.permutation(ACCOUNTS)[:2] + 1).tolist()
            for account in pair:
                leverage = max(1, min(int(self.rng.choice([2, 5, 10, 20, 50])), *within))
                row = {"account": account, "instrument": at, "qty_lots": leverage}
                rows.append({"kind": CommandKind.SET_LEVERAGE, **row})
                amount = int(size / leverage * self.rng.uniform(1.02, 1.5)) + 1
                rows.append(
                    {"kind": CommandKind.DEPOSIT, "account": account, "amount_atoms": amount}
                )
            rows.append(
                {
                    "kind": CommandKind.SEED_POSITION,
                    "account": pair[0],
                    "other_account": pair[1],
                    "instrument": at,
                    "side": int(self.rng.integers(1, 3)),
                    "price_ticks": mark,
                    "qty_lots": lots,
                }
            )
        return rows


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
