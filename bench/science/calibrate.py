"""Fit the population's free parameters to the prints up to the scenario's ``fit_until``.

    python bench/science/calibrate.py [--accounts 60000] [--seeds 3] [--rounds 5] [--draws 64]

Loss: the sum of squares of log(replayed / reported) in units of each fact's own tolerance, over the
facts of role ``fit``, divided by how many of them overlap, plus the priors' penalty. The simulation
is never run past ``fit_until``, so nothing later can leak in. ``scale`` multiplies all totals, so
for each trial of the others it is the weighted mean residual. The others are searched by the
cross-entropy method: a normal law, at first the prior, is refitted to the best quarter of its
draws, round by round; it averages over the noise of heavy-tailed positions instead of chasing it.
Every trial sees the same seeds. The search runs on a coarser market than a replay's (ten-second
steps, fewer maker levels: what is fitted are people, not books); finer steps let more positions be
reached, so the scale is solved for once more on the replay's own. Prints rounds, then facts.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from delever import _core
from delever.metrics import Series, measure
from delever.scenario import Scenario
from delever.simulation import simulation_config

SECOND = 10**9
SCALE_START = 0.05
#: Trailing windows share hours: so many prints say about as much as one of its own.
OVERLAP = 2.5


class Free(NamedTuple):
    """A parameter of the search: its prior in the transformed space, and the way back."""

    name: str
    centre: float
    spread: float
    back: Callable[[float], float]


def logit(share: float) -> float:
    return math.log(share / (1 - share))


FREE = (
    Free("leverage_median", math.log(13.0), 0.6, math.exp),
    Free("leverage_sigma", math.log(1.28), 0.3, math.exp),
    Free("volume_exponent", 0.55, 0.35, float),
    Free("long_share", logit(0.6), 0.35, lambda x: 1 / (1 + math.exp(-x))),
)


def coarse(
    scenario: Scenario, population: dict[str, Any], seed: int, accounts: int
) -> dict[str, Any]:
    """Return the scenario's configuration with a coarser market and the trial's population."""
    config = simulation_config(scenario, seed=seed, accounts=accounts)
    config["population"].update(population)
    config["market"].update(maker_levels=10, taker_rate_per_s=[0.02] * len(config["instruments"]))
    windows = [(until, max(step, 10 * SECOND)) for until, step in config["windows"]]
    config.update(windows=windows, step_ns=max(config["step_ns"], 10 * SECOND))
    return config


class Task(NamedTuple):
    """One simulation; `whole` is on the replay's own steps and market."""

    scenario: str
    population: dict[str, float]
    seed: int
    accounts: int
    whole: bool


def run_once(task: Task) -> list[float]:
    """Return the replayed value of every fit fact for one seed."""
    scenario = Scenario.load(task.scenario)
    if task.whole:
        config = simulation_config(scenario, seed=task.seed, accounts=task.accounts)
        config["population"].update(task.population)
    else:
        config = coarse(scenario, task.population, task.seed, task.accounts)
    simulation = _core.Simulation(config)
    simulation.run(scenario.fit_until)
    series = Series(scenario, simulation.result())
    return [measure(fact.metric, series) for fact in fit_facts(scenario)]


def fit_facts(scenario: Scenario) -> list[Any]:
    return [fact for fact in scenario.facts if fact.role == "fit"]


