"""The verdict that ships with a scenario, so that a replay can print it without asking anew.

    python bench/science/ship_verdict.py btc-2026-02

writes python/delever/scenarios/NAME.verdict.json: the verdict per horizon over draws of what nobody
published, a key of everything it was drawn from (a replay of another scenario, path or prior does
not show it), and two small answers of the reduced model (`probe`): a slow test repeats them, so
that a changed engine cannot keep an old verdict. Some 40 s.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from delever.inference.ensemble import PRIORS, draw
from delever.inference.reduced import reduced_market
from delever.inference.verdict import POINTS, SEED, SEEDS, posterior, verdict, verdict_key
from delever.replay import BUILD, write_whole
from delever.scenario import Scenario

SHELF = Path(__file__).parents[2] / "python" / "delever" / "scenarios"
PROBE_ACCOUNTS = 5_000


def probe(scenario: Scenario) -> dict[str, Any]:
    """Return the shares and branching ratios of two points of the first seed, fewer accounts."""
    markets = [reduced_market(scenario, seed=SEED, accounts=PROBE_ACCOUNTS)]
    found = posterior(markets, [draw(PRIORS, SEED, at) for at in range(2)])
    told = {"share": found.share, "n": found.n, "fall": found.fall}
    rows = {of: {h: row.tolist() for h, row in values.items()} for of, values in told.items()}
    return {"accounts": PROBE_ACCOUNTS, **rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    scenario = Scenario.load(parser.parse_args().name)
    table = {"scenario": scenario.name, "key": verdict_key(scenario), "build": BUILD}
    table |= {"points": POINTS, "seeds": SEEDS, "probe": probe(scenario)}
    table["verdicts"] = [asdict(one) for one in verdict(scenario).values()]
    text = json.dumps(table, indent=1, allow_nan=False) + "\n"
    print(write_whole(SHELF / f"{scenario.name}.verdict.json", text.encode()))


if __name__ == "__main__":
    main()
