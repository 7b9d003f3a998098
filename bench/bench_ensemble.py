"""Does an ensemble use both cores, and what does a member of the closed loop's cost?

Threads share one interpreter: what a member holds its lock for cannot overlap. `held` is that part,
measured as the processor time of a member whose population is next to nothing.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from conftest import SMOKE

from delever.inference.ensemble import PRIORS, draw, ensemble, reduced_run
from delever.inference.reduced import reduced_market
from delever.scenario import scenario

MEMBERS, ROUNDS = (2, 1) if SMOKE else (24, 5)
QUIET = 0.97  # of a core: what one thread must get for its figure to be one


def timed(threads: int) -> tuple[float, float]:
    """Return seconds and processor seconds of an ensemble on so many threads."""
    wall, processor = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        found = ensemble("btc-2026-02", MEMBERS, executor=pool)
    assert len(found.rows) == MEMBERS
    return time.perf_counter() - wall, time.process_time() - processor


def test_two_threads_do_twice_as_much(benchmark: Any) -> None:
    """Rounds of one thread and of two alternate; the ratio is that of their medians."""
    reduced_run(scenario("btc-2026-02"), 7, draw(PRIORS, 7, 0))  # everything is imported
    rounds = []

    def both() -> None:
        rounds.append((timed(1), timed(2)))

    benchmark.pedantic(both, rounds=ROUNDS)
    (one, one_cpu), (two, two_cpu) = np.median(rounds, axis=0)
    start = time.process_time()
    reduced_market(scenario("btc-2026-02"), accounts=1_000)
    held = (time.process_time() - start) / (one_cpu / MEMBERS)
    benchmark.extra_info.update(ratio=one / two, cpu_ratio=two_cpu / one_cpu, held=held)
    if SMOKE:
        return
    assert held < 0.1
    assert two_cpu < 1.1 * one_cpu  # nobody spins
    if one_cpu < QUIET * one or (os.cpu_count() or 1) < 2:
        pytest.skip(f"one thread got {one_cpu / one:.0%} of a core: run it on a quiet machine")
    assert one / two >= 1.8


@pytest.mark.parametrize("workers", [1, 2])
def test_a_member_of_the_closed_loop(benchmark: Any, workers: int) -> None:
    """Both days, four coins, four venues and spot with 100,000 accounts, in steps of 10 s.

    The limit is that of the machine's two cores; on one, two members run side by side.
    """
    accounts, step_s = (2_000, 600) if SMOKE else (100_000, 10)
    what = scenario("btc-2026-02")

    def member() -> Any:
        return what.closed_loop(accounts=accounts, step_s=step_s, workers=workers)

    processor = time.process_time()
    rounds = 1 if SMOKE else 3
    run = benchmark.pedantic(member, rounds=rounds)
    processor = (time.process_time() - processor) / rounds
    commands = run.steps["commands"]
    benchmark.extra_info.update(accounts=accounts, commands=commands, processor_s=processor)
    assert commands > (0 if SMOKE else 3_000_000)
    assert SMOKE or benchmark.stats["median"] <= 10 * (3 - workers)