class Search:
    """Evaluates trials over a fixed set of seeds."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.scenario = Scenario.load(args.scenario)
        facts = fit_facts(self.scenario)
        self.reported = np.array([fact.number for fact in facts])
        self.tolerance = np.array([fact.tolerance["rel"] for fact in facts])
        self.pool = ProcessPoolExecutor(args.jobs)
        self.scale = SCALE_START

    def replay(
        self, trials: list[dict[str, float]], seeds: int, *, whole: bool = False
    ) -> np.ndarray:
        """Return the fit facts' replayed values (trial x fact), averaged over the seeds."""
        tasks = [
            Task(self.args.scenario, population, seed, self.args.accounts, whole)
            for population in trials
            for seed in range(1, seeds + 1)
        ]
        values = np.array(list(self.pool.map(run_once, tasks)))
        return values.reshape(len(trials), seeds, -1).mean(axis=1)

    def residuals(self, replayed: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(replayed, 1.0) / self.reported) / self.tolerance

    def shift(self, replayed: np.ndarray) -> np.ndarray:
        """Return the log scale by which each trial's totals are too high."""
        weights = self.tolerance**-2
        log_ratio = self.residuals(replayed) * self.tolerance
        return np.asarray((log_ratio * weights).sum(axis=-1, keepdims=True) / weights.sum())

    def losses(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return each trial's loss at the scale that suits it best, and that scale."""
        replayed = self.replay([{**named(x), "scale": self.scale} for x in points], self.args.seeds)
        shift = self.shift(replayed)
        misfit = (self.residuals(replayed * np.exp(-shift)) ** 2).sum(axis=1) / OVERLAP
        centres, spreads = prior()
        penalty = (((points - centres) / spreads) ** 2).sum(axis=1)
        return misfit + penalty, self.scale * np.exp(-shift[:, 0])


def prior() -> tuple[np.ndarray, np.ndarray]:
    return np.array([free.centre for free in FREE]), np.array([free.spread for free in FREE])


def named(point: np.ndarray) -> dict[str, float]:
    return {free.name: free.back(float(x)) for free, x in zip(FREE, point, strict=True)}


def search(trials: Search) -> dict[str, float]:
    """Return the parameters at the centre of the last round's law."""
    centre, spread = prior()
    random = np.random.default_rng(1)
    for round_number in range(1, trials.args.rounds + 1):
        points = centre + spread * random.standard_normal((trials.args.draws, len(FREE)))
        losses, scales = trials.losses(points)
        elite = np.argsort(losses)[: max(4, trials.args.draws // 4)]
        centre = points[elite].mean(axis=0)
        spread = np.maximum(points[elite].std(axis=0, ddof=1), 0.05 * prior()[1])
        trials.scale = float(np.exp(np.log(scales[elite]).mean()))
        low, high = named(centre - spread), named(centre + spread)
        values = "  ".join(
            f"{k} {v:.3g} [{low[k]:.3g}-{high[k]:.3g}]" for k, v in named(centre).items()
        )
        print(
            f"round {round_number}  loss {losses[elite].mean():6.2f}  "
            f"scale {trials.scale:.4f}  {values}",
            flush=True,
        )
    return {**named(centre), "scale": trials.scale}


def report(trials: Search, population: dict[str, float]) -> None:
    """Solve for the scale on the replay's own steps and twice the seeds, and print every fact."""
    seeds = 2 * trials.args.seeds
    shift = float(trials.shift(trials.replay([population], seeds, whole=True))[0, 0])
    population["scale"] *= math.exp(-shift)
    replayed = trials.replay([population], seeds, whole=True)[0]
    misses = trials.residuals(replayed)
    print("\nfact            reported    replayed   log ratio / tolerance")
    for fact, value, miss in zip(fit_facts(trials.scenario), replayed, misses, strict=True):
        print(f"{fact.id:14s} {fact.number / 1e6:8.0f} M  {value / 1e6:8.0f} M   {miss:+6.2f}")
    print(f"root mean square {math.sqrt(float((misses**2).mean())):.3f}")
    for name, value in population.items():
        print(f"{name} = {value:.4g}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the population to the prints of role fit.")
    parser.add_argument("--scenario", default="btc-2026-02")
    parser.add_argument("--accounts", type=int, default=60_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=64)
    parser.add_argument("--jobs", type=int, default=2)
    trials = Search(parser.parse_args())
    report(trials, search(trials))


if __name__ == "__main__":
    main()
