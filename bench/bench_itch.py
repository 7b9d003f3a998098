"""How fast is a day of ITCH 5.0 decoded, and how fast do its messages become order books?

The day is synthetic (itch_day.cpp, built here): 20 million messages, 8,887 symbols. Its writer
keeps books of its own, as maps; what they show at the end must be what ours show. Files lie in the
page cache and are given to the decoder in pieces of 1 MiB.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SMOKE

from delever import _core

HERE = Path(__file__).parent
PIECE = 1 << 20


class Day:
    """The bytes of the day, and what its writer knows about it."""

    def __init__(self, path: Path, summary: Path) -> None:
        self.raw = np.memmap(path, np.uint8, "r")
        rows = [line.split() for line in summary.read_text().splitlines()]
        self.counts = {row[1]: int(row[2]) for row in rows if row[0] == "messages"}
        self.symbols = {int(row[1]): [*map(int, row[2:])] for row in rows if row[0] == "symbol"}
        self.numbers = {row[0]: int(row[1]) for row in rows if len(row) == 2}
        self.messages = sum(self.counts.values())

    def feed(self, stream: Any) -> Any:
        """Give the stream the whole day."""
        for start in range(0, len(self.raw), PIECE):
            stream.feed(self.raw[start : start + PIECE])
        stream.finish()
        return stream


@pytest.fixture(scope="module")
def day(tmp_path_factory: Any) -> Iterator[Day]:
    """Build the writer, and write the day."""
    compiler = shutil.which("c++")
    if compiler is None:
        pytest.skip("no C++ compiler to build itch_day.cpp")
    folder = tmp_path_factory.mktemp("itch")
    writer = folder / "itch_day"
    command = [compiler, "-O2", "-std=c++20", str(HERE / "itch_day.cpp"), "-o", str(writer)]
    subprocess.run(command, check=True)
    messages = 200_000 if SMOKE else 20_000_000
    path, summary = folder / "day.itch", folder / "day.txt"
    subprocess.run([str(writer), str(messages), "1", str(path), str(summary)], check=True)
    yield Day(path, summary)
    path.unlink()


def check_books(day: Day, books: Any) -> None:
    """Compare every book with the writer's."""
    assert books.fault is None
    assert books.counts() == day.counts
    assert {name for name, count in books.results().items() if count} == {"applied"}
    assert books.live_orders == day.numbers["live"]
    assert books.crossed() == []
    for locate, expected in day.symbols.items():
        found = []
        for side in books.depth(locate, 1_000):
            best = int(side["price_ticks"][0]) if len(side) else 0
            found += [best, len(side), int(side["orders"].sum()), int(side["qty_lots"].sum())]
        assert found == expected


def report(benchmark: Any, day: Day) -> float:
    """Note the time per message; return the rate in millions a second."""
    each_ns = 1e9 * benchmark.stats["median"] / day.messages
    benchmark.extra_info["ns_per_message"] = each_ns
    benchmark.extra_info["million_messages_per_s"] = 1e3 / each_ns
    return 1e3 / each_ns


def test_decode(benchmark: Any, day: Day, rounds: int) -> None:
    """Decode every message and read all fields of those about orders and trades."""
    assert day.feed(_core.ItchTotals()).totals()["messages"] == day.counts
    stream = benchmark.pedantic(lambda: day.feed(_core.ItchTotals()), rounds=rounds)
    assert stream.messages == day.messages
    rate = report(benchmark, day)
    assert SMOKE or rate >= 50


def test_books(benchmark: Any, day: Day, rounds: int) -> None:
    """Build the full books of all symbols, every order in its queue."""
    check_books(day, day.feed(_core.ItchBooks()))
    books = benchmark.pedantic(lambda: day.feed(_core.ItchBooks()), rounds=rounds)
    assert books.live_orders == day.numbers["live"]
    benchmark.extra_info["MB"] = books.bytes / 1e6
    report(benchmark, day)


def test_events(benchmark: Any, day: Day, rounds: int) -> None:
    """Turn the day into numpy arrays of order events, a MiB of it at a time."""

    def read() -> int:
        stream, rows = _core.ItchEvents(), 0
        for start in range(0, len(day.raw), PIECE):
            stream.feed(day.raw[start : start + PIECE])
            rows += len(stream.take())
        return rows

    rows = benchmark.pedantic(read, rounds=rounds)
    assert rows == sum(day.counts.get(kind, 0) for kind in "AFECXDUPQB")
    report(benchmark, day)


def test_tops(benchmark: Any, day: Day, rounds: int) -> None:
    """Build the full books, and write each change of a symbol's best bid and ask."""

    def read() -> tuple[int, dict[int, list[int]]]:
        stream, rows, last = _core.ItchTops(), 0, np.zeros(1 << 16, _core.ITCH_TOP_DTYPE)
        for start in range(0, len(day.raw), PIECE):
            stream.feed(day.raw[start : start + PIECE])
            tops = stream.take()
            rows += len(tops)
            last[tops["stock_locate"]] = tops
        best = last[["bid_price", "ask_price"]]
        return rows, {locate: [*map(int, best[locate])] for locate in day.symbols}

    wanted = {locate: [row[0], row[4]] for locate, row in day.symbols.items()}
    assert read()[1] == wanted
    rows, best = benchmark.pedantic(read, rounds=rounds)
    assert best == wanted
    benchmark.extra_info["changes"] = rows
    report(benchmark, day)
