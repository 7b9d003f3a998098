"""The price path: a table of times and prices, or a move in words, as one tick per step."""

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from delever.errors import ConfigError, DataError
from delever.reference.instruments import Instrument

from .positions import coded, read_columns

STEPS_MAX = 2_000_000
_UNITS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}
_MOVE = re.compile(
    r"\s*([+-]\s*\d+(?:\.\d+)?)\s*%\s+over\s+(\d+(?:\.\d+)?)\s*(s|min|m|h|d)"
    r"(?:\s+from\s+(\d+(?:\.\d+)?))?\s*"
)
_TIMES = ("time", "time_ns", "timestamp", "open_time", "date")
_PRICES = ("price", "close", "index", "mark")
_SCALES = ((1e11, 10**9), (1e14, 10**6), (1e17, 10**3), (np.inf, 1))  # s, ms, us, ns since 1970


class PricePath(NamedTuple):
    """Steps in ns, and the index in ticks, (steps, instruments)."""

    time_ns: NDArray[np.int64]
    price_ticks: NDArray[np.int64]
    text: str


def read_path(
    source: Any, listed: list[Instrument], *, start: list[float], step_s: float
) -> PricePath:
    """Return the path of every instrument, step by step.

    Parameters
    ----------
    source
        Text as "-30% over 1h" or "-30% over 1h from 72000", the same for every instrument; or a
        table (see `read_columns`) of `time` and `price`, with `symbol` where there are several, or
        with a column per symbol; between its points prices are interpolated.
    listed, start
        Contracts, and the price of each where the words do not say it.
    step_s
        Seconds between steps.
    """
    if not step_s > 0:
        raise ConfigError(f"step {step_s} s is not positive")
    if isinstance(source, str) and "%" in source:
        at, prices = _in_words(source, start, step_s)
    else:
        at, prices = _from_table(read_columns(source), listed, step_s)
    ticks = np.rint(prices / [float(one.tick) for one in listed]).astype(np.int64)
    text = source.strip() if isinstance(source, str) else "a table"
    return PricePath(at, ticks, f"{text}; {len(at):,} steps of {step_s:g} s")


def _steps(first: int, last: int, step_s: float) -> NDArray[np.int64]:
    count = max(1, round((last - first) / 1e9 / step_s))
    if count > STEPS_MAX:
        raise ConfigError(f"{count:,} steps of {step_s:g} s are too many; take longer ones")
    return np.rint(np.linspace(first, last, count + 1)).astype(np.int64)


def _in_words(source: str, start: list[float], step_s: float) -> tuple[Any, Any]:
    found = _MOVE.fullmatch(source)
    change = float(found[1].replace(" ", "")) / 100 if found else -1.0
    if not found or change <= -1 or float(found[2]) <= 0:
        raise ConfigError(f"path '{source}': write it as '-30% over 1h' or '+10% over 5min'")
    steps = _steps(10**9, 10**9 + round(float(found[2]) * _UNITS[found[3]] * 1e9), step_s)
    first = np.array([float(found[4])] * len(start) if found[4] else start)
    return steps, first * (1 + change) ** np.linspace(0.0, 1.0, len(steps))[:, None]


def _from_table(columns: dict[str, Any], listed: list[Instrument], step_s: float) -> Any:
    name = next((one for one in _TIMES if one in columns), "")
    price = next((one for one in _PRICES if one in columns), "")
    if not name:
        raise DataError(f"missing; give one of {', '.join(_TIMES)}", column="time")
    times, series = _to_ns(columns[name], name), []
    for one in listed:
        if not (column := one.symbol if one.symbol in columns else price):
            raise DataError(f"missing; give price, or a column {one.symbol}", column="price")
        mine = np.ones(len(times), bool)
        if column == price and "symbol" in columns:
            codes, names = coded(columns["symbol"])
            mine = np.array([str(n) == one.symbol for n in names])[codes]
        at, prices = times[mine], np.asarray(columns[column], np.float64)[mine]
        if len(at) < 2 or (np.diff(at) <= 0).any() or not (prices > 0).all():
            text = f"the path of {one.symbol} needs two rising times, and prices above 0"
            raise DataError(text, column=name)
        series.append((at, np.log(prices)))
    steps = _steps(max(at[0] for at, _ in series), min(at[-1] for at, _ in series), step_s)
    return steps, np.exp(np.stack([np.interp(steps, *one) for one in series], axis=1))


def _to_ns(column: Any, name: str) -> NDArray[np.int64]:
    if isinstance(column, tuple):
        column = np.array([text.removesuffix("Z") for text in column[1]], "M8[ns]")[column[0]]
    if column.dtype.kind == "M":
        return np.asarray(column.astype("M8[ns]").astype(np.int64))
    if column.dtype.kind not in "iuf" or not column.size:
        raise DataError(f"holds {column.dtype}, not times", column=name)
    scale = next(scale for most, scale in _SCALES if np.abs(column).max() < most)
    return np.asarray((column * scale).astype(np.int64))
