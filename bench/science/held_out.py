"""What was printed after 21:15 on 5 February, predicted from what was printed before (A12).

    nice -n 15 python bench/science/held_out.py --draws 300 [--json FILE]

Every draw is a population of its own seed and leverage law, volume exponent and long share, in the
open-loop replay from 31 January on; the closed loop begins on 5 February, so it cannot be asked
about 31 January. A pilot of prior draws stops at ``fit_until`` and sees nothing later: it finds
where the misfit to the prints of role ``fit`` is small (loss of calibrate.py) and how the scale
that suits a draw follows from its parameters. The draws come from a normal law around that,
one in ten from the prior, and are weighted by prior / law x likelihood. The likelihood's error is
inflated until the best tenth of the pilot fits as well as its errors say (Birge's ratio).

A held-out figure passes where the reported value lies inside the central 90 % of the weighted
draws, either end is within a factor 2 of the median (a long share: the odds), and its log score is
no worse than both baselines'. For the score every prediction has the error of a print, which is the
fact's frozen tolerance; a baseline's is at least the rms of its own residuals on the fit part.
"""

from __future__ import annotations

import argparse
import json
import math
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from calibrate import FREE, OVERLAP, coarse, fit_facts, named, prior

from delever import _core
from delever.metrics import Series, measure
from delever.replay import write_whole
from delever.scenario import Fact, Scenario

HELD_OUT = (
    *("s1-liq-1h", "print-9-1h", "leg3-dollars", "s4-long-share", "print-10-24h", "print-10-1h"),
    *("jan31-btc", "basis-1", "basis-2", "basis-3", "basis-4"),
)
PRINTED = ("s1-liq-24h", "s2-oi-week-coin")
BOUNDS = ("leg3-dollars",)  # "at least": no interval can be right about it
WIDTH = 2.0


class Draw(NamedTuple):
    """One replay to run: what is drawn, until when, on which market."""

    point: tuple[float, ...]
    scale: float
    seed: int
    accounts: int
    whole: bool


class Found(NamedTuple):
    """What a draw replayed, in the facts' units, by fact; and what the baselines say."""

    values: dict[str, float]
    baselines: dict[str, tuple[float | None, float | None]]


def run_draw(task: Draw) -> Found:
    """Replay one draw on calibrate.py's market, to the fit's end or (`whole`) the scenario's."""
    scenario = Scenario.load("btc-2026-02")
    population = {**named(np.array(task.point)), "scale": task.scale}
    config = coarse(scenario, population, task.seed, task.accounts)
    simulation = _core.Simulation(config)
    simulation.run(scenario.end if task.whole else scenario.fit_until)
    series = Series(scenario, simulation.result())
    wanted = {fact.id: fact for fact in fit_facts(scenario)}
    if task.whole:
        wanted |= {name: scenario.fact(name) for name in (*HELD_OUT, *PRINTED)}
    values = {name: float(measure(fact.metric, series)) for name, fact in wanted.items()}
    if not task.whole:
        return Found(values, {})
    models = _core.Baselines(scenario, series)
    return Found(values, {name: tuple(models.of(fact)) for name, fact in wanted.items()})


class Fit:
    """The prints up to 21:15: residuals, the scale that suits a draw, its misfit."""

    def __init__(self, scenario: Scenario) -> None:
        facts = fit_facts(scenario)
        self.ids = [fact.id for fact in facts]
        self.reported = np.array([fact.number for fact in facts])
        self.tolerance = np.array([fact.tolerance["rel"] for fact in facts])
        weights = self.tolerance**-2
        self.weights = weights / weights.sum()
        self.scale_sd = math.sqrt(OVERLAP / weights.sum())

    def judge(self, found: list[Found]) -> tuple[np.ndarray, np.ndarray]:
        """Return by how much each draw's totals are too high (log), and the misfit without it."""
        values = np.array([[one.values[name] for name in self.ids] for one in found])
        off = np.log(np.maximum(values, 1e6) / self.reported)
        shift = off @ self.weights
        residual = (off - shift[:, None]) / self.tolerance
        return shift, (residual**2).sum(axis=1) / OVERLAP


