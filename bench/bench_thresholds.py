"""What does a mark cost that crosses nothing, and a fall that liquidates everyone?

Quiet: index updates through the whole venue (mark formula, event) in one batch, in a zone without
thresholds. Fall: positions at 20x are liquidated in 100 steps; once only found and evaluated, once
with the full waterfall through a book; beside it `lrvx`, which asks every position at every mark.
Later benches compare themselves with earlier ones of the same run, so run the file whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import SMOKE
from flows import (
    FIRST_TRADER,
    SECOND_NS,
    bids_under,
    fall_steps,
    index_moves,
    quiet_walk,
    seeded_venue,
)

from delever import _core

RISK = 5
STARTED = 15
STEPS = 100
per_liquidation_ns: dict[str, float] = {}
per_mark_ns: dict[int, float] = {}


def test_bare_index(benchmark: Any, sized: Callable[[int], int], rounds: int) -> None:
    """Ask the index alone whether a mark crosses any of a million thresholds."""
    index = _core.LiquidationMap(4_000_000)
    ticks = np.random.default_rng(1).integers(600_000, 700_000, sized(1_000_000))
    index.insert(ticks, longs=True)
    marks = np.random.default_rng(2).integers(700_001, 710_000, sized(1_000_000))
    assert index.count_crossing(np.array([699_999 - 100_000])) == 1
    crossing = benchmark.pedantic(index.count_crossing, (marks,), rounds=rounds, warmup_rounds=1)
    assert crossing == 0
    benchmark.extra_info["ns_per_mark"] = 1e9 * benchmark.stats["median"] / len(marks)
    assert SMOKE or benchmark.extra_info["ns_per_mark"] <= 20


@pytest.mark.parametrize("positions", [10**3, 10**4, 10**5, 10**6, 10**7])
def test_quiet_mark(
    benchmark: Any, sized: Callable[[int], int], rounds: int, positions: int
) -> None:
    """Move the index without crossing a threshold, through the venue, in a batch."""
    core = seeded_venue(sized(positions))
    marks = sized(200_000)
    when = iter(range(2, 10**12, marks))

    def fresh() -> tuple[tuple[Any, ...], dict[str, Any]]:
        core.clear_events()
        return (quiet_walk(marks, next(when)),), {}

    benchmark.pedantic(core.apply, setup=fresh, rounds=3 * rounds, warmup_rounds=1)
    assert core.event_rows()[RISK] == 0
    per_mark_ns[positions] = 1e9 * benchmark.stats["median"] / marks
    benchmark.extra_info["ns_per_mark"] = per_mark_ns[positions]
    assert SMOKE or per_mark_ns[positions] <= 50
    assert SMOKE or per_mark_ns[positions] <= 1.5 * per_mark_ns[10**3]


def fall(core: _core.Venue, *, only_find: bool) -> tuple[int, float]:
    """Run the fall; return liquidations and the seconds they took, the maker's quotes excluded."""
    found, seconds = 0, 0.0
    for step, mark in enumerate(fall_steps(STEPS)):
        at_ns = (step + 2) * SECOND_NS
        core.apply(bids_under(int(mark), at_ns))
        move = index_moves(np.array([mark]), start_ns=at_ns)
        begin = time.perf_counter()
        if only_find:
            accounts, _ = core.breaches_at(0, int(mark))
            found += len(accounts)
        else:
            core.apply(move)
        seconds += time.perf_counter() - begin
        if only_find:
            core.apply(move)
    if not only_find:
        found = int((core.events(RISK)["kind"] == STARTED).sum())
    return found, seconds


def timed_fall(benchmark: Any, positions: int, rounds: int, *, only_find: bool) -> float:
    """Time the fall on branches of one venue; return the median nanoseconds per liquidation."""
    venue = seeded_venue(positions)
    times: list[float] = []

    def once() -> None:
        core = venue.branch()
        found, seconds = fall(core, only_find=only_find)
        assert found == positions
        assert core.audit() == ""
        times.append(seconds)

    benchmark.pedantic(once, rounds=rounds, warmup_rounds=1)
    each_ns = 1e9 * float(np.median(times[1:])) / positions
    benchmark.extra_info["ns_per_liquidation"] = each_ns
    return each_ns


def test_find_and_evaluate(benchmark: Any, sized: Callable[[int], int], rounds: int) -> None:
    """Find and evaluate 100,000 breached positions in 100 steps, in the order of the rounds."""
    each_ns = timed_fall(benchmark, sized(100_000), rounds, only_find=True)
    per_liquidation_ns["find and evaluate"] = each_ns


@pytest.mark.parametrize("positions", [10**4, 10**5, 10**6])
def test_waterfall(
    benchmark: Any, sized: Callable[[int], int], rounds: int, positions: int
) -> None:
    """Liquidate everyone through the book: orders, fills, ledger, fund, events."""
    each_ns = timed_fall(benchmark, sized(positions), rounds, only_find=False)
    per_liquidation_ns[f"waterfall {positions}"] = each_ns
    assert SMOKE or each_ns <= 1_000
    assert SMOKE or each_ns <= 2 * per_liquidation_ns["waterfall 10000"]


def lrvx_engine(positions: int) -> Any:
    """Return an lrvx engine with the same positions at 20x, deleveraging off."""
    lrvx = pytest.importorskip("lrvx", reason="lrvx is in the extra `bench`")
    draws = np.random.default_rng(7)
    entries = draws.integers(700_000, 720_000, positions) / 10
    sizes = draws.integers(1, 11, positions) / 1000
    engine = lrvx.LiquidationEngine()
    engine.add_tier(0.0, 0.004)
    engine.set_adl_enabled(False)
    for at in range(positions):
        notional = sizes[at] * entries[at]
        engine.open_position(at + FIRST_TRADER, 1, sizes[at], entries[at], notional / 20)
    return engine


def test_lrvx_quiet_mark(benchmark: Any, sized: Callable[[int], int], rounds: int) -> None:
    """Move lrvx's mark without crossing anything, at 100,000 positions."""
    engine = lrvx_engine(sized(100_000))
    benchmark.pedantic(engine.on_mark, (1, 72_100.0), rounds=4 * rounds, warmup_rounds=1)
    assert engine.liquidations_count() == 0
    quiet_ns = 1e9 * benchmark.stats["median"]
    benchmark.extra_info["ns_per_mark"] = quiet_ns
    benchmark.extra_info["ratio_quiet_mark"] = quiet_ns / per_mark_ns[10**5]


def test_lrvx(benchmark: Any, sized: Callable[[int], int]) -> None:
    """Liquidate the same positions in the same 100 steps with lrvx, deleveraging off."""
    positions = sized(100_000)

    def loaded() -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (lrvx_engine(positions),), {}

    def lower(engine: Any) -> None:
        for mark in fall_steps(STEPS):
            engine.on_mark(1, mark / 10)
        assert engine.liquidations_count() == positions

    benchmark.pedantic(lower, setup=loaded, rounds=1 if SMOKE else 3)
    each_ns = 1e9 * benchmark.stats["median"] / positions
    benchmark.extra_info["ns_per_liquidation"] = each_ns
    per_liquidation_ns["lrvx"] = each_ns

    ratio = each_ns / per_liquidation_ns["find and evaluate"]
    benchmark.extra_info["ratio_find_and_evaluate"] = ratio
    benchmark.extra_info["ratio_waterfall"] = each_ns / per_liquidation_ns["waterfall 100000"]
    assert SMOKE or ratio >= 100
