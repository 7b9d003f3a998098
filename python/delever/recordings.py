"""A user's own recordings: price paths and liquidations, read in C++ from plain or packed files."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from .errors import DataError
from .metrics import Floats
from .recorded import files
from .report import MARKS, _wrap, clock, dollars

if TYPE_CHECKING:
    from .replay import Replay
    from .scenario import Scenario

CHUNK = 1 << 20
TRADE_BAR_NS = 10 * 10**9  # the control interval of a replay
ENDINGS = (".csv", ".csv.gz", ".zip", ".csv.zst", ".csv.xz", ".csv.bz2")
OTHERS = re.compile("mark|index|premium|liquidation", re.IGNORECASE)
DERIVATIVES = re.compile(r"(?<![a-z])(um|cm|linear|swap|perp|futures)(?![a-z])", re.IGNORECASE)


def price_bars(path: str | Path, *, trade_bar_ns: int = TRADE_BAR_NS) -> NDArray[np.void]:
    r"""Read candles, or trades gathered into bars, of one file.

    Parameters
    ----------
    path
        A CSV of Binance Vision or Bybit, one that begins ``open_time_ms,open,high,low,close``, or
        trades of Tardis; plain, .gz, .zip, .xz, .bz2 or (extra `feeds`) .zst.
    trade_bar_ns
        Length of the bars that trades are gathered into.

    Returns
    -------
    ndarray
        Array (n,) of (time_ns i8, bar_ns i8, open, high, low, close f8), ascending; USD.

    Raises
    ------
    DataError
        What is wrong, in which file and row, the value, and the fix.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "BTCUSDT-1m.csv")
    ...     _ = file.write_text("time,price\n1760130000,5\n1760130004,7\n1760130013,6\n")
    ...     [bar["high"].item() for bar in price_bars(file)]
    [7.0, 6.0]
    """
    bars: NDArray[np.void] = _read(_core.PriceBarReader(str(path), trade_bar_ns), Path(path))
    return bars


def liquidations(path: str | Path) -> tuple[NDArray[np.void], list[str]]:
    """Read a recording of liquidations: Tardis CSV, Bybit all-liquidation or ccxt unified JSON.

    Returns
    -------
    tuple
        Array (n,) of `LIQUIDATION_DTYPE` in the file's order, and the symbols that its field
        `instrument` numbers; `side` is the closed position's, `usd` price times size.

    Raises
    ------
    DataError
        What is wrong, in which file and row, the value, and the fix.
    """
    rows, symbols = _read(_core.LiquidationReader(str(path)), Path(path))
    return rows, symbols


def _read(reader: Any, path: Path) -> Any:
    for piece in files.chunks(path, CHUNK):
        reader.feed(piece)
    return reader.finish()


def recorded_paths(folder: str | Path, scenario: Scenario) -> dict[str, NDArray[np.void]]:
    """Return the scenario's paths, with a folder's recordings in place of the bars they fill.

    A file belongs to the instrument whose symbol its name has ("binance_spot_BTCUSDT_5m.csv.gz",
    "gemini_trades_2025-10-10_BTCUSD.csv.gz"); names with mark, index, premium or liquidation are
    passed over, and those of derivatives (um, cm, linear, swap, perp, futures) where there are
    others. Shorter bars win, then the name that sorts first.
    """
    where, published = Path(folder), scenario.paths
    if not where.is_dir():
        raise DataError("no such folder; give one with CSV files", path=str(where))
    files_of = sorted(path for path in where.rglob("*") if path.name.endswith(ENDINGS))
    paths = {symbol: _overlaid(published[symbol], files_of, symbol) for symbol in published}
    if all(np.array_equal(paths[symbol], published[symbol]) for symbol in published):
        fix = f"give files of its days named after {' or '.join(published)}"
        raise DataError(f"nothing in it covers {scenario.name}; {fix}", path=str(where))
    return paths


def _overlaid(path: NDArray[np.void], files_of: list[Path], symbol: str) -> NDArray[np.void]:
    named = re.compile(rf"(?<![A-Z0-9]){symbol.removesuffix('T')}T?(?![A-Z0-9])")
    mine = [file for file in files_of if named.search(file.name) and not OTHERS.search(file.name)]
    spot = [file for file in mine if not DERIVATIVES.search(file.name)]
    recordings = [price_bars(file) for file in reversed(spot or mine)]
    for bars in sorted(recordings, key=lambda bars: -int(bars["bar_ns"][0])):
        path = _core.filled_bars(path, bars)
    return path


def beside_feed(replay: Replay, path: str | Path) -> dict[str, NDArray[Any]]:
    """Return a recording of liquidations beside the replayed ones, minute by minute.

    Returns
    -------
    dict
        "time_ns" (n,), the ends of the minutes that both have; "feed_long", "feed_short",
        "replayed_long", "replayed_short" (n,), USD of the scenario's coins that the feed names.

    Raises
    ------
    DataError
        An unreadable file, or one of other days or coins than the scenario's.
    """
    rows, symbols = liquidations(path)
    series = replay.series
    if beside := _core.beside_feed(series, rows, symbols):
        return beside
    days = f"{len(rows)} rows of {', '.join(symbols[:4])}"
    fix = f"give those of {replay.scenario.name}: {', '.join(series.coins)}, its days"
    raise DataError(f"nothing in it is of the scenario ({days}); {fix}", path=str(path))


def data_line(one: Scenario, folder: object) -> str:
    """Say which bars of the event a folder's recordings brought."""
    said = []
    for symbol, path in one.paths.items():
        lengths = path["bar_ns"][(path["time_ns"] >= one.start) & (path["time_ns"] < one.end)]
        counts = zip(*np.unique(lengths // 10**9, return_counts=True), strict=True)
        said.append(f"{symbol} " + " + ".join(f"{count:,} of {size:,} s" for size, count in counts))
    return "\n".join(_wrap(f" PATH with the recordings of {folder}, bars: {'; '.join(said)}"))


def feed_lines(beside: Mapping[str, Floats], name: str) -> str:
    """Say how a feed's liquidations compare with the replayed ones of the same minutes."""
    first, last = (clock(int(beside["time_ns"][at])) for at in (0, -1))
    lines = [f" LIQUIDATIONS of {name} · {first} to {last} · $ by minute"]
    for side in ("long", "short"):
        feed, replayed = (beside[f"{of}_{side}"] for of in ("feed", "replayed"))
        both = feed.std() > 0 and replayed.std() > 0
        text = f"{np.corrcoef(feed, replayed)[0, 1]:.2f}" if both else MARKS[None]
        ratio = f"{feed.sum() / replayed.sum():.2f}" if replayed.sum() else MARKS[None]
        lines.append(
            f"   {side}s: feed {dollars(feed.sum())}, replayed {dollars(replayed.sum())},"
            f" feed / replayed {ratio}, peak minute {dollars(feed.max())} and"
            f" {dollars(replayed.max())}, correlation {text}"
        )
    return "\n".join(lines)


def add_recording_options(command: argparse.ArgumentParser) -> None:
    """Add `--data` and `--liquidations` to a command."""
    data = "recorded candles or trades drive the path where this folder has them"
    command.add_argument("--data", type=Path, metavar="DIR", help=data)
    feed = "a recording of liquidations, to be held beside the replayed ones"
    command.add_argument("--liquidations", type=Path, metavar="FILE", help=feed)


def with_recordings(options: argparse.Namespace, scenario: Scenario) -> Scenario:
    """Read what is recorded; whatever is wrong with it is said before the replay."""
    if options.liquidations:
        liquidations(options.liquidations)
    return scenario.with_data(options.data) if options.data else scenario


def say_recordings(options: argparse.Namespace, replay: Replay) -> dict[str, Any] | None:
    """Print what came of the recordings; return the feed beside the replay."""
    if options.data:
        print(data_line(replay.scenario, options.data))
    if not options.liquidations:
        return None
    feed = beside_feed(replay, options.liquidations)
    print(feed_lines(feed, options.liquidations.name))
    return feed
