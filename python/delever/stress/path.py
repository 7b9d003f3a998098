"""The price path: a table of times and prices, or a move in words, as one tick per step."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from delever._core import path_from_table, path_in_words
from delever.errors import ConfigError
from delever.reference.instruments import Instrument

from .positions import read_columns


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
        Text as "-30%" (over an hour), "-30% over 5min" or "-30% over 1h from 72000", the same for
        every instrument; or a table (see `read_columns`) of `time` and `price`, with `symbol` where
        there are several, or with a column per symbol; between its points prices are interpolated.
    listed, start
        Contracts, and the price of each where the words do not say it.
    step_s
        Seconds between steps.
    """
    if not step_s > 0:
        raise ConfigError(f"step {step_s} s is not positive")
    if isinstance(source, str) and "%" in source:
        at, prices = path_in_words(source, start, step_s)
    else:
        symbols = [one.symbol for one in listed]
        at, prices = path_from_table(read_columns(source), symbols, step_s)
    ticks = np.rint(prices / [float(one.tick) for one in listed]).astype(np.int64)
    text = source.strip() if isinstance(source, str) else "a table"
    text += " over 1h" if text.endswith("%") else ""
    return PricePath(at, ticks, f"{text}; {len(at):,} steps of {step_s:g} s")
