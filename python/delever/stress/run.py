"""Run a stress test: load the book, follow the path, keep what came of it."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delever import _core
from delever.errors import ConfigError, DataError
from delever.reference.instruments import Instrument
from delever.reference.rulebook import Rulebook
from delever.reference.rulebook import rulebook as load_rulebook
from delever.reference.vocabulary import RejectReason
from delever.report import LiveLine, clock, dollars

from .path import read_path
from .positions import Floats, Positions, read_positions

SAMPLES, LEVELS, BINS, TOP = 720, 40, 300, 100
SHARE = 0.01

Columns = Mapping[str, NDArray[Any]]
ShowShare = Callable[[float, int, float], None]


@dataclass(frozen=True)
class StressResult:
    """What a path did to a book: columns by liquidation, by deleveraging, and over time."""

    rules: Rulebook
    listed: list[Instrument]
    positions: Positions = field(repr=False)
    assumed: Mapping[str, str]
    loaded: Mapping[str, Any]
    liquidations: Columns = field(repr=False)
    deleveragings: Columns = field(repr=False)
    series: Columns = field(repr=False)
    waiting: list[tuple[float, float, Floats]] = field(repr=False)
    """Before the path, per instrument: lowest and highest price, and (bins, long/short) in USD."""
    digest: str
    seconds: Mapping[str, float]

    @property
    def usd(self) -> Floats:
        """Notional of each liquidation, at the mark."""
        return np.asarray(self.liquidations["usd"])

    @cached_property
    def lost_usd(self) -> float:
        """Margin of the isolated positions that were liquidated, less what came back."""
        book, rows, count = self.positions, self.liquidations, len(self.listed)
        worth, coin_usd = _at_entry(book, self.listed)
        margin = worth / (book.leverage if book.leverage.size else 1)
        if book.margin.size:
            margin = np.where(book.margin > 0, book.margin * coin_usd, margin)
        margin = margin * (1 - book.cross) if book.cross.size else margin
        holder = book.holder if book.holder.size else np.arange(margin.size)
        held = np.bincount(holder * count + book.instrument, margin)
        fallen = np.unique(rows["account"] * count + rows["instrument"])
        return float(held[fallen].sum() - rows["returned_usd"].sum())

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain data: what `--json` writes, and `docs/stress.md` describes."""
        rows, series, fund = self.liquidations, self.series, self.series["fund_usd"]
        names = [one.symbol for one in self.listed]
        usd = series["liquidated_usd"]
        sides = {
            s: {"long": usd[:, i, 0].sum(), "short": usd[:, i, 1].sum()}
            for i, s in enumerate(names)
        }
        by_time = {"time_ns": series["time_ns"], "count": series["liquidated_count"]}
        refused = {RejectReason(k).name.lower(): n for k, n in self.loaded["refused"].items()}
        return {
            "rulebook": self.rules.name,
            "at": str(self.rules.at) if self.rules.at < date.max else None,
            "assumed": dict(self.assumed),
            "positions": {**{k: self.loaded[k] for k in ("rows", "loaded")}, "refused": refused},
            "liquidated": {"count": len(self.usd), "usd": sides, "lost_usd": self.lost_usd}
            | {"fees_usd": rows["fee_usd"].sum()},
            "fund": {"low_usd": fund.min(), "end_usd": fund[-1]}
            | {f"{k}_usd": series[f"{k}_usd"].sum() for k in ("taken", "covered", "deleveraged")},
            "by_time": _rows({**by_time, "usd": usd.sum((1, 2)), "fund_usd": fund}),
            "by_level": {symbol: self.levels(i) for i, symbol in enumerate(names)},
            "accounts": self.largest(rows, self.usd, "mark_ticks"),
            "deleveraged": self.largest(
                self.deleveragings, np.abs(self.deleveragings["qty_lots"]), "price_ticks"
            ),
            "digest": self.digest,
            "seconds": dict(self.seconds),
        }

    def levels(self, at: int) -> list[dict[str, Any]]:
        """Return the liquidations of an instrument by mark, from the highest level down."""
        mine, path = self.liquidations["instrument"] == at, self.series["mark"][:, at]
        marks = self.liquidations["mark_ticks"][mine] * float(self.listed[at].tick)
        count, edges = np.histogram(marks, LEVELS, (path.min(), path.max()))
        usd = np.histogram(marks, edges, weights=self.usd[mine])[0]
        return _rows({"low": edges[:-1], "high": edges[1:], "count": count, "usd": usd})[::-1]

    def largest(self, rows: Columns, size: NDArray[Any], price: str) -> list[dict[str, Any]]:
        """Return the largest rows, in people's units."""
        found, names = [], self.positions.accounts
        for at in np.argsort(-size, kind="stable")[:TOP]:
            one, row = self.listed[rows["instrument"][at]], {k: int(rows[k][at]) for k in rows}
            who = row["account"]
            account = "hedger" if who < 0 else who if names is None else names[who].item()
            numbers = {
                "qty": float(one.qty(row["qty_lots"])),
                "price": float(one.price(row[price])),
            }
            found.append(
                {"time_ns": row["time_ns"], "account": account, "symbol": one.symbol} | numbers
            )
        return found

    def to_json(self, path: str | Path) -> Path:
        """Write the result as JSON: the whole file or nothing."""
        from delever.replay import write_whole  # noqa: PLC0415  (import time)

        text = json.dumps(
            self.as_dict(), indent=1, ensure_ascii=False, default=lambda one: one.item()
        )
        return write_whole(Path(path), f"{text}\n".encode())

    def plot(self, out: str | Path = "out") -> list[Path]:
        """Draw stress.png into a directory; needs the extra `plot`."""
        from .picture import draw  # noqa: PLC0415  (optional)

        return draw(self, Path(out))

    def __str__(self) -> str:
        from .text import summary  # noqa: PLC0415  (import time)

        return summary(self)


