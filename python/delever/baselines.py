"""What two models without an engine would have said, beside every check.

`constant`: liquidated dollars are a constant times how far the price pushes its running low down,
in percent, fitted on the hourly prints of the fit part. `persistence`: the last print of the fit
part stays true; for the basis, the value at the low before. None where a model has nothing to say.
"""

from __future__ import annotations

from typing import NamedTuple

from .metrics import Series, new_low_percent, window_ends
from .scenario import Fact, Scenario


class Baseline(NamedTuple):
    """The value of either model, in the fact's unit."""

    constant: float | None = None
    persistence: float | None = None


class Baselines:
    """Both models, fitted once on a scenario's fit facts and a replay's price path."""

    def __init__(self, scenario: Scenario, series: Series) -> None:
        self.scenario, self.series = scenario, series
        fits = [f for f in scenario.facts if f.role == "fit" and _kind(f) == "liquidations"]
        self.prints = sorted(fits, key=_end)
        coin = series.coins[0]
        lows, path = series.column("spot_low", coin), series.paths[coin]
        past = path["low"][path["time_ns"] < series.time_ns[0]]
        self.new_lows = new_low_percent(lows, float(past.min()) if len(past) else float(lows[0]))
        hourly = [f for f in self.prints if _key(f) == ("all", "total", 1.0)]
        moved = sum(self._percent(fact) for fact in hourly)
        self.usd_per_percent = sum(f.number for f in hourly) / moved if moved else 0.0

    def of(self, fact: Fact) -> Baseline:
        """Return what both say about a fact."""
        kind = _kind(fact)
        if kind == "liquidations" and fact.metric["side"] == "total":
            coin = fact.metric["coin"]
            name = f"liquidation_share_{coin.lower()}"
            share = 1.0 if coin == "all" else self.scenario.parameter(name)
            last = self._last(fact, ("all", "total", fact.metric["hours"]))
            constant = self.usd_per_percent * self._percent(fact) * share
            return Baseline(constant, last * share if last else None)
        if kind == "long_share":
            long, total = (
                self._last(fact, ("all", side, fact.metric["hours"]), "long")
                for side in ("long", "total")
            )
            return Baseline(None, long / total if long and total else None)
        if kind == "basis_low":
            same = [f for f in self.scenario.facts if _kind(f) == kind and _end(f) < _end(fact)]
            return Baseline(None, max(same, key=_end).number if same else None)
        return Baseline()

    def _percent(self, fact: Fact) -> float:
        ends = window_ends(fact.metric["ends"])
        return float(self.series.trailing(self.new_lows, fact.metric["hours"], ends).mean())

    def _last(self, fact: Fact, key: tuple[str, str, float], beside: str = "") -> float | None:
        """Return the last fit print before a fact, of sources that also print side `beside`."""
        sources = {f.source for f in self.prints if not beside or f.metric["side"] == beside}
        known = [
            f
            for f in self.prints
            if _key(f) == key and _end(f) < _end(fact) and f.source in sources
        ]
        return known[-1].number if known else None


def _kind(fact: Fact) -> str:
    return str(fact.metric.get("kind", ""))


def _key(fact: Fact) -> tuple[str, str, float]:
    return fact.metric["coin"], fact.metric["side"], float(fact.metric["hours"])


def _end(fact: Fact) -> int:
    return int((fact.metric.get("ends") or fact.metric["span"])[1])
