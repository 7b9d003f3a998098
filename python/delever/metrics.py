"""Pure functions from a replay's time series to the figures that were published.

`measure` applies a fact's window rule. Times are ns since 1970, prices and liquidations USD,
returns and basis percent, shares fractions. The coin "all" is the simulated coins, scaled by the
published share of all coins that they stand for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .scenario import Scenario, coin_of

MINUTE_NS = 60 * 10**9
HOUR_NS = 60 * MINUTE_NS
Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Span = tuple[int, int]


class Series:
    """What a replay recorded, by bin and coin, in reported dollars.

    Parameters
    ----------
    scenario
        Says which coins there are, what share of all they stand for, and how far reports fall
        short of the truth.
    result
        The engine's arrays, one row per bin; `time_ns` is each bin's end.
    """

    def __init__(self, scenario: Scenario, result: Mapping[str, Any]) -> None:
        self.result = result
        self.coins = [coin_of(symbol) for symbol in scenario.instruments]
        self.paths = {coin_of(symbol): path for symbol, path in scenario.paths.items()}
        shares = [scenario.parameter(f"liquidation_share_{coin.lower()}") for coin in self.coins]
        self.all_coins_factor = 1.0 / sum(shares)
        self.reported: float = 1.0 / scenario.parameter("under_reporting")
        self.time_ns: Times = result["time_ns"]

    def column(self, name: str, coin: str) -> Floats:
        """Return one array of the result for one coin, or for "all" scaled to the market."""
        values = self.result[name]
        if coin == "all":
            return np.asarray(values.sum(axis=1) * self.all_coins_factor, dtype=np.float64)
        return np.asarray(values[:, self.coins.index(coin)], dtype=np.float64)

    def liquidated(self, coin: str, side: str = "total") -> Floats:
        """Return reported dollars per bin; side is long, short or total."""
        if side == "total":
            return self.liquidated(coin, "long") + self.liquidated(coin, "short")
        return self.column(f"liquidated_{side}_usd", coin) * self.reported

    def price(self, coin: str, at_ns: Times) -> Floats:
        """Return spot at given times: simulated inside the simulation, published outside."""
        path = self.paths[coin]
        bar = path[np.clip(np.searchsorted(path["time_ns"], at_ns, side="right") - 1, 0, None)]
        share = np.clip((at_ns - bar["time_ns"]) / bar["bar_ns"], 0.0, 1.0)
        price: Floats = bar["open"] + share * (bar["close"] - bar["open"])
        inside = (at_ns >= self.time_ns[0]) & (at_ns <= self.time_ns[-1])
        price[inside] = self.column("spot", coin)[np.searchsorted(self.time_ns, at_ns[inside])]
        return price

    def rows(self, span: Span) -> NDArray[np.bool_]:
        """Return which bins lie within a span."""
        step = int(self.time_ns[1] - self.time_ns[0])
        return (self.time_ns - step >= span[0]) & (self.time_ns <= span[1])

    def extreme(self, coin: str, span: Span, which: str, market: str = "spot") -> float:
        """Return the "low" or "high" within a span, of the "spot" or the "perp"."""
        values = self.column(f"{market}_{which}", coin)[self.rows(span)]
        return float(values.min() if which == "low" else values.max())

    def trailing(self, values: Floats, hours: float, ends: Times) -> Floats:
        """Return sums over the hours before each end."""
        return trailing_sum(self.time_ns, values, hours, ends)


def window_ends(ends: Span) -> Times:
    """Return every minute from the first to the last window end."""
    return np.arange(ends[0], ends[1] + 1, MINUTE_NS, dtype=np.int64)


def trailing_sum(time_ns: Times, values: Floats, hours: float, ends: Times) -> Floats:
    """Return sums over the `hours` before each end; what is in a bin is spread evenly over it."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    edges = np.concatenate(([2 * time_ns[0] - time_ns[1]], time_ns)).astype(np.float64)
    start = ends - hours * HOUR_NS
    return np.asarray(np.interp(ends, edges, total) - np.interp(start, edges, total))


def rsi(closes: Floats, periods: int) -> float:
    """Return Wilder's relative strength index after the last close, 0 to 100."""
    change = np.diff(closes)
    if len(change) < periods:
        raise ValueError(f"{len(closes)} closes; RSI({periods}) needs {periods + 1}")
    gain = float(np.maximum(change[:periods], 0).mean())
    loss = float(np.maximum(-change[:periods], 0).mean())
    for step in change[periods:].tolist():
        gain += (max(step, 0.0) - gain) / periods
        loss += (max(-step, 0.0) - loss) / periods
    return 100.0 if loss == 0 else 100.0 - 100.0 / (1.0 + gain / loss)


