"""What would it cost to ask everybody at every mark, with numpy, instead of who waits at a price?

A million isolated positions at 20x. The scan is the honest alternative of a risk team: columns of
what every position has and owes, one vectorised comparison per mark. It places no order and keeps
no ledger; the venue beside it does both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import SMOKE
from flows import FIRST_TRADER, SECOND_NS, bids_under, index_moves, quiet_walk, seeded_venue
from numpy.typing import NDArray

POSITIONS = 1_000_000
ATOMS_PER_TICK_LOT = 10_000  # BTCUSDT: 0.1 USDT x 0.001 BTC, in atoms of 1e-8 USDT
MAINTENANCE_PPM = 4_000  # of its first tier
PPM = 1_000_000
MARKS = np.linspace(686_700, 684_800, 100).astype(int).tolist()


class Scan:
    """The columns of a venue's traders, and the question to all of them."""

    def __init__(self, core: Any) -> None:
        rows = core.positions()
        traders = rows["account"] >= FIRST_TRADER
        self.accounts = rows["account"][traders]
        self.atoms_per_tick = rows["qty_lots"][traders] * ATOMS_PER_TICK_LOT
        self.owed_atoms = rows["cost_atoms"][traders] - rows["margin_atoms"][traders]

    def breached(self, mark: int) -> NDArray[np.bool_]:
        """Say of every position whether its margin is no more than what a mark requires."""
        size = self.atoms_per_tick * mark
        return (size - self.owed_atoms) * PPM < size * MAINTENANCE_PPM + PPM  # rounded up

    def leave_out(self, breached: NDArray[np.bool_]) -> None:
        """Forget who has been liquidated."""
        stay = ~breached
        self.accounts = self.accounts[stay]
        self.atoms_per_tick, self.owed_atoms = self.atoms_per_tick[stay], self.owed_atoms[stay]


@pytest.fixture(scope="module")
def venue() -> Any:
    """Return a venue with a million positions."""
    return seeded_venue(POSITIONS // 100 if SMOKE else POSITIONS)


def test_quiet_marks(benchmark: Any, sized: Callable[[int], int], rounds: int, venue: Any) -> None:
    """Move the index where nobody is liquidated; a scan asks everybody each time."""
    marks = sized(200_000)
    when = iter(range(2, 10**12, marks))

    def fresh() -> tuple[tuple[Any, ...], dict[str, Any]]:
        venue.clear_events()
        return (quiet_walk(marks, next(when)),), {}

    benchmark.pedantic(venue.apply, setup=fresh, rounds=rounds, warmup_rounds=1)
    each_ns = 1e9 * benchmark.stats["median"] / marks
    scan, times = Scan(venue), []
    for mark in range(720_000, 720_000 + 10 * rounds, 10):
        begin = time.perf_counter_ns()
        found = scan.breached(mark)
        times.append(time.perf_counter_ns() - begin)
        assert not found.any()
    benchmark.extra_info["ns_per_mark"] = each_ns
    benchmark.extra_info["scan_over_mark"] = float(np.median(times)) / each_ns
    assert SMOKE or benchmark.extra_info["scan_over_mark"] >= 1_000


def test_fall(benchmark: Any, rounds: int, venue: Any) -> None:
    """Liquidate a tenth of a million in 100 steps: found by the index, with all, by a scan."""
    seconds: dict[str, list[float]] = {"find and evaluate": [], "waterfall": [], "scan": []}

    def once() -> None:
        core, scan = venue.branch(), Scan(venue)
        spent = dict.fromkeys(seconds, 0.0)
        for step, mark in enumerate(MARKS):
            at_ns = 10**15 + (step + 2) * SECOND_NS
            core.apply(bids_under(mark, at_ns))
            move = index_moves(np.array([mark]), start_ns=at_ns)
            core.clear_events()
            times = [time.perf_counter()]
            accounts, _ = core.breaches_at(0, mark)
            times.append(time.perf_counter())
            core.apply(move)
            times.append(time.perf_counter())
            found = scan.breached(mark)
            scanned = scan.accounts[found]
            scan.leave_out(found)
            times.append(time.perf_counter())
            assert sorted(accounts.tolist()) == scanned.tolist()
            for name, took in zip(spent, np.diff(times), strict=True):
                spent[name] += took
        assert len(scan.accounts) < 0.95 * len(Scan(venue).accounts)
        for name, total in spent.items():
            seconds[name].append(total / (len(Scan(venue).accounts) - len(scan.accounts)))

    benchmark.pedantic(once, rounds=rounds, warmup_rounds=0)
    each = {name: 1e9 * float(np.median(times)) for name, times in seconds.items()}
    benchmark.extra_info["ns_per_liquidation"] = {name: round(ns) for name, ns in each.items()}
    assert SMOKE or each["find and evaluate"] <= 150
    assert SMOKE or each["waterfall"] <= 1_000
    assert SMOKE or each["waterfall"] < each["scan"]