def _rows(columns: Columns) -> list[dict[str, Any]]:
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in values]


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
    rules.require_built()
    book, started = read_positions(positions), time.perf_counter()
    listed = _contracts(rules, book)
    value, mean = _sums(book, listed)
    route = read_path(path, listed, start=mean, step_s=step)
    depths = [SHARE * one if depth is None else float(depth) for one in value.tolist()]
    money = SHARE * float(value.sum()) if fund is None else float(fund)
    if not (min(depths) > 0 and money >= 0):
        raise ConfigError("depth must be above 0, and the fund at least 0")
    sample_ns = int(route.time_ns[-1] - route.time_ns[0]) // SAMPLES + 1
    assumed = {
        "path": route.text,
        "depth": f"{dollars(sum(depths))} within 1 % of the index on either side, all contracts",
        "fund": f"{dollars(money)} at the start",
        "counterparties": "hedgers at leverage 1 hold the other side of every position",
    }
    run = _load(rules, listed, book, sample_ns)
    loaded, seconds = run.loaded(), {"load": time.perf_counter() - started}
    run.prepare(route.time_ns, route.price_ticks, depths, money)
    waiting = _waiting(run, np.multiply(route.price_ticks, [float(one.tick) for one in listed]))
    started = time.perf_counter()
    _follow(run, route.time_ns, LiveLine(sys.stderr) if progress is True else progress)
    seconds["run"] = time.perf_counter() - started
    columns = (run.liquidations(), run.deleveragings(), run.series())
    digest = f"{run.digest & (2**64 - 1):016x}"
    return StressResult(rules, listed, book, assumed, loaded, *columns, waiting, digest, seconds)


def _contracts(rules: Rulebook, book: Positions) -> list[Instrument]:
    if not book.qty.size:
        raise DataError("the table has no positions", column="qty")
    listed = [rules.instrument(name) for name in book.symbols or [*rules.instruments][:1]]
    if len({one.contract is None for one in listed}) > 1 or any(one.settle for one in listed):
        names = ", ".join(one.symbol for one in listed)
        raise ConfigError(f"{names}: contracts of one stress test settle in one currency")
    return listed


def _at_entry(book: Positions, listed: list[Instrument]) -> tuple[Floats, Floats]:
    """Return the notional of every row at entry, in USD, and of what it settles in the USD."""
    contract = np.array([float(one.contract or 0) for one in listed])[book.instrument]
    usd = np.abs(book.qty) * np.where(contract > 0, contract, book.entry_price)
    return usd, np.where(contract > 0, book.entry_price, 1.0)


def _sums(book: Positions, listed: list[Instrument]) -> tuple[Floats, list[float]]:
    """Return notional and mean price of every contract, at entry."""
    size, count = np.abs(book.qty), len(listed)
    value = np.bincount(book.instrument, _at_entry(book, listed)[0], count)
    sums = np.bincount(book.instrument, size * book.entry_price, count)
    sizes = np.maximum(np.bincount(book.instrument, size, count), 1e-300)
    return np.asarray(value, np.float64), np.asarray(sums / sizes).tolist()


def _load(rules: Rulebook, listed: list[Instrument], book: Positions, sample_ns: int) -> Any:
    ticks, lots = [float(one.tick) for one in listed], [float(one.lot) for one in listed]
    worth, specs = [float(one.contract or 0) for one in listed], [one.spec() for one in listed]
    run = _core.StressRun(specs, rules.spec(), ticks, lots, worth, sample_ns)
    run.load(**{k: getattr(book, k) for k in ("holder", "cross", *Positions._fields[1:7])})
    return run


def _waiting(run: Any, prices: NDArray[Any]) -> list[tuple[float, float, Floats]]:
    lows, highs = 0.7 * prices.min(0), 1.3 * prices.max(0)
    ends = enumerate(zip(lows.tolist(), highs.tolist(), strict=True))
    return [(low, high, run.waiting_usd(i, low, high, BINS)) for i, (low, high) in ends]


def _follow(run: Any, times: Any, show: LiveLine | ShowShare | bool) -> None:
    steps = len(times)
    chunk = max(1, steps // 400)
    for until in range(chunk, steps + chunk, chunk):
        run.run(min(until, steps))
        done, count, usd, fund = run.state()
        if isinstance(show, LiveLine) and time.monotonic() - show.last > 0.33:
            show.last = time.monotonic()
            bar = f"{'━' * (20 * done // steps):─<20} {done / steps:4.0%}"
            when = clock(int(times[done - 1]))
            show.write(
                f"  {bar}  {when}  {count:,} liquidated, {dollars(usd)}  fund {dollars(fund)}"
            )
        elif callable(show) and not isinstance(show, LiveLine):
            show(done / steps, count, usd)
    if isinstance(show, LiveLine):
        show.write("")
