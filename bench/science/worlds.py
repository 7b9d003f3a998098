"""Synthetic worlds: a market that makes its own price, of which a solver is shown bars alone.

The population, the history before the start and all priors are the scenario's; fair value is a
random walk with three falls of its own; D, k, tau and pi are drawn. The world's price is recorded
as 5-minute bars. A solver draws other people (another seed) from the same priors, solves for the
bars and answers what the world itself knows: how much of the fall was endogenous. A third of the
worlds may have a mechanism no solver has: concave impact, or entries in herds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from delever import _core
from delever.inference.ensemble import PRIORS, draw
from delever.inference.reduced import CONTROL_NS, K_MAX, PATIENCE, ReducedMarket, one_coin
from delever.scenario import Scenario
from delever.simulation import simulation_config

HOURS, ACCOUNTS, BAR_NS = 12, 40_000, 300_000_000_000
STEPS = HOURS * 360
FALLS = 3
STEP_SD = 0.0003  # of fair value in 10 s
MELTED = 0.6  # a world that loses this is no market any more: another is drawn


@cache
def base() -> tuple[Scenario, dict[str, Any]]:
    """Return the scenario from midnight of its last day on, and its configuration."""
    scenario = Scenario.load("btc-2026-02")
    start = scenario.focus[0]
    scenario = replace(scenario, start=start, end=start + HOURS * 3600 * 10**9)
    return scenario, one_coin(simulation_config(scenario, seed=0, accounts=ACCOUNTS))


def configuration(price: np.ndarray, seed: int) -> dict[str, Any]:
    """Return the configuration whose recorded path is 5-minute bars of a price every 10 s."""
    scenario, config = base()
    rows = price.reshape(-1, BAR_NS // CONTROL_NS)
    ends = np.append(rows[1:, 0], rows[-1, -1])
    high, low = np.maximum(rows.max(1), ends), np.minimum(rows.min(1), ends)
    bars = {"open": rows[:, 0], "high": high, "low": low, "close": ends}
    times = scenario.start + BAR_NS * np.arange(len(rows))
    instrument = {**config["instruments"][0], "path_time_ns": times}
    instrument |= {"path_bar_ns": np.full(len(rows), BAR_NS)}
    instrument |= {f"path_{name}": values for name, values in bars.items()}
    # the noise a solver can measure: a Brownian path's range is 1.6 deviations of its end
    noise = np.median(np.log(high / low)) / (1.6 * np.sqrt(BAR_NS / 60e9))
    instrument["noise_per_sqrt_minute"] = float(noise)
    return {**config, "seed": seed, "instruments": [instrument]}


def fair_value(seed: int) -> tuple[np.ndarray, dict[str, tuple[int, int]]]:
    """Return innovations of fair value every 10 s, and when its three falls happen."""
    draws = np.random.default_rng([seed, 1])
    moves = STEP_SD * draws.standard_normal(STEPS)
    moves[0] = 0.0
    horizons = {"5 min": (0, 0)}
    for fall in range(FALLS):
        length = int(draws.integers(180, 480))
        first = int(draws.integers(360, 1_300 - length)) + fall * 1_300
        moves[first : first + length] -= draws.uniform(0.015, 0.05) / length
        horizons[f"L{fall + 1}"] = (first, min(first + length + 120, STEPS - 1))
    return moves, {**horizons, "day": (0, STEPS - 1)}


@dataclass
class World:
    """One world: its secret terms, what it recorded, and its true shares and branching ratios."""

    seed: int
    terms: dict[str, Any]
    horizons: dict[str, tuple[int, int]]
    price: np.ndarray
    truth: list[ReducedMarket]
    moves: np.ndarray

    def solver(self, seed: int) -> ReducedMarket:
        """Return another population that has only the world's bars."""
        told = configuration(self.price, seed)
        core = _core.ReducedWorld(told, k_max=K_MAX, patience=PATIENCE)
        return ReducedMarket(base()[0], core, self.horizons)

    def answer(self, kicks: dict[str, list[int]]) -> tuple[dict[str, float], dict[str, float]]:
        """Return the true E per horizon, and n pooled over like worlds."""
        steps = sorted(at for of_leg in kicks.values() for at in of_leg)
        asked = {"innovations": self.moves, "branches": bool(steps)}
        spans = list(self.horizons.values())
        found = [one.core.ask(self.terms, spans, steps, **asked) for one in self.truth]
        share = dict(zip(self.horizons, found[0]["share"], strict=True))
        if not steps:
            return share, {}
        first = np.mean([one["first_generation"] for one in found], axis=0)
        more = np.mean([one["multiplier"] for one in found], axis=0)
        n = {}
        for name in self.horizons:
            mine = np.isin(steps, kicks.get(name, steps))
            pooled = max(float(np.mean(more[mine])), 0.0)
            n[name] = max(float(np.mean(first[mine])), pooled / (1 + pooled))
        return share, n


def make_world(seed: int, *, mechanism: str = "", pooled: int = 1, **fixed: Any) -> World | None:
    """Draw a world; None where its market melts. `fixed` terms replace drawn ones."""
    moves, horizons = fair_value(seed)
    terms = {**draw(PRIORS, 11, seed), "withdrawal": True, **fixed}
    if mechanism == "concave":
        terms |= {"concave_scale": 0.01, "concave_exponent": 0.5}
    herd = 0.5 if mechanism == "clustered" else 0.0
    start = base()[1]["instruments"][0]["path_open"][0]
    value = start * np.exp(np.cumsum(moves))
    truth = []
    for i in range(pooled):
        core = _core.ReducedWorld(
            configuration(value, 1_000_000 + 10 * seed + i), cluster_share=herd, k_max=K_MAX
        )
        truth.append(ReducedMarket(base()[0], core, horizons))
    price = np.exp(truth[0].core.run(terms, moves)["price_log"])
    if price.min() < (1 - MELTED) * price.max():
        return None
    return World(seed, terms, horizons, price, truth, moves)
