"""What public liquidation feeds show of the liquidations there were, by venue and day.

`feeds.toml`, beside this module, has the venues' rules with their sources.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .errors import ConfigError

#: One liquidation: time_ns i8, price_usd f8, usd f8, instrument u4, side u1 (1 long, 2 short).
LIQUIDATION_DTYPE: np.dtype[np.void] = _core.LIQUIDATION_DTYPE


@cache
def feeds() -> dict[str, list[dict[str, Any]]]:
    """Return the dated rules of every venue's feed, with their sources."""
    return tomllib.loads(Path(__file__).with_name("feeds.toml").read_text("utf-8"))


def feed_rules(venue: str, *, also: bool = False) -> list[tuple[int, int, str]]:
    """Return a venue's rules as (from_ns, window_ns, keeps); `also`: by the other wording."""
    if venue not in feeds():
        raise ConfigError(f"feed: unknown venue: '{venue}'; give one of {', '.join(feeds())}")
    rules = []
    for row in feeds()[venue]:
        from_ns = int(np.datetime64(row["from"], "ns").astype(np.int64))
        keeps = row.get("also", row["keeps"]) if also else row["keeps"]
        rules.append((from_ns, row.get("window_ms", 1000) * 10**6, keeps))
    return rules


def observe(liquidations: ArrayLike, venue: str, *, also: bool = False) -> NDArray[np.void]:
    """Return the liquidations that a venue's public feed showed.

    Parameters
    ----------
    liquidations
        The true ones: array (n,) of `LIQUIDATION_DTYPE`, ascending in `time_ns` (ns since 1970);
        `instrument` is any number that stands for a symbol.
    venue
        "binance", "bybit", "okx", "hyperliquid" or "bitmex"; what its feed did on the day of each
        liquidation is in feeds.toml.
    also
        Take the feed's other wording where there is one (Binance: the largest of each second).

    Returns
    -------
    ndarray
        The rows that were shown, in their order, with their own times and sizes.

    Raises
    ------
    ConfigError
        An unknown venue, or times that do not ascend.

    Examples
    --------
    >>> truth = np.zeros(4, LIQUIDATION_DTYPE)
    >>> truth["time_ns"] = int(np.datetime64("2025-10-10T21:20", "ns").astype("i8"))
    >>> truth["usd"] = [5e6, 1e3, 2e6, 1e4]
    >>> observe(truth, "binance")["usd"].tolist(), observe(truth, "bybit")["usd"].sum()
    ([10000.0], np.float64(7011000.0))
    """
    rows = np.ascontiguousarray(liquidations, dtype=LIQUIDATION_DTYPE)
    return rows[_core.observed_rows(rows, feed_rules(venue, also=also))]
