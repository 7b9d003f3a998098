"""The quantiles that ship with a scenario: what many seeds say of every fact, at fixed parameters.

    python bench/science/ensemble.py btc-2026-02 --runs 60 --accounts 200000 --jobs 2

writes python/delever/scenarios/NAME.ensemble.json with the 5, 50 and 95 % quantiles of every
replayed fact and of the trailing 1 h and 24 h curves, the key of the configuration they belong to
(a replay of another configuration does not show them), and the digest of one small replay
(`probe`): a slow test repeats it, so that a changed engine cannot keep an old ensemble. The band
holds one seed's noise only, not the uncertainty of the parameters.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from delever.metrics import MINUTE_NS
from delever.replay import write_whole
from delever.scenario import Scenario

SHELF = Path(__file__).parents[2] / "python" / "delever" / "scenarios"
QUANTILES = (0.05, 0.5, 0.95)
PROBE = {"seed": 1, "accounts": 1_000}


def curve_times(scenario: Scenario) -> np.ndarray:
    return np.arange(scenario.focus[0], scenario.focus[1] + 1, 10 * MINUTE_NS)


def run_once(task: tuple[str, int, int]) -> dict[str, Any]:
    """Return one seed's facts and curves."""
    name, seed, accounts = task
    scenario = Scenario.load(name)
    replay = scenario.replay(seed=seed, accounts=accounts)
    series, ends = replay.series, curve_times(scenario)
    total = series.liquidated("all")
    return {
        "key": replay.key,
        "build": replay.build,
        "digest": replay.digest,
        "facts": {row.fact.id: row.replayed for row in replay.compare() if row.fact.metric},
        "curves": {str(hours): series.trailing(total, hours, ends) for hours in (1, 24)},
    }


def summary(scenario: Scenario, members: list[dict[str, Any]], accounts: int) -> dict[str, Any]:
    facts = {
        name: [
            float(f"{q:.6g}") for q in np.quantile([m["facts"][name] for m in members], QUANTILES)
        ]
        for name in members[0]["facts"]
    }
    curves = {}
    for hours in ("1", "24"):
        low, _, high = np.quantile([m["curves"][hours] for m in members], QUANTILES, axis=0)
        curves[hours] = {
            "time_ns": curve_times(scenario).tolist(),
            "low": [round(x) for x in low.tolist()],
            "high": [round(x) for x in high.tolist()],
        }
    return {
        "scenario": scenario.name,
        "key": members[0]["key"],
        "build": members[0]["build"],
        "runs": len(members),
        "accounts": accounts,
        "quantiles": facts,
        "curves": curves,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    scenario = Scenario.load(args.name)
    tasks = [(args.name, seed, args.accounts) for seed in range(1, args.runs + 1)]
    members = []
    with ProcessPoolExecutor(args.jobs) as pool:
        for member in pool.map(run_once, tasks):
            members.append(member)
            print(f"{len(members)} of {args.runs}", flush=True)
    table = summary(scenario, members, args.accounts)
    probe = run_once((args.name, PROBE["seed"], PROBE["accounts"]))
    table["probe"] = {**PROBE, "digest": probe["digest"]}
    text = json.dumps(table, indent=None, separators=(",", ":")) + "\n"
    print(write_whole(SHELF / f"{args.name}.ensemble.json", text.encode()))


if __name__ == "__main__":
    main()
