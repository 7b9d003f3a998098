"""The verdict on a cascade, with its posterior; the cut-offs were frozen before any replay.

Per horizon SPIRAL if n >= 1 and E >= 0.5, ORDERLY if E < 0.2 and n < 0.5, AMPLIFIED otherwise,
each only at 90 % posterior probability over depth, under-reporting, decay and permanent share;
else UNDETERMINED. E is the smaller endogenous share. M / (1 + M) of the pooled multiplier M is the
branching ratio n below 1, but never reaches 1; the first generation R of the same kicks can, but
misses what later falls trigger: n is the larger. Points at which no driver makes the market follow
its record (more than 1 % of the innovations clipped, or E > 1) have no verdict and count against
every one: a bad fit is not evidence. Who holds what is unknown too: every seed counts as a draw.

A scenario's verdict ships beside it, with a key of all it was drawn from: no replay's seed enters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delever._core import VERDICT_CUTS, classify, judge, pooled
from delever.replay import BUILD, shipped
from delever.scenario import Scenario
from delever.scenario import scenario as load
from delever.simulation import hashed

from .ensemble import PRIORS, Prior, draw
from .reduced import ACCOUNTS, K_MAX, ReducedMarket, reduced_config, reduced_market

__all__ = ["CLASSES", "Posterior", "Verdict", "classify", "posterior", "verdict", "verdict_of"]

CLASSES = ("ORDERLY", "AMPLIFIED", "SPIRAL")
CLIPPED_MAX = 0.01
BINS = 3
POINTS, SEEDS, SEED = 150, 2, 7
CAVEAT = (
    "Reduced model, two populations; depth, under-reporting, decay and permanent share drawn from"
    " their priors. NO FIT: no driver makes the market follow its record there. Any depth and any"
    " under-reporting fit the path, so the path says nothing about E."
)


@dataclass(frozen=True)
class Posterior:
    """Shares and branching ratios of draws: `share[h]` and `n[h]` of shape (draws,).

    A draw is a parameter point with one seed's population; seeds of a point follow one another, and
    its n is pooled over them.

    `clipped` is the part of the innovations that the clip held, `excursion` the furthest (in logs)
    the solved price left the recorded bars, `fall[h]` the fall with liquidations in percent.
    """

    points: tuple[Mapping[str, float], ...]
    share: Mapping[str, NDArray[np.float64]]
    n: Mapping[str, NDArray[np.float64]]
    clipped: NDArray[np.float64]
    excursion: NDArray[np.float64]
    fall: Mapping[str, NDArray[np.float64]]

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """Whether a driver made the market follow its record at a point."""
        highest = np.max(list(self.share.values()), axis=0)
        return np.asarray((self.clipped <= CLIPPED_MAX) & (highest <= 1))

    def unknown(self, name: str) -> NDArray[np.float64]:
        """Return one unknown at every point."""
        return np.array([point[name] for point in self.points])


def posterior(
    markets: Sequence[ReducedMarket], points: Sequence[Mapping[str, float]], **terms: Any
) -> Posterior:
    """Evaluate points on one or more seeds; `terms` are added to every point."""
    cells = [(one.kicks, one.ask({**point, **terms})) for point in points for one in markets]
    repeated = tuple(point for point in points for _ in markets)
    return Posterior(repeated, **pooled(cells, list(markets[0].horizons), len(markets)))


@dataclass(frozen=True)
class Verdict:
    """One horizon's verdict: `probability` per class, what would settle it, and the boundary.

    `probability` includes NO FIT, the points without one; `share` is E at 5, 50 and 95 % of the
    rest, `held` the part of them whose price stays within 1 % of the recorded bars, `fall` that of
    the draw nearest to the record, in percent. `settles` is the expected fall of the entropy (bits)
    were an unknown known; `boundary` the depth per unit of k, in USD per 1 %, below which E >= 0.2,
    E >= 0.5, n >= 1, and nothing fits.
    """

    horizon: str
    name: str
    probability: Mapping[str, float]
    share: tuple[float, float, float]
    settles: Mapping[str, float]
    boundary: Mapping[str, float]
    fall: float
    held: float

    @property
    def decides(self) -> str:
        """The unknown that would settle it."""
        return max(self.settles, key=self.settles.__getitem__)

    def __str__(self) -> str:
        low, middle, high = self.share
        odds = ", ".join(f"{name} {p:.0%}" for name, p in self.probability.items())
        text = f"{self.horizon}: {self.name} ({odds}); E {middle:.2f} [{low:.2f}, {high:.2f}]"
        if self.name == "UNDETERMINED":
            text += f"; {self.decides} would settle it"
        return text


def verdict_of(found: Posterior, horizon: str) -> Verdict:
    """Judge one horizon of a posterior."""
    unknowns = {name: found.unknown(name) for name in PRIORS}
    share, n, fall = found.share[horizon], found.n[horizon], found.fall[horizon]
    judged = judge(found.feasible, share, n, unknowns, fall, found.excursion)
    return Verdict(horizon=horizon, **judged)


def verdict(
    scenario: str | Scenario,
    priors: Mapping[str, Prior] = PRIORS,
    *,
    points: int = POINTS,
    seeds: int = SEEDS,
    seed: int = SEED,
) -> dict[str, Verdict]:
    """Return the verdict per horizon, over draws of the unknowns, on the reduced model (40 s)."""
    found = scenario_posterior(scenario, priors, points=points, seeds=seeds, seed=seed)
    return {horizon: verdict_of(found, horizon) for horizon in found.share}


def scenario_posterior(
    scenario: str | Scenario, priors: Mapping[str, Prior], *, points: int, seeds: int, seed: int
) -> Posterior:
    """Return the posterior of a scenario over draws of its unknowns."""
    what = scenario if isinstance(scenario, Scenario) else load(scenario)
    markets = [reduced_market(what, seed=seed + i) for i in range(seeds)]
    return posterior(markets, [draw(priors, seed, i) for i in range(points)])


def verdict_key(scenario: Scenario) -> str:
    """Return a hash of what a shipped verdict was drawn from: all but the code."""
    config = reduced_config(scenario, seed=SEED, accounts=ACCOUNTS)
    cuts = (*VERDICT_CUTS, CLIPPED_MAX, BINS, K_MAX)
    drawn = {"legs": scenario.legs, "priors": PRIORS, "counts": (POINTS, SEEDS), "cuts": cuts}
    return hashed({**config, **drawn})


def shipped_verdict(scenario: Scenario) -> dict[str, Verdict] | str:
    """Return the verdict that ships with a scenario, or why none applies to it.

    Examples
    --------
    >>> shipped_verdict(load("btc-2026-02"))["day"].name
    'UNDETERMINED'
    >>> shipped_verdict(load("btc-2026-02").with_parameters(scale=1.0))
    'the shipped verdict is of other parameters or another build'
    """
    key = verdict_key(scenario) if scenario.legs else ""
    table = shipped(scenario, "verdict", key, BUILD)
    if isinstance(table, str):
        return table
    return {row["horizon"]: Verdict(**row) for row in table["verdicts"]}


def verdict_text(scenario: Scenario, seed: int = SEED) -> str:
    """Write the verdict per horizon and what it rests on, in 100 columns."""
    found = [str(one) for one in verdict(scenario, seed=seed).values()]
    return "\n".join(fill(text, 100, subsequent_indent="  ") for text in [*found, CAVEAT])
