"""Does the reduced model say what the closed loop says? Point by point, the same D, k, tau, pi.

    nice -n 15 python bench/science/confirm.py --points 24 [--json FILE] [--withdrawal off]

Points are drawn from the verdict's priors and a law of the leverage. At each, the closed loop (spot
and four venues with their books and rulebooks, one coin, --accounts accounts, steps of --step
seconds) and the reduced model solve for the recorded path, and both run again without liquidations.
Compared is E of the day, the smaller of both definitions: a pass is a difference of 0.05 at most.
The closed loop has what the reduced model lacks: stops, momentum, background takers, makers'
inventory, marks per venue, procedures in steps, funds that sell slowly what they took over. With
--bare the first three are off, which isolates the rest. Where the reduced price leaves the recorded
bars by more than 1 % (or the clip holds), nothing is compared: there is no verdict there either.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from delever._core import EXCURSION_MAX
from delever.inference.ensemble import PRIORS, draw
from delever.inference.reduced import reduced_market
from delever.inference.verdict import CLIPPED_MAX
from delever.replay import write_whole
from delever.scenario import Prior, Scenario

LAW = {**PRIORS, "leverage_median": ("log", 6.0, 13.0)}
WITHIN = 0.05
SEEDS = 4  # of the reduced model, whose mean is compared: who holds what is another draw


def one_coin(scenario: Scenario, *, withdrawal: bool) -> Scenario:
    """Return the scenario with its first coin alone, makers' withdrawal on or off."""
    first, *others = scenario.instruments
    absent = {
        f"{what}_{symbol.removesuffix('USDT').lower()}"
        for what in ("depth", "taker_rate")
        for symbol in others
    }
    market = {name: prior for name, prior in scenario.market.items() if name not in absent}
    switch = Prior(float(withdrawal), "switch", "set by the caller")
    market = {**market, "withdrawal": switch}
    return replace(scenario, instruments=(first,), market=market)


def reduced_shares(scenario: Scenario, point: dict[str, float], *, withdrawal: bool) -> Any:
    """Return the reduced model's E of the day by seed, and whether it follows the record."""
    terms = {name: point[name] for name in PRIORS}
    found = [
        reduced_market(scenario, seed=7 + i).ask(
            {**terms, "withdrawal": withdrawal}, branches=False
        )
        for i in range(SEEDS)
    ]
    wild = max(one["excursion"] for one in found) > EXCURSION_MAX
    clipped = max(one["clipped_share"] for one in found) > CLIPPED_MAX
    return np.array([one["share"][-1] for one in found]), not (wild or clipped)


def closed_share(scenario: Scenario, args: argparse.Namespace) -> dict[str, float]:
    """Return the closed loop's E of the day, and what became of the forced dollars."""
    factual = scenario.closed_loop(seed=7, accounts=args.accounts, step_s=args.step, workers=1)
    without = factual.counterfactual(liquidations="off")
    shares = factual.shares(without, factual.horizons()["day"])
    forced, taken = factual.steps["forced_usd"][:, 0], 0.0
    for venue in factual.steps["venues"]:
        taken += float(venue["takeover_usd"].sum())
    return {
        "E": float(shares.endogenous),
        "liquidated": factual.liquidated(factual.horizons()["day"]),
        "forced": float(np.abs(forced).sum()),
        "taken_over": taken,
        "clipped": float(factual.steps["clipped_share"][0]),
    }


def confirm(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Draw points until enough are compared; print each as it comes."""
    withdrawal = args.withdrawal == "on"
    scenario = one_coin(Scenario.load("btc-2026-02"), withdrawal=withdrawal)
    rows: list[dict[str, Any]] = []
    index = 0
    print(
        f"{'D':>6} {'k':>5} {'tau':>5} {'pi':>5} {'lev':>5}  {'reduced':>7} {'sd':>5} {'closed':>7}"
    )
    while sum(row["follows"] for row in rows) < args.points:
        point = draw(LAW, args.seed, index)
        index += 1
        own = (
            {} if not args.bare else {"stop_usd_per_percent": 0.0, "momentum_usd_per_percent": 0.0}
        )
        told = scenario.with_parameters(
            depth_btc=point["depth"],
            under_reporting=point["k"],
            impact_half_life_s=point["tau_hours"] * 3600,
            permanent_share=point["pi"],
            leverage_median=point["leverage_median"],
            taker_factor=0.1 if args.bare else scenario.parameter("taker_factor"),
            **own,
        )
        shares, follows = reduced_shares(told, point, withdrawal=withdrawal)
        row = {**point, "reduced": float(shares.mean()), "sd": float(shares.std(ddof=1))}
        row["follows"] = bool(follows)
        rows.append(row)
        if not follows and sum(not one["follows"] for one in rows) > args.beyond:
            continue
        row["closed"] = closed_share(told, args)
        off = row["closed"]["E"] - row["reduced"]
        word = ("PASS" if abs(off) <= WITHIN else "FAIL") if follows else "no fit"
        print(
            f"{point['depth'] / 1e6:6.0f} {point['k']:5.2f} {point['tau_hours']:5g} "
            f"{point['pi']:5.2f} {point['leverage_median']:5.1f}  {row['reduced']:7.3f} "
            f"{row['sd']:5.3f} {row['closed']['E']:7.3f} {off:+.3f} {word}  liquidated "
            f"{row['closed']['liquidated'] / 1e9:.2f}, forced {row['closed']['forced'] / 1e9:.2f}, "
            f"taken over {row['closed']['taken_over'] / 1e9:.2f} B",
            flush=True,
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=24)
    parser.add_argument("--beyond", type=int, default=4, help="points without a fit, run too")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--step", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--withdrawal", choices=("on", "off"), default="on")
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = confirm(args)
    compared = [row for row in rows if row["follows"]]
    off = np.array([row["closed"]["E"] - row["reduced"] for row in compared])
    print(
        f"{len(rows)} points drawn, {len(compared)} with a fit: {(np.abs(off) <= WITHIN).sum()} "
        f"within {WITHIN}; median {np.median(off):+.3f}, worst {off[np.argmax(np.abs(off))]:+.3f}"
    )
    if args.json:
        write_whole(args.json, (json.dumps(rows, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
