"""How fast is the matching engine on a batch, what does Python add, and what does a book weigh?

`flow10m` (see order_flows.py) in numpy batches, all events kept; the answer is checked before times
count. The program cpp/bench_book.cpp, linked here with the installed library, runs the same
commands without Python, in turn, and must come to the same digest; it also tells the memory. Times
are processor times: a busy machine slows them less.
"""

from __future__ import annotations

import functools
import json
import shutil
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

import delever as dl

Batches = list[Any]
flow_of = functools.cache(make_flow)  # ten million commands take minutes to make


@pytest.fixture(scope="module")
def program(tmp_path_factory: Any) -> Path:
    """Link the program without Python with the library in the package: the same code."""
    compiler = shutil.which("c++")
    if compiler is None:
        pytest.skip("no C++ compiler to build bench_book.cpp")
    made = tmp_path_factory.mktemp("book") / "bench_book"
    package = Path(str(dl.__file__)).parent
    source = Path(__file__).parent / "cpp" / "bench_book.cpp"
    library = package / "lib" / "libdelever_core.a"
    command = [compiler, "-O3", "-DNDEBUG", "-std=c++20", "-I", package / "include" / "delever"]
    subprocess.run([*command, source, library, "-o", made], check=True)
    return made


def without_python(program: Path, commands: NDArray[np.void], folder: Path) -> dict[str, Any]:
    """Run the commands in the C++ program; return what it prints."""
    file = folder / "commands.bin"
    commands.tofile(file)
    call = [str(program), str(file), "1", str(CHUNK)]
    ran = subprocess.run(call, check=True, capture_output=True, text=True)
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


def with_python(batches: Batches) -> tuple[float, int, int]:
    """Apply the batches to a new engine; return seconds, fills and the digest."""
    engine, fills = new_engine(), 0
    begin = time.process_time()
    for batch in batches:
        engine.apply(batch)
        fills += engine.event_rows()[FILLS]
        engine.clear_events()
    return time.process_time() - begin, fills, engine.digest


def in_form(batch: NDArray[np.void], form: str) -> Any:
    """Return a batch as it is, or its columns (all, or those that say something), each an array."""
    if form == "records":
        return batch
    names = batch.dtype.names or ()
    return {name: batch[name].copy() for name in names if form == "all" or batch[name].any()}


@pytest.mark.parametrize("form", ["records", "columns", "all"])
@pytest.mark.parametrize("naming", [by_order_id, by_client_id], ids=lambda one: one.__name__)
def test_flow10m(
    benchmark: Any,
    sized: Callable[[int], int],
    rounds: int,
    program: Path,
    tmp_path: Path,
    naming: Callable[[NDArray[np.void]], NDArray[np.void]],
    form: str,
) -> None:
    """Apply the flow in chunks of 8,192, with Python and without in turn: at most 15 ns more."""
    flow, answer = flow_of("flow10m", sized(10_000_000))
    commands = naming(flow)
    batches: Batches = [in_form(batch, form) for batch in in_chunks(commands)]
    alone = without_python(program, commands, tmp_path)
    wanted = (answer.trades, int(alone["digest"], 16))
    assert alone["fills"] == answer.trades
    assert with_python(batches)[1:] == wanted
    pairs: list[tuple[float, float]] = []

    def run() -> None:
        seconds, *ends = with_python(batches)
        other = without_python(program, commands, tmp_path)
        assert tuple(ends) == (other["fills"], int(other["digest"], 16)) == wanted
        pairs.append((1e9 * seconds / len(commands), other["ns_per_command"]))

    benchmark.pedantic(run, rounds=rounds)
    each_ns, alone_ns = (statistics.median(times) for times in zip(*pairs, strict=True))
    added_ns = statistics.median(one - other for one, other in pairs)
    benchmark.extra_info.update(ns_per_command=each_ns, ns_without_python=alone_ns)
    benchmark.extra_info.update(ns_added=added_ns, fills=answer.trades)
    assert SMOKE or added_ns <= 15


@pytest.mark.parametrize("name", ["flow10m", "sparse"])
def test_bytes_per_resting_order(
    benchmark: Any, sized: Callable[[int], int], program: Path, tmp_path: Path, name: str
) -> None:
    """State what the orders, levels and indexes of a full book weigh."""
    flow, answer = flow_of(name, sized(1_000_000))
    commands = by_order_id(flow)
    ran = benchmark.pedantic(without_python, (program, commands, tmp_path), rounds=1)
    assert ran["resting"] == answer.resting
    benchmark.extra_info["bytes_per_resting_order"] = ran["bytes"] / answer.resting_max
    benchmark.extra_info["orders"] = answer.resting_max
    assert SMOKE or name != "flow10m" or ran["bytes"] <= 64 * answer.resting_max


def test_memory_after_emptying(
    benchmark: Any, sized: Callable[[int], int], program: Path, tmp_path: Path
) -> None:
    """Fill and empty the book twice: the second time takes no more memory than the first."""
    flow, answer = flow_of("emptying", sized(1_000_000))
    commands = by_order_id(flow)
    assert answer.resting == 0
    once = without_python(program, commands, tmp_path)
    again = np.concatenate([by_client_id(flow), by_client_id(flow)])
    twice = benchmark.pedantic(without_python, (program, again, tmp_path), rounds=1)
    assert once["resting"] == twice["resting"] == 0
    assert twice["fills"] == 2 * once["fills"] == 2 * answer.trades
    first = without_python(program, by_client_id(flow), tmp_path)
    benchmark.extra_info.update(bytes_once=first["bytes"], bytes_twice=twice["bytes"])
    assert twice["bytes"] == first["bytes"]