def new_low_percent(lows: Floats, before: float) -> Floats:
    """Return by how many percent each bin lowers the running low; `before` is the low so far."""
    floor = np.minimum.accumulate(np.concatenate(([before], lows)))
    return np.asarray(-100.0 * np.diff(np.log(floor)))


def measure(metric: Mapping[str, Any], series: Series) -> float:
    """Return the replayed value under a fact's window rule, in the fact's unit."""
    return float(_MEASURES[metric["kind"]](series, metric))


Metric = Mapping[str, Any]


def _sums(s: Series, m: Metric, values: Floats) -> Floats:
    return s.trailing(values, m["hours"], window_ends(m["ends"]))


def _percent(new: Any, old: Any) -> Any:
    return 100.0 * (new / old - 1.0)


def _long_share(s: Series, m: Metric) -> float:
    long, total = (_sums(s, m, s.liquidated(m["coin"], side)) for side in ("long", "total"))
    return float(np.divide(long, total, out=np.zeros_like(long), where=total > 0).mean())


def _return(s: Series, m: Metric) -> float:
    ends = window_ends(m["ends"])
    before = s.price(m["coin"], ends - int(m["hours"] * HOUR_NS))
    return float(100.0 * (s.price(m["coin"], ends) / before - 1.0).mean())


def _extreme(s: Series, m: Metric) -> float:
    which = "high" if m["kind"] == "high" else "low"
    return s.extreme(m["coin"], m["span"], which, m.get("series", "spot"))


def _rebound(s: Series, m: Metric) -> float:
    low = s.extreme(m["coin"], m["low"], "low")
    risen = s.extreme(m["coin"], (m["low"][1], m["by"]), "high") - low
    fallen = s.extreme(m["coin"], m["high"], "high") - low if "high" in m else low
    return 100.0 * risen / fallen


def _hours_to(s: Series, m: Metric) -> float:
    reached = (s.time_ns > m["after"]) & (s.column("spot_high", m["coin"]) >= m["level"])
    end = s.time_ns[np.argmax(reached)] if reached.any() else s.time_ns[-1]
    return float(end - m["after"]) / HOUR_NS


def _rsi(s: Series, m: Metric) -> float:
    bar = int(m["hours"] * HOUR_NS)
    first = -(-int(s.time_ns[0]) // bar) * bar
    ends = np.append(np.arange(first, m["at"], bar, dtype=np.int64), m["at"])
    return rsi(s.price(m["coin"], ends), int(m["periods"]))


def _premium(s: Series, m: Metric) -> Floats:
    rows = s.rows(m["span"])
    return np.asarray(s.column("perp", m["coin"])[rows] / s.column("spot", m["coin"])[rows] - 1.0)


def _oi_change(s: Series, m: Metric) -> float:
    rows = np.minimum(np.searchsorted(s.time_ns, [m["base"], m["at"]]), len(s.time_ns) - 1)
    value = s.column("open_interest_lots", m["coin"])[rows]
    if m["unit"] == "usd":
        value = value * s.column("spot", m["coin"])[rows]
    return float(_percent(value[1], value[0])) if value[0] else 0.0


_MEASURES: dict[str, Callable[[Series, Metric], float]] = {
    "liquidations": lambda s, m: _sums(s, m, s.liquidated(m["coin"], m["side"])).mean(),
    "long_share": _long_share,
    "accounts": lambda s, m: _sums(s, m, s.column("liquidated_count", m["coin"])).mean(),
    "price": lambda s, m: s.price(m["coin"], window_ends(m["ends"])).mean(),
    "return": _return,
    "low": _extreme,
    "high": _extreme,
    "from_level": lambda s, m: _percent(_extreme(s, m), m["level"]),
    "leg": lambda s, m: _percent(*(s.extreme(m["coin"], m[of], of) for of in ("low", "high"))),
    "rebound_share": _rebound,
    "rebound_percent": _rebound,
    "hours_to": _hours_to,
    "rsi": _rsi,
    "basis_low": lambda s, m: _percent(
        *(s.extreme(m["coin"], m["span"], "low", of) for of in ("perp", "spot"))
    ),
    "premium_sign": lambda s, m: np.sign(_premium(s, m).mean()),
    "oi_change": _oi_change,
}
