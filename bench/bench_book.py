"""How fast is the matching engine on a batch, what does Python add, and what does a book weigh?

`flow10m` (see order_flows.py) in numpy batches, all events kept; the answer is checked before times
count. The program `bench_book` (CMake option DELEVER_BUILD_BENCH), where DELEVER_BENCH_BOOK names
it, runs the same commands without Python and must come to the same digest; it also tells the
memory. Times are processor times: a busy machine slows them less.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SMOKE
from numpy.typing import NDArray
from order_flows import make_flow
from own_books import CHUNK, FILLS, by_client_id, by_order_id, in_chunks, new_engine

PROGRAM = os.environ.get("DELEVER_BENCH_BOOK")
needs_program = pytest.mark.skipif(PROGRAM is None, reason="DELEVER_BENCH_BOOK is not set")


def without_python(commands: NDArray[np.void], folder: Path, rounds: int) -> dict[str, Any]:
    """Run the commands in the C++ program; return what it prints."""
    file = folder / "commands.bin"
    commands.tofile(file)
    call = [str(PROGRAM), str(file), str(rounds), str(CHUNK)]
    ran = subprocess.run(call, check=True, capture_output=True, text=True)
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("naming", [by_order_id, by_client_id], ids=lambda one: one.__name__)
def test_flow10m(
    benchmark: Any,
    sized: Callable[[int], int],
    rounds: int,
    tmp_path: Path,
    naming: Callable[[NDArray[np.void]], NDArray[np.void]],
) -> None:
    """Apply ten million commands in chunks; compare with C++ alone where it was built."""
    flow, answer = make_flow("flow10m", sized(10_000_000))
    commands = naming(flow)
    chunks = in_chunks(commands)
    seconds: list[float] = []
    ends: list[tuple[int, int]] = []

    def run() -> None:
        engine, fills = new_engine(), 0
        begin = time.process_time()
        for chunk in chunks:
            engine.apply(chunk)
            fills += engine.event_rows()[FILLS]
            engine.clear_events()
        seconds.append(time.process_time() - begin)
        ends.append((fills, engine.digest))

    benchmark.pedantic(run, rounds=rounds, warmup_rounds=1)
    assert ends[0][0] == answer.trades
    assert len(set(ends)) == 1
    each_ns = 1e9 * statistics.median(seconds[1:]) / len(commands)
    benchmark.extra_info.update(ns_per_command=each_ns, fills=answer.trades)
    if PROGRAM is not None:
        alone = without_python(commands, tmp_path, rounds)
        assert (alone["fills"], int(alone["digest"], 16)) == ends[0]
        benchmark.extra_info.update(ns_without_python=alone["ns_per_command"])
        assert SMOKE or each_ns <= alone["ns_per_command"] + 15


@needs_program
@pytest.mark.parametrize("name", ["flow10m", "sparse"])
def test_bytes_per_resting_order(
    benchmark: Any, sized: Callable[[int], int], tmp_path: Path, name: str
) -> None:
    """State what the orders, levels and indexes of a full book weigh."""
    flow, answer = make_flow(name, sized(1_000_000))
    commands = by_order_id(flow)
    ran = benchmark.pedantic(without_python, (commands, tmp_path, 1), rounds=1)
    assert ran["resting"] == answer.resting
    benchmark.extra_info["bytes_per_resting_order"] = ran["bytes"] / answer.resting_max
    benchmark.extra_info["orders"] = answer.resting_max
    assert SMOKE or name != "flow10m" or ran["bytes"] <= 64 * answer.resting_max


@needs_program
def test_memory_after_emptying(benchmark: Any, sized: Callable[[int], int], tmp_path: Path) -> None:
    """Fill and empty the book twice: the second time takes no more memory than the first."""
    flow, answer = make_flow("emptying", sized(1_000_000))
    commands = by_order_id(flow)
    assert answer.resting == 0
    once = without_python(commands, tmp_path, 1)
    again = np.concatenate([by_client_id(flow), by_client_id(flow)])
    twice = benchmark.pedantic(without_python, (again, tmp_path, 1), rounds=1)
    assert once["resting"] == twice["resting"] == 0
    assert twice["fills"] == 2 * once["fills"] == 2 * answer.trades
    first = without_python(by_client_id(flow), tmp_path, 1)
    benchmark.extra_info.update(bytes_once=first["bytes"], bytes_twice=twice["bytes"])
    assert twice["bytes"] == first["bytes"]