def log_normal(x: np.ndarray, centre: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Log density of a normal law at rows of x."""
    off = x - centre
    square = np.einsum("ij,ij->i", off @ np.linalg.inv(covariance), off)
    return np.asarray(-0.5 * (square + np.linalg.slogdet(2 * np.pi * covariance)[1]))


def scale_law(points: np.ndarray, log_scale: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Coefficients of the log scale on 1, the parameters and their squares."""
    root = np.sqrt(weights)[:, None]
    return np.linalg.lstsq(features(points) * root, log_scale * root[:, 0], rcond=None)[0]


def features(points: np.ndarray) -> np.ndarray:
    """Return 1, the parameters and their squares, by row."""
    return np.column_stack((np.ones(len(points)), points, points**2))


def quantiles(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted 5, 50 and 95 % quantiles."""
    order = np.argsort(values)
    cumulated = np.cumsum(weights[order]) - 0.5 * weights[order]
    return np.interp((0.05, 0.5, 0.95), cumulated / weights.sum(), values[order])


def scored(fact: Fact, value: np.ndarray | float) -> tuple[Any, float]:
    """A value on the axis of the score (log of dollars, else as it is), and a print's error."""
    if fact.metric["kind"] == "liquidations":
        return np.log(np.maximum(value, 1e6)), float(fact.tolerance["rel"])
    return value, float(fact.tolerance["abs"])


def log_density(reported: float, centres: Any, error: float, weights: Any = 1.0) -> float:
    """Log of the mixture of normal laws around the centres."""
    z = (reported - np.asarray(centres, float)) / error
    terms = np.exp(-0.5 * z**2) / (error * math.sqrt(2 * math.pi)) * weights
    return float(np.log(max(np.sum(terms) / np.sum(np.ones_like(z) * weights), 1e-12)))


def judged(
    scenario: Scenario, name: str, found: list[Found], weights: np.ndarray, shift: np.ndarray
) -> dict[str, Any]:
    """One held-out figure: interval, width, scores and whether it passes."""
    fact = scenario.fact(name)
    values = np.array([one.values[name] for one in found])
    dollars = fact.metric["kind"] == "liquidations"
    values = values * np.exp(-shift) if dollars else values
    low, middle, high = quantiles(values, weights).tolist()
    row: dict[str, Any] = {"low": low, "median": middle, "high": high, "reported": fact.number}
    row["inside"] = low <= fact.number <= high
    wide = np.array([low, middle, high])
    if fact.metric["kind"] == "long_share":
        wide = wide / (1 - wide)
    same_sign = wide.min() * wide.max() > 0
    factor = max(wide[1] / wide[0], wide[0] / wide[1], wide[2] / wide[1], wide[1] / wide[2])
    row["factor"] = float(factor) if same_sign else math.inf
    if not {"rel", "abs"} & set(fact.tolerance):
        return row  # printed only
    reported, error = scored(fact, fact.number)
    row["score"] = log_density(reported, scored(fact, values)[0], error, weights)
    for number, model in enumerate(("constant", "persistence")):
        said = [one.baselines[name][number] for one in found]
        if any(value is None for value in said):
            row[model] = None
            continue
        spread = residual_rms(scenario, fact, found[0], number)
        centre = scored(fact, float(np.median(said)))[0]
        row[model] = log_density(reported, centre, max(error, spread))
    rivals = [row[model] for model in ("constant", "persistence") if row[model] is not None]
    better = all(row["score"] >= rival for rival in rivals)
    row["pass"] = row["inside"] and row["factor"] <= WIDTH and better
    return row


def residual_rms(scenario: Scenario, fact: Fact, found: Found, model: int) -> float:
    """Root mean square of a baseline's residuals on like facts of the fit part."""
    residuals = []
    for one in fit_facts(scenario):
        alike = all(one.metric.get(key) == fact.metric.get(key) for key in ("kind", "hours"))
        said = found.baselines[one.id][model]
        if alike and said is not None and said > 0:
            residuals.append(math.log(said / one.number))
    return math.sqrt(float(np.mean(np.square(residuals)))) if residuals else 0.0


def search(scenario: Scenario, pool: ProcessPoolExecutor, args: argparse.Namespace) -> Any:
    """Return the law to draw from, the scale's coefficients and the likelihood's temperature."""
    fit, (centre, spread) = Fit(scenario), prior()
    random = np.random.default_rng(args.seed)
    law, temperature = (centre, np.diag(spread**2)), 1.0
    coefficients = np.zeros(1 + 2 * len(FREE))
    coefficients[0] = math.log(scenario.parameter("scale"))
    points, log_scale, misfit = (np.empty((0, len(FREE))), np.empty(0), np.empty(0))
    for number in range(args.rounds):
        new = random.multivariate_normal(*law, args.pilot)
        tried = np.clip(np.exp(features(new) @ coefficients), 1e-3, 0.5)
        first = args.seed + 100_000 * (1 + number)
        tasks = [
            Draw(tuple(point), float(scale), first + i, args.accounts, whole=False)
            for i, (point, scale) in enumerate(zip(new, tried, strict=True))
        ]
        shift, loss = fit.judge(list(pool.map(run_draw, tasks)))
        points, misfit = np.vstack((points, new)), np.append(misfit, loss)
        log_scale = np.append(log_scale, np.log(tried) - shift)
        best = np.sort(misfit)[: max(4, len(misfit) // 10)]
        temperature = max(1.0, float(np.median(best)) / (len(fit.ids) / OVERLAP))
        weight = np.exp(-0.5 * (misfit - misfit.min()) / temperature)
        weight *= np.exp(log_normal(points, centre, np.diag(spread**2)))
        middle = np.average(points, axis=0, weights=weight)
        covariance = np.cov(points.T, aweights=weight) + np.diag((0.1 * spread) ** 2)
        law = (middle, 1.5 * covariance)
        coefficients = scale_law(points, log_scale, weight + 1e-3 * weight.max())
        print(f"pilot {number + 1}: best {best[0]:.1f}, Birge {temperature:.2f}, {named(middle)}")
    return fit, law, coefficients, temperature


def posterior_draws(scenario: Scenario, pool: ProcessPoolExecutor, args: argparse.Namespace) -> Any:
    """Return the draws, their weights, and how far each draw's dollars are to be shifted."""
    fit, law, coefficients, temperature = search(scenario, pool, args)
    centre, spread = prior()
    random = np.random.default_rng(args.seed + 1)
    points = random.multivariate_normal(*law, args.draws)
    points[::10] = centre + spread * random.standard_normal((len(points[::10]), len(FREE)))
    scales = np.clip(np.exp(features(points) @ coefficients), 1e-3, 0.5)
    tasks = [
        Draw(tuple(point), float(scale), args.seed + i, args.accounts, whole=True)
        for i, (point, scale) in enumerate(zip(points, scales, strict=True))
    ]
    found = []
    for one in pool.map(run_draw, tasks):
        found.append(one)
        if len(found) % 50 == 0:
            print(f"{len(found)} of {len(tasks)} draws", flush=True)
    shift, misfit = fit.judge(found)
    log_prior = log_normal(points, centre, np.diag(spread**2))
    law_density = 0.9 * np.exp(log_normal(points, *law)) + 0.1 * np.exp(log_prior)
    log_weight = log_prior - np.log(law_density) - 0.5 * misfit / temperature
    weights = np.exp(log_weight - log_weight.max())
    error = fit.scale_sd * math.sqrt(temperature)
    return found, weights, shift + error * random.standard_normal(len(shift))


def table(rows: dict[str, dict[str, Any]], scenario: Scenario) -> str:
    """Write the rows in 100 columns."""
    heads = zip(("reported", "5 %", "median", "95 %", "x"), (9, 8, 8, 8, 5), strict=True)
    head = " ".join(f"{word:>{width}}" for word, width in heads)
    lines = [f"{'':42} {head} {'score':>6} {'const':>6} {'last':>6}"]
    for name, row in rows.items():
        fact = scenario.fact(name)
        unit = 1e6 if fact.metric["kind"] == "liquidations" else 1
        digits = 0 if unit > 1 else 3
        values = (f"{row[key] / unit:8.{digits}f}" for key in ("low", "median", "high"))
        scores = (row.get(key) for key in ("score", "constant", "persistence"))
        told = " ".join(f"{'' if score is None else f'{score:.2f}':>6}" for score in scores)
        mark = {True: "PASS", False: "FAIL"}.get(row.get("pass"), "not counted")
        reported = f"{fact.number / unit:9.{digits}f}"
        lines.append(
            f"{fact.what[:42]:42} {reported} {' '.join(values)} {row['factor']:5.2f} {told} {mark}"
        )
    counted = [row["pass"] for row in rows.values() if "pass" in row]
    beaten = sum(
        row["score"] >= max(row[m] for m in ("constant", "persistence") if row[m] is not None)
        for row in rows.values()
        if "pass" in row and any(row[m] is not None for m in ("constant", "persistence"))
    )
    lines.append(f"{sum(counted)} of {len(counted)} pass; at least as good as both on {beaten}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--pilot", type=int, default=60, help="of each round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--accounts", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    scenario = Scenario.load("btc-2026-02")
    with ProcessPoolExecutor(args.jobs) as pool:
        found, weights, shift = posterior_draws(scenario, pool, args)
    rows = {name: judged(scenario, name, found, weights, shift) for name in (*HELD_OUT, *PRINTED)}
    for name in (*BOUNDS, *PRINTED):
        rows[name].pop("pass", None)
    size = float(weights.sum() ** 2 / (weights**2).sum())
    print(table(rows, scenario))
    print(f"{len(found)} draws, effective {size:.0f}")
    if args.json:
        data = {"draws": len(found), "effective": size, "rows": rows}
        write_whole(args.json, (json.dumps(data, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
