"""How long does it take to load a book of positions, and to let a path run through it?

Load: rows from numpy to a venue with a threshold for each. Run: ten minutes of a fall of 5 %, step
by step of a second. Limits are in processor time, for a machine that others use too; resident
memory is that of the process at its highest, by the kernel.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import SMOKE

import delever as dl

LOADED: dict[int, float] = {}


def book(count: int) -> dict[str, Any]:
    """Return positions of both sides that the index of 70,000 does not breach at once."""
    rng = np.random.default_rng(1)
    usd = np.minimum((rng.pareto(1.2, count) + 1) * 500, 2e6)
    sign = np.where(rng.random(count) < 0.6, 1, -1)
    leverage = rng.choice([3.0, 5.0, 10.0, 20.0, 50.0], count)
    qty = sign * np.maximum(np.round(usd / 70_000, 3), 0.001)
    return {"qty": qty, "entry_price": np.full(count, 70_000.0), "leverage": leverage}


@pytest.mark.parametrize("positions", [10**5, 10**6, 10**7])
def test_stress(benchmark: Any, sized: Callable[[int], int], positions: int) -> None:
    """Load the book, then follow the path."""
    rows, cpu = book(sized(positions)), time.process_time()
    path = f"-5% over {'10s' if SMOKE else '10min'} from 70000"
    result = benchmark.pedantic(dl.stress, (rows,), {"path": path}, rounds=1)
    cpu = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    seconds = dict(result.seconds)
    benchmark.extra_info |= {"load_s": seconds["load"], "run_s": seconds["run"], "cpu_s": cpu}
    benchmark.extra_info |= {"peak_gib": peak, "liquidated": len(result.usd)}
    assert result.loaded["loaded"] == len(rows["qty"])
    assert SMOKE or positions < 10**7 or (cpu <= 20 and peak < 6)
