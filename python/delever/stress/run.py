"""Run a stress test, and say what came of it."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
from .positions import Positions, read_positions

SAMPLES, LEVELS, TOP = 720, 40, 100
DEPTH_SHARE, FUND_SHARE = 0.01, 0.01
ATOMS = 1e-8


@dataclass(frozen=True)
class StressResult:
    """What a path did to a book: arrays by liquidation, by deleveraging and over time."""

    rules: Rulebook
    listed: list[Instrument]
    positions: Positions = field(repr=False)
    assumed: Mapping[str, str]
    loaded: Mapping[str, Any]
    liquidations: Mapping[str, NDArray[np.int64]] = field(repr=False)
    deleveragings: Mapping[str, NDArray[np.int64]] = field(repr=False)
    series: Mapping[str, NDArray[Any]] = field(repr=False)
    waiting: list[tuple[float, float, NDArray[np.float64]]] = field(repr=False)
    """Before the path, per instrument: lowest and highest price, and (bins, long/short) in USD."""
    digest: str
    seconds: Mapping[str, float]

    @cached_property
    def _lots(self) -> NDArray[np.float64]:
        return np.array([float(one.lot) for one in self.listed])

    @cached_property
    def _ticks(self) -> NDArray[np.float64]:
        return np.array([float(one.tick) for one in self.listed])

    @cached_property
    def liquidated_usd(self) -> NDArray[np.float64]:
        """Notional of each liquidation, at the mark."""
        which, rows = self.liquidations["instrument"], self.liquidations
        return np.abs(
            rows["qty_lots"] * self._lots[which] * rows["mark_ticks"] * self._ticks[which]
        )

    @cached_property
    def lost_usd(self) -> float:
        """Margin of the liquidated positions, less what came back."""
        book, count = self.positions, len(self.listed)
        margin = np.abs(book.qty) * book.entry_price
        margin /= book.leverage if book.leverage.size else 1.0
        if book.margin.size:
            margin = np.where(book.margin > 0, book.margin, margin)
        holder = book.holder if book.holder.size else np.arange(margin.size)
        held = np.bincount(holder * count + book.instrument, margin)
        keys = np.unique(self.liquidations["account"] * count + self.liquidations["instrument"])
        return float(held[keys].sum() - self.liquidations["returned_atoms"].sum() * ATOMS)

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain data: what `--json` writes (see the README for the schema)."""
        rows, series = self.liquidations, self.series
        loaded = {key: self.loaded[key] for key in ("rows", "loaded", "first_refused_row")}
        refused = {RejectReason(k).name.lower(): n for k, n in self.loaded["refused"].items()}
        named = {one.symbol: i for i, one in enumerate(self.listed)}
        sides = {
            symbol: dict(zip(("long", "short"), series["liquidated_usd"][:, i].sum(0), strict=True))
            for symbol, i in named.items()
        }
        fund = series["fund_usd"]
        return {
            "rulebook": self.rules.name,
            "at": str(self.rules.at),
            "assumed": dict(self.assumed),
            "positions": {**loaded, "refused": refused},
            "liquidated": {"count": len(rows["time_ns"]), "usd": sides, "lost_usd": self.lost_usd},
            "fees_usd": float(rows["fee_atoms"].sum() * ATOMS),
            "fund": {"low_usd": fund.min(), "end_usd": fund[-1]}
            | {f"{what}_usd": series[f"{what}_usd"].sum() for what in ("taken", "covered")},
            "deleveraged_usd": series["deleveraged_usd"].sum(),
            "by_time": _rows(
                time_ns=series["time_ns"],
                count=series["liquidated_count"],
                usd=series["liquidated_usd"].sum((1, 2)),
                fund_usd=fund,
            ),
            "by_level": {symbol: self._levels(i) for symbol, i in named.items()},
            "accounts": self._accounts(rows, self.liquidated_usd, ("account",)),
            "deleveraged": self._accounts(
                self.deleveragings, np.abs(self.deleveragings["qty_lots"]), ("account", "bankrupt")
            ),
            "digest": self.digest,
            "seconds": dict(self.seconds),
        }

    def _levels(self, at: int) -> list[dict[str, Any]]:
        """Return the liquidations of an instrument by mark, from the highest level down."""
        mine = self.liquidations["instrument"] == at
        marks = self.liquidations["mark_ticks"][mine] * self._ticks[at]
        path = self.series["mark"][:, at]
        edges = np.linspace(path.min(), np.nextafter(path.max(), np.inf), LEVELS + 1)
        usd = np.histogram(marks, edges, weights=self.liquidated_usd[mine])[0]
        count = np.histogram(marks, edges)[0]
        columns = {"low": edges[:-1], "high": edges[1:], "count": count, "usd": usd}
        return _rows(**columns)[::-1]

    def _accounts(self, rows: Any, size: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
        """Return the largest rows, in people's units."""
        found = []
        for at in np.argsort(-size, kind="stable")[:TOP].tolist():
            listed = self.listed[rows["instrument"][at]]
            price = rows["mark_ticks" if "mark_ticks" in rows else "price_ticks"][at]
            who = {n: self._name(int(rows[n][at])) for n in names}
            qty = float(listed.qty(int(rows["qty_lots"][at])))
            what = {"symbol": listed.symbol, "qty": qty, "price": float(listed.price(int(price)))}
            found.append({"time_ns": int(rows["time_ns"][at]), **who, **what})
        return found

    def _name(self, holder: int) -> Any:
        return "hedger" if holder < 0 else self.positions.name_of(holder)

    def to_json(self, path: str | Path) -> Path:
        """Write the result as JSON: the whole file or nothing."""
        from delever.replay import write_whole  # noqa: PLC0415  (import time)

        text = json.dumps(self.as_dict(), indent=1, ensure_ascii=False, default=_plain) + "\n"
        return write_whole(Path(path), text.encode())

    def plot(self, out: str | Path = "out") -> list[Path]:
        """Draw stress.png into a directory; needs the extra `plot`."""
        from .picture import draw  # noqa: PLC0415  (optional)

        return draw(self, Path(out))

    def __str__(self) -> str:
        from .text import summary  # noqa: PLC0415  (import time)

        return summary(self)


def _plain(value: Any) -> Any:
    return value.item()


def _rows(**columns: Any) -> list[dict[str, Any]]:
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
    progress: bool | Callable[[float, int, float], None] = False,
) -> StressResult:
    """Load a book of positions into a venue, let the index follow a path, and report who falls.

    Parameters
    ----------
    positions
        A path (.parquet, .csv, .feather), a numpy structured array, a mapping of arrays, or an
        Arrow table; columns as in `POSITION_COLUMNS`. Prices and quantities are rounded to ticks
        and lots.
    path
        "-30% over 1h" (from the mean entry price, or "... from 72000"), or a table of times and
        prices.
    rulebook, at
        The venue's rules, and their day.
    depth
        Dollars within 1 % of the index on either side of the book, per contract; an assumption,
        1 % of the contract's notional where it is not given. It refills with a half-life of 20 s
        and shrinks in fast markets, as in the replays.
    fund
        The insurance fund in USD; 1 % of all notional where it is not given.
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
    if not book.qty.size:
        raise DataError("the table has no positions", column="qty")
    symbols = book.symbols or [next(iter(rules.instruments), "")]
    listed = [rules.instrument(symbol) for symbol in symbols]
    value = np.bincount(book.instrument, np.abs(book.qty) * book.entry_price, len(listed))
    mean = value / np.maximum(np.bincount(book.instrument, np.abs(book.qty), len(listed)), 1e-300)
    route = read_path(path, listed, start=mean.tolist(), step_s=step)
    depths = (DEPTH_SHARE * value if depth is None else np.full(len(listed), float(depth))).tolist()
    money = FUND_SHARE * float(value.sum()) if fund is None else float(fund)
    if min(depths) <= 0 or money < 0:
        raise ConfigError("depth must be above 0, and the fund at least 0")
    span = int(route.time_ns[-1] - route.time_ns[0])
    units = [[float(one.tick) for one in listed], [float(one.lot) for one in listed]]
    run = _core.StressRun([one.spec() for one in listed], rules.spec(), *units, span // SAMPLES + 1)
    run.load(**{name: getattr(book, name) for name in _LOADED})
    loaded, seconds = run.loaded(), {"load": time.perf_counter() - started}
    run.prepare(route.time_ns, route.price_ticks, depths, money)
    bounds = (0.7 * route.price_ticks.min(0) * units[0], 1.3 * route.price_ticks.max(0) * units[0])
    ranges = list(zip(*(bound.tolist() for bound in bounds), strict=True))
    waiting = [(*ends, run.waiting_usd(i, *ends, 300)) for i, ends in enumerate(ranges)]
    started = time.perf_counter()
    _run(run, len(route.time_ns), route.time_ns, progress)
    seconds["run"] = time.perf_counter() - started
    assumed = {
        "path": route.text,
        "depth": f"{dollars(sum(depths))} within 1 % of the index on either side, all contracts",
        "fund": dollars(money),
        "counterparties": "hedgers at leverage 1 hold the other side of every position",
    }
    results = (run.liquidations(), run.deleveragings(), run.series())
    digest = f"{run.digest & (2**64 - 1):016x}"
    return StressResult(rules, listed, book, assumed, loaded, *results, waiting, digest, seconds)


_LOADED = ("holder", "instrument", "qty", "entry_price", "leverage", "margin", "wallet")


def _run(run: Any, steps: int, times: Any, progress: Any) -> None:
    line = LiveLine(sys.stderr) if progress is True else None
    chunk = max(1, steps // 400)
    for until in range(chunk, steps + chunk, chunk):
        run.run(min(until, steps))
        done, count, usd, fund = run.state()
        share = done / steps
        if line and (time.monotonic() - line.last > 0.33 or done == steps):
            line.last = time.monotonic()
            bar = f"{'━' * round(20 * share):─<20} {share:4.0%}"
            when = clock(int(times[done - 1]))
            line.write(
                f"  {bar}  {when}  {count:,} liquidated, {dollars(usd)}  fund {dollars(fund)}"
            )
        elif progress and not line:
            progress(share, count, usd)
    if line:
        line.write("")
