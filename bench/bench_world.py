"""How long does the closed loop take: 36 hours, four coins, four venues and spot; and what memory?

    python bench/bench_world.py [ACCOUNTS] [STEP_SECONDS] [WORKERS]
    python bench/bench_world.py cost [ACCOUNTS_MAX]
    python bench/bench_world.py activity [SEEDS]
    python bench/bench_world.py paired [SEEDS]

The first prints commands, their kinds of market, seconds and the greatest memory. A full run is two
million accounts at one second a step; a member of an ensemble 100,000 at ten. `cost` shows what
accounts and commands cost, each row in a process of its own: rows of accounts differ in nothing
else, so what a row costs beyond its commands is what accounts cost that do nothing; rows of steps
differ in commands alone. Who is crossed grows faster than the accounts: the dollars are the same,
so that more accounts are smaller ones, and small traders use more leverage (a median of 8x among
10^4, 35x among 10^7; a threshold within 5 % of the price for 24 % and 71 % of them). What is
crossed costs the same. `activity` doubles the quotes of the makers (of half the size) and the
takers, and holds the change of the endogenous share against its spread over seeds. `paired` runs
many crowds on one market's innovations, each with and without liquidations, and prints what common
draws leave of the variance of the difference.
"""

import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

from delever import _core
from delever.scenario import scenario
from delever.world import WorldRun, _run

COST_ROWS = [(10**4, 10.0), (10**5, 10.0), (10**6, 10.0), (10**7, 10.0)]
STEP_ROWS = [(10**5, 60.0), (10**5, 30.0), (10**5, 5.0)]


def one_run(accounts: float = 2_000_000.0, step_s: float = 1.0, workers: float = 2.0) -> None:
    """Run once and print what it took."""
    one = scenario("btc-2026-02")
    run = one.closed_loop(accounts=int(accounts), step_s=step_s, workers=int(workers))
    commands, memory = run.steps["commands"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{int(accounts):,} accounts, {step_s:g} s a step, {int(workers)} workers")
    print(f"{commands / 1e6:.1f} M commands in {run.seconds:.1f} s, {memory / 1e6:.2f} GB")
    print(f"spot {run.steps['spot_commands'] / 1e6:.1f} M", end="")
    for venue in run.steps["venues"]:
        print(f", {venue['name']} {venue['commands'] / 1e6:.1f} M", end="")
    print(f"; digest {run.digest}")


def told(accounts: int, step_s: float, seed: int = 7) -> dict[str, Any]:
    """Return the engine's configuration; what it is taken from runs in no time."""
    config = dict(
        scenario("btc-2026-02").closed_loop(accounts=1_000, step_s=3600, seed=seed).config
    )
    config["market"] = {**config["market"], "accounts": accounts, "step_ns": int(step_s * 1e9)}
    return config


def row(accounts: int, step_s: float) -> None:
    """Print one row as JSON: processor time of opening the accounts and of running, apart."""
    config = told(accounts, step_s)
    times = [time.process_time()]
    world = _core.World(config)
    times.append(time.process_time())
    opened = world.commands
    world.run(world.end_ns)
    times.append(time.process_time())
    crossed = sum(venue["liquidations"] for venue in world.result()["venues"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    commands = world.commands - opened
    print(json.dumps([accounts, step_s, opened, commands, crossed, *np.diff(times), memory]))


def cost(accounts_max: float = 1e7) -> None:
    """Print the table."""
    print("accounts    step  opened       commands  crossed  open s   run s  ns/command      GB")
    for accounts, step_s in COST_ROWS + STEP_ROWS:
        if accounts > accounts_max:
            continue
        own = [sys.executable, __file__, "row", str(accounts), str(step_s)]
        done = subprocess.run(own, check=True, capture_output=True, text=True)
        _, _, opened, commands, crossed, open_s, run_s, memory = json.loads(done.stdout)
        print(
            f"{accounts:>10,} {step_s:>4g}s {opened:>10,} {commands:>12,} {crossed:>8,} "
            f"{open_s:>7.1f} {run_s:>7.1f} {run_s / commands * 1e9:>11.0f} {memory:>7.2f}",
            flush=True,
        )


def busier(config: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration with twice the quotes and twice the takers."""
    agents = dict(config["market"]["market"])
    agents["maker_levels"] = 2 * agents["maker_levels"]
    agents["taker_rate_per_s"] = [2 * rate for rate in agents["taker_rate_per_s"]]
    return {**config, "market": {**config["market"], "market": agents}}


def shares(config: dict[str, Any]) -> tuple[dict[str, float], int]:
    """Return E by horizon of a run without its liquidations, and the factual run's commands."""
    run: WorldRun = _run(scenario("btc-2026-02"), config, {}, progress=False)
    other = run.counterfactual(liquidations="off")
    found = {name: run.shares(other, span).endogenous for name, span in run.horizons().items()}
    return found, run.steps["commands"]


def activity(seeds: float = 5.0) -> None:
    """Print E as it is, and busier; the band is the spread over seeds."""
    plain, twice = [], []
    for seed in range(1, int(seeds) + 1):
        config = told(20_000, 30, seed)
        plain.append(shares(config))
        twice.append(shares(busier(config)))
    commands = [sum(count for _, count in runs) / len(runs) / 1e6 for runs in (plain, twice)]
    print(f"commands {commands[0]:.1f} M, busier {commands[1]:.1f} M; {int(seeds)} seeds")
    print("horizon      E: mean  lowest highest   busier: mean  change")
    for name in plain[0][0]:
        if name == "5 min":
            continue  # the worst five minutes are other ones in every run
        before, after = (np.array([one[name] for one, _ in runs]) for runs in (plain, twice))
        change = float(after.mean() - before.mean())
        inside = "inside" if abs(change) < np.ptp(before) else "OUTSIDE"
        print(
            f"{name:>8} {before.mean():>12.3f} {before.min():>7.3f} {before.max():>7.3f} "
            f"{after.mean():>14.3f} {change:>+7.3f}  {inside} the band"
        )


def paired(seeds: float = 12.0) -> None:
    """Print Var(F - C) of the same crowd over that of two crowds, for prices and falls."""
    of, saved = scenario("btc-2026-02"), None
    prices: list[Any] = []
    for seed in range(1, int(seeds) + 1):
        config = told(20_000, 60, seed)
        if saved is None:
            saved = _run(of, config, {}, progress=False).steps["saved"]
        run = _run(of, {**config, "saved": saved}, {}, progress=False)
        other = run.counterfactual(liquidations="off")
        prices.append([one.steps["log_price"][:, 0] for one in (run, other)])
    with_, without = np.moveaxis(np.array(prices), 1, 0)
    low = int(np.argmin(with_.mean(axis=0)))
    left = (with_ - without).var(axis=0) / np.maximum(
        with_.var(axis=0) + without.var(axis=0), 1e-30
    )
    print(f"Var(F-C) paired / unpaired: at the low {left[low]:.2f}, at the end {left[-1]:.2f}")


def main() -> None:
    """Do what the first word says."""
    words = sys.argv[1:]
    kinds = {"cost": cost, "activity": activity, "paired": paired}
    if words and words[0] == "row":
        row(int(words[1]), float(words[2]))
    elif words and words[0] in kinds:
        kinds[words[0]](*map(float, words[1:]))
    else:
        one_run(*map(float, words))


if __name__ == "__main__":
    main()
