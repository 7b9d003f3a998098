"""How long does the closed loop take: 36 hours, four coins, four venues and spot; and what memory?

    python bench/bench_world.py [ACCOUNTS] [STEP_SECONDS] [WORKERS]

Prints commands, their kinds of market, seconds and the greatest memory. A full run is two million
accounts at one second a step; a member of an ensemble 100,000 at ten.
"""

import resource
import sys

from delever.scenario import scenario


def main() -> None:
    """Run once and print what it took."""
    numbers = [float(text) for text in sys.argv[1:]]
    accounts, step_s, workers = [*numbers, *(2_000_000.0, 1.0, 2.0)[len(numbers) :]]
    one = scenario("btc-2026-02")
    run = one.closed_loop(accounts=int(accounts), step_s=step_s, workers=int(workers))
    commands, memory = run.steps["commands"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{int(accounts):,} accounts, {step_s:g} s a step, {int(workers)} workers")
    print(f"{commands / 1e6:.1f} M commands in {run.seconds:.1f} s, {memory / 1e6:.2f} GB")
    print(f"spot {run.steps['spot_commands'] / 1e6:.1f} M", end="")
    for venue in run.steps["venues"]:
        print(f", {venue['name']} {venue['commands'] / 1e6:.1f} M", end="")
    print(f"; digest {run.digest}")


if __name__ == "__main__":
    main()
