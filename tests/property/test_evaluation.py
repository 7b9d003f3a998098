"""At every point the accounts that are liquidated, and their order, are those of a scan of all.

Thousands of accounts hold isolated and cross positions, netted and hedged, on linear and inverse
contracts of every tier rule, in two currencies; marks and indices move together, with jumps. Books
are empty and the insurance fund takes everything, so that one point is one round. With
DELEVER_LONG_EVALUATION set there are 20,000 accounts and 10,000 points for each rulebook.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from evaluation_scan import POOL, Breach, Scan

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

_core = pytest.importorskip("delever._core", reason="the compiled core is not built")

LONG = "DELEVER_LONG_EVALUATION" in os.environ
ACCOUNTS = 20_000 if LONG else 1_500
POINTS = 10_000 if LONG else 250
MARKET = {"price_ticks_max": 4_000, "order_lots_max": 200, "position_lots_max": 200}
STEPS = (MarginTier(0, 10_000, 0, 50), MarginTier(20_000, 30_000, 0, 50))
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

    def __init__(self, seed: int, rulebook: Rulebook) -> None:
        self.rng = np.random.default_rng(seed)
        listed = [asdict(spec) for spec in INSTRUMENTS]
        self.core = _core.Venue(listed, asdict(rulebook), retention=0, trace=True)
        self.scan = Scan(INSTRUMENTS, rulebook, [1_000] * len(INSTRUMENTS), [0, 1_000])
        self.time_ns = 0
        self.started = 0

    def apply(self, rows: list[dict[str, int]]) -> Any:
        """Apply commands and return the words of their events."""
        records = np.zeros(len(rows), dtype=_core.COMMAND_DTYPE)
        for record, row in zip(records, rows, strict=True):
            for name, value in row.items():
                record[name] = value
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
                at = int(self.rng.integers(len(INSTRUMENTS)))
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
        kind, index = CommandKind.UPDATE_COLLATERAL, self.scan.indices[1]
        return [*rows, {"kind": kind, "instrument": 1, "price_ticks": index}]

    def _seeds(self, count: int) -> list[dict[str, int]]:
        """Positions at the marks between random users, whoever can margin them."""
        rng = self.rng
        rows = []
        for _ in range(count):
            at = int(rng.integers(len(INSTRUMENTS)))
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
                rows.append({**row, "instrument": int(self.rng.integers(2))})
        self.apply(rows)

    def move(self) -> None:
        """Move all prices together, and each a little for itself; now and then they jump."""
        rng = self.rng
        common = rng.normal(0, 0.004) + (rng.random() < 0.03) * rng.normal(0, 0.06)

        def moved(price: int, highest: int) -> int:
            step = price * (common + rng.normal(0, 0.002) + 0.02 * np.log(1_000 / price))
            return int(np.clip(round(price + step), highest // 20, highest))

        self.scan.marks = [moved(mark, 3_500) for mark in self.scan.marks]
        self.scan.indices[1] = moved(self.scan.indices[1], 2_000)

    def point(self) -> tuple[list[Breach], list[Breach]]:
        """Evaluate; return who was liquidated and who should have been."""
        self.time_ns += 10**9
        self.move()
        self.scan.read(self.core)
        expected = self.scan.breaches()
        words = self.apply(self._prices())
        begun = words[words[:, Word.KIND] == EventKind.LIQUIDATION_STARTED]
        columns = (-begun[:, Word.OTHER_AMOUNT], begun[:, Word.ACCOUNT])
        places = (begun[:, Word.INSTRUMENT], begun[:, Word.SIDE])
        self.started += len(begun)
        return list(zip(*(one.tolist() for one in columns + places), strict=True)), expected


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
    crowd = Crowd(7 + at_equality, rulebook)
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
    assert crowd.started > POINTS
    assert pools > POINTS // 2
