"""The verdict on a cascade, with its posterior; the cut-offs were frozen before any replay.

Per horizon SPIRAL if n >= 1 and E >= 0.5, ORDERLY if E < 0.2 and n < 0.5, AMPLIFIED otherwise,
each only at 90 % posterior probability over depth, under-reporting, decay and permanent share;
else UNDETERMINED. E is the smaller endogenous share. M / (1 + M) of the pooled multiplier M is the
branching ratio n below 1, but never reaches 1; the first generation R of the same kicks can, but
misses what later falls trigger: n is the larger. Points at which no driver makes the market follow
its record (more than 1 % of the innovations clipped, or E > 1) have no verdict and count against
every one: a bad fit is not evidence. Who holds what is unknown too: every seed counts as a draw.
AMPLIFIED is not said of n alone: n is that of a linear law of impact, and where impact is concave a
kick triggers half as much or less, so the median E has to say so too.

A scenario's verdict ships beside it, with a key of all it was drawn from: no replay's seed enters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delever.replay import BUILD, shipped
from delever.scenario import Scenario
from delever.scenario import scenario as load
from delever.simulation import hashed

from .ensemble import PRIORS, Prior, draw
from .reduced import ACCOUNTS, K_MAX, PATIENCE, ReducedMarket, reduced_config, reduced_market

CLASSES = ("ORDERLY", "AMPLIFIED", "SPIRAL")
ORDERLY_SHARE, SPIRAL_SHARE, ORDERLY_N, SPIRAL_N = 0.2, 0.5, 0.5, 1.0
CERTAIN = 0.9
TELLING = 0.5  # of the draws: they must have E >= 0.2, where AMPLIFIED is said
CLIPPED_MAX = 0.01
EXCURSION = 0.01
UNKNOWNS = ("depth", "k", "k / depth", "tau_hours", "pi")
BINS = 3
POINTS, SEEDS, SEED = 150, 2, 7
CAVEAT = (
    "Reduced model, two populations; depth, under-reporting, decay and permanent share drawn from"
    " their priors. NO FIT: no driver makes the market follow its record there. Any depth and any"
    " under-reporting fit the path, so the path says nothing about E."
)


def classify(share: NDArray[Any], n: NDArray[Any]) -> NDArray[np.int64]:
    """Return 0 ORDERLY, 1 AMPLIFIED, 2 SPIRAL for endogenous shares and branching ratios."""
    orderly = (share < ORDERLY_SHARE) & (n < ORDERLY_N)
    spiral = (share >= SPIRAL_SHARE) & (n >= SPIRAL_N)
    return np.where(orderly, 0, np.where(spiral, 2, 1))


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
        """Return one unknown at every point; 'k / depth' is their ratio."""
        if name == "k / depth":
            return self.unknown("k") / self.unknown("depth")
        return np.array([point[name] for point in self.points])


def posterior(
    markets: Sequence[ReducedMarket], points: Sequence[Mapping[str, float]], **terms: Any
) -> Posterior:
    """Evaluate points on one or more seeds; `terms` are added to every point."""
    cells = [[_at(market, {**point, **terms}) for market in markets] for point in points]
    flat = [cell for of_point in cells for cell in of_point]
    share, n, fall = {}, {}, {}
    for h, name in enumerate(markets[0].horizons):
        share[name] = np.array([cell["share"][h] for cell in flat])
        fall[name] = 100 * np.array([cell["fall"][h] for cell in flat])
        first, more = (
            np.repeat([np.mean([cell[key][name] for cell in row]) for row in cells], len(markets))
            for key in ("first", "more")
        )
        n[name] = np.maximum(first, np.maximum(more, 0) / (1 + np.maximum(more, 0)))
    clipped, excursion = (
        np.array([cell[key] for cell in flat]) for key in ("clipped_share", "excursion")
    )
    repeated = tuple(point for point in points for _ in markets)
    return Posterior(repeated, share, n, clipped, excursion, fall)


def _at(market: ReducedMarket, point: Mapping[str, Any]) -> Any:
    found = market.ask(point)
    steps = np.sort([step for of_leg in market.kicks.values() for step in of_leg])
    steep = np.argmin(np.abs(steps - found["high_step"][0]))
    mine = {name: np.isin(steps, of_leg) for name, of_leg in market.kicks.items()}
    mine |= {"5 min": np.arange(len(steps)) == steep, "day": np.ones(len(steps), bool)}
    for key, values in (("first", "first_generation"), ("more", "multiplier")):
        found[key] = {name: float(np.mean(found[values][at])) for name, at in mine.items()}
    return found


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
    ok, share, n = found.feasible, found.share[horizon], found.n[horizon]
    classes = np.where(ok, classify(share, n), len(CLASSES))
    odds = np.bincount(classes, minlength=len(CLASSES) + 1) / len(classes)
    best = int(np.argmax(odds[:3]))
    amplified = CLASSES[best] == "AMPLIFIED"
    by_n_alone = amplified and np.mean((classes == best) & (share >= ORDERLY_SHARE)) < TELLING
    name = CLASSES[best] if odds[best] >= CERTAIN and not by_n_alone else "UNDETERMINED"
    settles = {what: _information(classes, found.unknown(what)) for what in UNKNOWNS}
    ratio = found.unknown("depth")[ok] / found.unknown("k")[ok]
    above = {"E=.2": share >= ORDERLY_SHARE, "E=.5": share >= SPIRAL_SHARE, "n=1": n >= SPIRAL_N}
    boundary = {key: _threshold(ratio, hits[ok]) for key, hits in above.items()}
    boundary["record"] = _threshold(found.unknown("depth") / found.unknown("k"), ~ok)
    low, middle, high = np.quantile(share[ok], (0.05, 0.5, 0.95)) if ok.any() else [np.nan] * 3
    span = (float(low), float(middle), float(high))
    chances = dict(zip((*CLASSES, "NO FIT"), odds.tolist(), strict=True))
    fall = float(found.fall[horizon][np.argmin(found.excursion)])
    held = float(np.mean(found.excursion[ok] <= EXCURSION)) if ok.any() else 0.0
    return Verdict(horizon, name, chances, span, settles, boundary, fall, held)


def _entropy(classes: NDArray[Any]) -> float:
    p = np.bincount(classes) / len(classes)
    return float(-np.sum(p[p > 0] * np.log2(p[p > 0])))


def _information(classes: NDArray[Any], values: NDArray[Any]) -> float:
    # bins of equal counts, so that no unknown wins by having more of them
    bins = np.argsort(np.argsort(values, kind="stable"), kind="stable") * BINS // len(values)
    known = sum(np.mean(bins == b) * _entropy(classes[bins == b]) for b in range(BINS))
    return max(0.0, _entropy(classes) - float(known))


def _threshold(ratio: NDArray[Any], above: NDArray[Any]) -> float:
    """Return the depth per k that best divides what is above a cut-off (below it) from the rest."""
    order = np.argsort(ratio)
    hits = np.concatenate(([0], np.cumsum(np.where(above[order], 1, -1))))
    best = int(np.argmax(hits))
    return float(ratio[order][best - 1]) if best else 0.0


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
    cuts = (ORDERLY_SHARE, SPIRAL_SHARE, ORDERLY_N, SPIRAL_N, CERTAIN, TELLING, CLIPPED_MAX)
    counts = (POINTS, SEEDS, BINS, K_MAX, PATIENCE)
    drawn = {"legs": scenario.legs, "priors": PRIORS, "counts": counts, "cuts": cuts}
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
