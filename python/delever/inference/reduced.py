"""The reduced model of a scenario: its population and recorded path on one price, no book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from delever import _core
from delever.scenario import Scenario, ScenarioError
from delever.simulation import simulation_config

HOUR_NS, CONTROL_NS = 3_600_000_000_000, 10_000_000_000
K_MAX = 10.0  # the world holds ten times the fitted population; k lets its part act
ACCOUNTS = 70_000
PATIENCE = 2.0  # deviations of noise: a fit, on worlds of bench/science/test_solver_worlds.py
TERMS = ("depth", "k", "tau_hours", "pi")


@dataclass(frozen=True)
class ReducedMarket:
    """One seed's population; `horizons` name pairs of intervals, `kicks` the six kick times."""

    scenario: Scenario
    core: Any = field(repr=False)
    horizons: Mapping[str, tuple[int, int]]

    @cached_property
    def kicks(self) -> dict[str, list[int]]:
        """Two kicks per leg: where the record first passes a third and two thirds of its fall."""
        path, found = np.log(self.core.path), {}
        for name in (name for name in self.horizons if name not in {"5 min", "day"}):
            first, last = self.horizons[name]
            low = first + int(np.argmin(path[first : last + 1]))
            high = first + int(np.argmax(path[first : low + 1]))
            fallen = (path[high : low + 1] - path[high]) / min(path[low] - path[high], -1e-9)
            found[name] = [high + int(np.argmax(fallen >= part / 3)) for part in (1, 2)]
        return found

    def ask(self, terms: Mapping[str, Any], *, branches: bool = True, **options: Any) -> Any:
        """Return falls with and without liquidations, and kicks, at one parameter point.

        Parameters
        ----------
        terms
            `depth` (USD per 1 % of all venues), `k` (true / reported), `tau_hours` (half-life of
            impact, inf allowed), `pi` (its permanent share), and optional switches.
        branches
            Whether multipliers are measured on branches with the same innovations.
        """
        kicks = sorted(step for steps in self.kicks.values() for step in steps)
        horizons = list(self.horizons.values())
        return self.core.ask(dict(terms), horizons, kicks, branches=branches, **options)

    def ladder(self, terms: Mapping[str, Any], prices: Sequence[float]) -> list[dict[str, float]]:
        """Return what a further fall to each price liquidates, and where it would then stop."""
        names = ("price", "liquidated_usd", "pushed_log", "stop_price")
        return [dict(zip(names, row, strict=True)) for row in self.core.ladder(dict(terms), prices)]


def reduced_market(
    scenario: Scenario, *, seed: int = 7, accounts: int = ACCOUNTS, cluster_share: float = 0.0
) -> ReducedMarket:
    """Draw the reduced model of a scenario's first coin, 24 h before its low to 12 h after it.

    Examples
    --------
    >>> import delever
    >>> market = reduced_market(delever.scenario("btc-2026-02"), accounts=5_000)
    >>> answer = market.ask({"depth": 500e6, "k": 1, "tau_hours": 4.0, "pi": 0.0})
    >>> bool(0 < answer["share"][-1] < 0.5)
    True
    """
    config = reduced_config(scenario, seed=seed, accounts=accounts)
    drawn = {"cluster_share": cluster_share, "k_max": K_MAX}
    core = _core.ReducedWorld(config, patience=PATIENCE, **drawn)
    horizons = {"5 min": (0, 0)}
    for leg in scenario.legs:
        first, last = ((int(at) - config["start_ns"]) // CONTROL_NS for at in leg.span)
        horizons[leg.name] = (first, min(last, core.steps - 1))
    return ReducedMarket(scenario, core, {**horizons, "day": (0, core.steps - 1)})


def reduced_config(scenario: Scenario, *, seed: int, accounts: int) -> dict[str, Any]:
    """Return everything that the reduced model of a scenario is told but its legs."""
    if not scenario.legs:
        raise ScenarioError("no legs", scenario.name, None, "add [[leg]] rows: name and span")
    start, end = window(scenario)
    one = replace(scenario, start=start, end=end)
    return one_coin(simulation_config(one, seed=seed, accounts=accounts))


def one_coin(config: dict[str, Any]) -> dict[str, Any]:
    """Return a simulation's configuration for its first coin at control intervals."""
    market = {**config["market"], "taker_rate_per_s": config["market"]["taker_rate_per_s"][:1]}
    control = {"windows": [], "step_ns": CONTROL_NS}
    return {**config, **control, "instruments": config["instruments"][:1], "market": market}


def window(scenario: Scenario) -> tuple[int, int]:
    """Return the hours around the low of the last leg: 24 before, 12 after, in ns UTC."""
    path = scenario.paths[scenario.instruments[0]]
    first, last = (int(at) for at in scenario.legs[-1].span)
    last_leg = path[(path["time_ns"] >= first) & (path["time_ns"] < last)]
    low = int(last_leg["time_ns"][np.argmin(last_leg["low"])]) // HOUR_NS * HOUR_NS
    return max(low - 24 * HOUR_NS, scenario.start), min(low + 12 * HOUR_NS, scenario.end)
