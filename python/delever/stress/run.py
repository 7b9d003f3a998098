"""Run a stress test: load the book, follow the path, keep what came of it."""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from delever._core import StressResult, StressRun, at_entry, clock, dollars
from delever.errors import ConfigError, DataError
from delever.reference.instruments import Instrument
from delever.reference.rulebook import Rulebook
from delever.reference.rulebook import rulebook as load_rulebook
from delever.report import LiveLine

from .path import read_path
from .positions import Positions, read_positions

SAMPLES, BINS, SHARE = 720, 300, 0.01
ShowShare = Callable[[float, int, float], None]


def stress(
    positions: Any,
    *,
    path: Any,
    rulebook: str | Rulebook = "binance-um",
    at: str | None = None,
    depth: float | None = None,
    fund: float | None = None,
    step: float = 1.0,
    progress: bool | ShowShare = False,
) -> StressResult:
    """Load a book of positions into a venue, let the index follow a path, and see who falls.

    Parameters
    ----------
    positions
        A file (.parquet, .csv, .arrow), a numpy structured array, a mapping of arrays, or an Arrow
        table; columns as in `POSITION_COLUMNS`. Prices and quantities go to the nearest tick, lot.
    path
        "-30% over 1h" (from the mean entry price, or "... from 72000"), or a table of times and
        prices.
    rulebook, at
        The venue's rules, and their day.
    depth
        Dollars within 1 % of the index on either side of the book, per contract: an assumption, 1 %
        of the contract's notional where it is left out. It refills with a half-life of 20 s and
        shrinks in fast markets, as in the replays.
    fund
        The insurance fund in USD; 1 % of all notional where it is left out.
    step
        Seconds between index prices.
    progress
        True for a live line on stderr, or a function of (share done, liquidations, their USD).

    Examples
    --------
    >>> book = {"qty": [1.0, -2.0], "entry_price": [7e4, 7e4], "leverage": [20, 5]}
    >>> result = stress(book, path="-10% over 10min", depth=1e7, fund=1e6)
    >>> result.liquidations["account"].tolist()
    [0]
    """
    rules = rulebook if isinstance(rulebook, Rulebook) else load_rulebook(rulebook, at=at)
    book, started = read_positions(positions), time.perf_counter()
    listed, (tick, lot, contract) = _contracts(rules, book)
    value, mean = at_entry(book.instrument, book.qty, book.entry_price, contract)
    route = read_path(path, listed, start=mean, step_s=step)
    depths = [SHARE * one if depth is None else float(depth) for one in value]
    money = SHARE * sum(value) if fund is None else float(fund)
    if not (min(depths) > 0 and money >= 0):
        raise ConfigError("depth must be above 0, and the fund at least 0")
    sample_ns = int(route.time_ns[-1] - route.time_ns[0]) // SAMPLES + 1
    assumed = {
        "path": route.text,
        "depth": f"{dollars(sum(depths))} within 1 % of the index on either side, all contracts",
        "fund": f"{dollars(money)} at the start",
        "counterparties": "hedgers at leverage 1 hold the other side of every position",
    }
    run = StressRun([one.spec() for one in listed], rules.spec(), tick, lot, contract, sample_ns)
    run.load(**{k: getattr(book, k) for k in Positions._fields[1:9]})
    loaded, seconds = run.loaded(), {"load": time.perf_counter() - started}
    run.prepare(route.time_ns, route.price_ticks, depths, money)
    prices = np.multiply(route.price_ticks, tick)
    ends = zip((0.7 * prices.min(0)).tolist(), (1.3 * prices.max(0)).tolist(), strict=True)
    waiting = [(a, b, run.waiting_usd(i, a, b, BINS)) for i, (a, b) in enumerate(ends)]
    started = time.perf_counter()
    _follow(run, route.time_ns, LiveLine(sys.stderr) if progress is True else progress)
    seconds["run"] = time.perf_counter() - started
    columns = (run.liquidations(), run.deleveragings(), run.series())
    digest = f"{run.digest & (2**64 - 1):016x}"
    return StressResult(rules, listed, book, assumed, loaded, *columns, waiting, digest, seconds)


def _contracts(rules: Rulebook, book: Positions) -> tuple[list[Instrument], list[list[float]]]:
    """Return the contracts, and what a tick, a lot and (inverse) a contract of each are."""
    if not book.qty.size:
        raise DataError("the table has no positions", column="qty")
    listed = [rules.instrument(name) for name in book.symbols or [*rules.instruments][:1]]
    if len({one.contract is None for one in listed}) > 1 or any(one.settle for one in listed):
        names = ", ".join(one.symbol for one in listed)
        raise ConfigError(f"{names}: contracts of one stress test settle in one currency")
    units = ((one.tick, one.lot, one.contract or 0) for one in listed)
    return listed, [[*map(float, one)] for one in zip(*units, strict=True)]


def _follow(run: Any, times: Any, show: LiveLine | ShowShare | bool) -> None:
    steps = len(times)
    chunk = max(1, steps // 400)
    for until in range(chunk, steps + chunk, chunk):
        run.run(min(until, steps))
        done, count, usd, fund = run.state()
        if isinstance(show, LiveLine) and show.due():
            bar = f"{'━' * (20 * done // steps):─<20} {done / steps:4.0%}"
            text = f"{count:,} liquidated, {dollars(usd)}  fund {dollars(fund)}"
            show.write(f"  {bar}  {clock(int(times[done - 1]))}  {text}")
        elif callable(show) and not isinstance(show, LiveLine):
            show(done / steps, count, usd)
    if isinstance(show, LiveLine):
        show.write("")
