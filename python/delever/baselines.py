"""What two models without an engine would have said, beside every check.

`constant`: liquidated dollars are a constant times how far the price pushes its running low down,
in percent, fitted on the hourly prints of the fit part. `persistence`: the last print of the fit
part stays true; for the basis, the value at the low before. None where a model has nothing to say.
"""

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
        fits = [f for f in scenario.facts if f.role == "fit" and f.has(kind="liquidations")]
        self.prints = sorted(fits, key=lambda fact: fact.span[1])
        coin = series.coins[0]
        lows, path = series.column("spot_low", coin), series.paths[coin]
        past = path["low"][path["time_ns"] < series.time_ns[0]]
        self.new_lows = new_low_percent(lows, float(past.min()) if len(past) else float(lows[0]))
        hourly = [f for f in self.prints if f.has(coin="all", side="total", hours=1)]
        moved = sum(self._percent(fact) for fact in hourly)
        self.usd_per_percent = sum(f.number for f in hourly) / moved if moved else 0.0

    def of(self, fact: Fact) -> Baseline:
        """Return what both say about a fact."""
        if fact.has(kind="liquidations", side="total"):
            coin = fact.metric["coin"].lower()
            share = 1.0 if coin == "all" else self.scenario.parameter(f"liquidation_share_{coin}")
            last = self._last(fact, "total")
            constant = self.usd_per_percent * self._percent(fact) * share
            return Baseline(constant, last * share if last else None)
        if fact.has(kind="long_share"):
            long, total = (self._last(fact, side, beside="long") for side in ("long", "total"))
            return Baseline(None, long / total if long and total else None)
        if fact.has(kind="basis_low"):
            lows = [(f.span[1], f.number) for f in self.scenario.facts if f.has(kind="basis_low")]
            before = [low for low in lows if low[0] < fact.span[1]]
            return Baseline(None, max(before)[1] if before else None)
        return Baseline()

    def _percent(self, fact: Fact) -> float:
        ends = window_ends(fact.span)
        return float(self.series.trailing(self.new_lows, fact.metric["hours"], ends).mean())

    def _last(self, fact: Fact, side: str, *, beside: str = "") -> float | None:
        """Return the last fit print before a fact, of sources that also print side `beside`."""
        sources = {f.source for f in self.prints if f.has(side=beside or side)}
        same = [f for f in self.prints if f.has(coin="all", side=side, hours=fact.metric["hours"])]
        known = [f.number for f in same if f.span[1] < fact.span[1] and f.source in sources]
        return known[-1] if known else None
