"""Fit the liquidatable share of open interest, alone, to a scenario's facts of role ``fit``.

    python bench/science/fit_scale.py btc-2024-08 [--accounts 50000] [--seeds 3] [--rounds 3]

All totals are proportional to ``scale`` but for the exhaustion of positions, so the log of the
replayed over the reported dollars, averaged over the fit prints that the replay measures (each by
the inverse square of its tolerance) and over seeds, is how far ``scale`` is off; a few rounds
settle it. The replay stops at ``fit_until``: nothing later is seen. Leverage and the rest stay as
the scenario has them. Prints every round and, at the end, every fact and the scale to write down.
"""

from __future__ import annotations

import argparse
import math
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from delever import _core
from delever.metrics import Series, measure
from delever.scenario import Fact, Scenario
from delever.simulation import simulation_config

KINDS = ("liquidations", "venue_liquidations")


def replayed(scenario: Scenario, facts: list[Fact], accounts: int, seed: int) -> list[float]:
    """Return the replayed value of each fact, from a replay that stops at the fit's end."""
    simulation = _core.Simulation(simulation_config(scenario, seed=seed, accounts=accounts))
    simulation.run(scenario.fit_until)
    series = Series(scenario, simulation.result())
    return [measure(fact.metric, series) or math.nan for fact in facts]


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the scale to the prints of role fit.")
    parser.add_argument("name")
    parser.add_argument("--accounts", type=int, default=50_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    scenario = Scenario.load(args.name)
    facts = [f for f in scenario.facts if f.role == "fit" and f.metric["kind"] in KINDS]
    reported = np.array([fact.number for fact in facts])
    weights = np.array([fact.tolerance["rel"] for fact in facts]) ** -2.0
    scale = scenario.parameter("scale")
    with ThreadPoolExecutor(args.jobs) as pool:
        for number in range(1, args.rounds + 1):
            trial = scenario.with_parameters(scale=scale)
            run = partial(replayed, trial, facts, args.accounts)
            values = np.nanmean(list(pool.map(run, range(1, args.seeds + 1))), axis=0)
            known = ~np.isnan(values)
            off = np.average(np.log(values / reported)[known], weights=weights[known])
            print(f"round {number}  scale {scale:.4g}  replayed / reported {math.exp(off):.3f}")
            scale = min(scale * math.exp(-off), 1.0)  # no more than all of the open interest
    for fact, value in zip(facts, values, strict=True):
        text = "not replayed" if math.isnan(value) else f"{value / 1e6:8.0f} M"
        print(f"{fact.id:18s} {fact.number / 1e6:8.0f} M  {text}")
    print(f"scale = {scale:.3g}")


if __name__ == "__main__":
    main()
