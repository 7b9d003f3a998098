"""The price path: a table of times and prices, or a fall in words, as one tick per step."""

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from delever.errors import ConfigError, DataError
from delever.reference.instruments import Instrument

from .positions import coded, read_columns

_UNITS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}
_MOVE = re.compile(
    r"\s*(?P<sign>[+-])\s*(?P<percent>\d+(\.\d+)?)\s*%\s+over\s+(?P<count>\d+(\.\d+)?)\s*"
    r"(?P<unit>s|sec|min|m|h|d)(\s+from\s+(?P<start>\d+(\.\d+)?))?\s*"
)
_TIMES = ("time", "time_ns", "timestamp", "open_time", "date")
_PRICES = ("price", "close", "index", "mark")
STEPS_MAX = 2_000_000


class Path(NamedTuple):
    """Steps in ns, and the index in ticks, (steps, instruments)."""

    time_ns: NDArray[np.int64]
    price_ticks: NDArray[np.int64]
    text: str


def read_path(
    source: Any, instruments: list[Instrument], *, start: list[float], step_s: float
) -> Path:
    """Return the path of every instrument, step by step.

    Parameters
    ----------
    source
        Text as "-30% over 1h" or "-30% over 1h from 72000", the same for every instrument; or a
        table (see `read_columns`) of `time` and `price`, with `symbol` where there are several, or
        with a column per symbol.
    instruments
        Contracts, in the order of the columns that are returned.
    start
        Price of each where the words do not say it.
    step_s
        Seconds between steps; between the points of a table prices are interpolated.
    """
    if not step_s > 0:
        raise ConfigError(f"step {step_s} s is not positive")
    if isinstance(source, str) and "%" in source:
        at, prices, text = _in_words(source, start, step_s)
    else:
        at, prices = _from_table(read_columns(source), instruments, step_s)
        text = f"{source if isinstance(source, str) else 'table'}, {len(at):,} steps"
    ticks = np.empty(prices.shape, np.int64)
    for i, one in enumerate(instruments):
        ticks[:, i] = np.rint(prices[:, i] / float(one.tick))
    return Path(at, ticks, text)


def _count(seconds: float, step_s: float) -> int:
    count = max(1, round(seconds / step_s))
    if count > STEPS_MAX:
        raise ConfigError(f"{count:,} steps of {step_s:g} s; take longer ones (step=...)")
    return count


def _in_words(source: str, start: list[float], step_s: float) -> tuple[Any, Any, str]:
    found = _MOVE.fullmatch(source)
    if not found:
        raise ConfigError(f"path '{source}': write it as '-30% over 1h' or '+10% over 5min'")
    change = float(found["sign"] + found["percent"]) / 100
    if change <= -1:
        raise ConfigError(f"path '{source}': a price cannot fall by that much")
    seconds = float(found["count"]) * _UNITS[found["unit"]]
    count = _count(seconds, step_s)
    first = np.array([float(found["start"])] * len(start) if found["start"] else start)
    share = np.linspace(0.0, 1.0, count + 1)
    prices = first[None, :] * (1 + change) ** share[:, None]
    at = np.rint(share * seconds * 1e9).astype(np.int64) + 10**9
    return at, prices, f"{source.strip()}, {count:,} steps of {seconds / count:g} s"


def _from_table(columns: dict[str, Any], listed: list[Instrument], step_s: float) -> Any:
    name = next((one for one in _TIMES if one in columns), None)
    if name is None:
        raise DataError(f"missing; give one of {', '.join(_TIMES)}", column="time")
    times = _to_ns(columns[name], name)
    price = next((one for one in _PRICES if one in columns), None)
    series = {}
    for i, one in enumerate(listed):
        if one.symbol in columns:
            rows, values = slice(None), columns[one.symbol]
        elif price is None:
            raise DataError(f"missing; give price, or a column {one.symbol}", column="price")
        elif "symbol" in columns:
            codes, names = coded(columns["symbol"])
            rows, values = np.array([str(n) == one.symbol for n in names])[codes], columns[price]
        else:
            rows, values = slice(None), columns[price]
        at, prices = times[rows], np.asarray(values, np.float64)[rows]
        if not at.size or (np.diff(at) <= 0).any() or not (prices > 0).all():
            text = f"the path of {one.symbol} needs rising times and prices above 0"
            raise DataError(text, column=name)
        series[i] = (at, prices)
    first = max(at[0] for at, _ in series.values())
    last = min(at[-1] for at, _ in series.values())
    if last <= first:
        raise DataError("the path has one point of time; give at least two", column=name)
    count = _count((last - first) / 1e9, step_s)
    steps = np.rint(np.linspace(first, last, count + 1)).astype(np.int64)
    logs = [np.interp(steps, at, np.log(prices)) for at, prices in series.values()]
    return steps, np.exp(np.stack(logs, axis=1))


def _to_ns(column: Any, name: str) -> NDArray[np.int64]:
    if isinstance(column, tuple):
        column = np.array([text.removesuffix("Z") for text in column[1]], "M8[ns]")[column[0]]
    if column.dtype.kind == "M":
        return column.astype("M8[ns]").astype(np.int64)  # type: ignore[no-any-return]
    if column.dtype.kind not in "iuf":
        raise DataError(f"holds {column.dtype}, not times", column=name)
    size = float(np.abs(column).max()) if column.size else 0.0
    scale = next(scale for most, scale in _SCALES if size < most)
    return (column * scale).astype(np.int64)  # type: ignore[no-any-return]


_SCALES = ((1e11, 10**9), (1e14, 10**6), (1e17, 10**3), (np.inf, 1))  # s, ms, us, ns since 1970
