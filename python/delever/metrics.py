"""Pure functions from a replay's time series to the figures that were published.

`measure` applies a fact's window rule. Times are ns since 1970, prices and liquidations USD,
returns and basis percent, shares fractions. The coin "all" is the simulated coins, scaled by the
published share of all coins that they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .scenario import Scenario, coin_of

MINUTE_NS = 60 * 10**9
HOUR_NS = 60 * MINUTE_NS
Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Span = tuple[int, int]
Metric = Mapping[str, Any]


class Series:
    """What a replay recorded, by bin and coin, in reported dollars.

    `result` is the engine's arrays, one row per bin, whose end is `time_ns`; the scenario says
    what share of all coins it stands for, and how far reports fall short of the truth.
    """

    def __init__(self, scenario: Scenario, result: Mapping[str, Any]) -> None:
        self.scenario, self.result = scenario, result
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

    def _sums(self, m: Metric, values: Floats) -> Floats:
        return self.trailing(values, m["hours"], window_ends(m["ends"]))

    def _rule_liquidations(self, m: Metric) -> Any:
        return self._sums(m, self.liquidated(m["coin"], m["side"])).mean()

    def _rule_venue_liquidations(self, m: Metric) -> Any:
        return self._rule_liquidations(m) if m["venue"] == self.scenario.venue else None

    def _rule_long_share(self, m: Metric) -> Any:
        sides = (self.liquidated(m["coin"], side) for side in ("long", "total"))
        long, total = (self._sums(m, values) for values in sides)
        return np.divide(long, total, out=np.zeros_like(long), where=total > 0).mean()

    def _rule_accounts(self, m: Metric) -> Any:
        return self._sums(m, self.column("liquidated_count", m["coin"])).mean()

    def _rule_price(self, m: Metric) -> Any:
        return self.price(m["coin"], window_ends(m["ends"])).mean()

    def _rule_return(self, m: Metric) -> Any:
        ends = window_ends(m["ends"])
        before = self.price(m["coin"], ends - int(m["hours"] * HOUR_NS))
        return 100.0 * (self.price(m["coin"], ends) / before - 1.0).mean()

    def _rule_low(self, m: Metric) -> Any:
        which = "high" if m["kind"] == "high" else "low"
        return self.extreme(m["coin"], m["span"], which, m.get("series", "spot"))

    _rule_high = _rule_low

    def _rule_from_level(self, m: Metric) -> Any:
        return _percent(self._rule_low(m), m["level"])

    def _rule_leg(self, m: Metric) -> Any:
        return _percent(*(self.extreme(m["coin"], m[which], which) for which in ("low", "high")))

    def _rule_rebound_share(self, m: Metric) -> Any:
        low = self.extreme(m["coin"], m["low"], "low")
        risen = self.extreme(m["coin"], (m["low"][1], m["by"]), "high") - low
        fallen = self.extreme(m["coin"], m["high"], "high") - low if "high" in m else low
        return 100.0 * risen / fallen

    _rule_rebound_percent = _rule_rebound_share

    def _rule_hours_to(self, m: Metric) -> Any:
        reached = (self.time_ns > m["after"]) & (self.column("spot_high", m["coin"]) >= m["level"])
        end = self.time_ns[np.argmax(reached)] if reached.any() else self.time_ns[-1]
        return float(end - m["after"]) / HOUR_NS

    def _rule_rsi(self, m: Metric) -> Any:
        bar = int(m["hours"] * HOUR_NS)
        first = -(-int(self.time_ns[0]) // bar) * bar
        ends = np.append(np.arange(first, m["at"], bar, dtype=np.int64), m["at"])
        return rsi(self.price(m["coin"], ends), int(m["periods"]))

    def _rule_basis_low(self, m: Metric) -> Any:
        return _percent(*(self.extreme(m["coin"], m["span"], "low", of) for of in ("perp", "spot")))

    def _rule_premium_sign(self, m: Metric) -> Any:
        rows = self.rows(m["span"])
        perp, spot = (self.column(market, m["coin"])[rows] for market in ("perp", "spot"))
        return np.sign((perp / spot - 1.0).mean())

    def _rule_oi_change(self, m: Metric) -> Any:
        at = np.minimum(np.searchsorted(self.time_ns, [m["base"], m["at"]]), len(self.time_ns) - 1)
        before, after = self.column("open_interest_lots", m["coin"])[at] * (
            self.column("spot", m["coin"])[at] if m["unit"] == "usd" else 1.0
        )
        return _percent(after, before) if before else 0.0

    def _rule_open_interest(self, m: Metric) -> Any:
        base = self.scenario.parameter(f"open_interest_{m['coin'].lower()}")
        return base * (1.0 + self._rule_oi_change(m) / 100.0)


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


def _percent(new: float, old: float) -> float:
    return 100.0 * (new / old - 1.0)


_MEASURES = [name.removeprefix("_rule_") for name in dir(Series) if name.startswith("_rule_")]


def measure(metric: Metric, series: Series) -> float | None:
    """Return the replayed value under a fact's window rule, in its unit; None: not replayed."""
    rule = getattr(series, f"_rule_{metric['kind']}", None)
    value = rule(metric) if rule else None
    return None if value is None else float(value)
