"""Can the share of a fall that liquidations made be found from bars alone? Synthetic worlds.

    DELEVER_WORLDS=100 python -m pytest -s bench/science/test_solver_worlds.py

The default is a few worlds. The tables go to stdout.
"""

import os

import numpy as np
import pytest
from worlds import make_world

WORLDS = int(os.environ.get("DELEVER_WORLDS", "8"))


def day_share(world, seed, **changed):
    market = world.solver(seed)
    return market.ask({**world.terms, **changed}, branches=False)["share"][-1]


RATIOS = (0.12, 0.3, 0.6)  # R, as in the study of identifiability: markets that hold
PER_PERCENT = 58e6  # dollars of longs liquidated per 1 % of new low at k = 1, of the same study


def errors(withdrawal):
    """True shares of the day, and the solver's at the right D, k, tau and pi."""
    true, found = [], []
    for seed in range(20 * WORLDS):
        k = float(np.random.default_rng([seed, 4]).uniform(1, 4))
        depth = PER_PERCENT * k / RATIOS[seed % 3]
        world = make_world(seed, withdrawal=withdrawal, k=k, depth=depth)
        if world is None:
            continue
        true.append(world.answer({})[0]["day"])
        found.append(day_share(world, 77 + seed))
        if len(true) == WORLDS:
            break
    return np.array(true), np.array(found)


def test_constant_depth():
    true, found = errors(withdrawal=False)
    off = found - true
    print(
        f"\nconstant depth, {len(true)} worlds: E {np.quantile(true, (0.05, 0.5, 0.95)).round(3)}"
    )
    print(f" median |error| {np.median(np.abs(off)):.4f}, median error {np.median(off):+.4f}")
    assert np.median(np.abs(off)) <= 0.02


@pytest.mark.xfail(
    strict=False,
    reason="100 worlds: median |error| 14.4 % of E, 10 % asked. At R = 0.6 a withdrawing market is "
    "critical (true E 0.75, the solved price leaves the bars by 4 %): 33 %; at R = 0.3 it is 3 %; "
    "at R = 0.12 12 %, of which 10 because other people hold the large positions (E is 0.04)",
)
def test_endogenous_depth():
    true, found = errors(withdrawal=True)
    off = (found - true) / true
    print(f"\nendogenous depth, {len(true)}: E {np.quantile(true, (0.05, 0.5, 0.95)).round(3)}")
    print(f" median |error| {np.median(np.abs(off)):.1%} of E, median {np.median(off):+.1%}")
    assert np.median(np.abs(off)) <= 0.10


WRONG = {
    "D x 2": {"depth": 2.0},
    "D / 2": {"depth": 0.5},
    "k x 2": {"k": 2.0},
    "k / 2": {"k": 0.5},
    "tau x 2": {"tau_hours": 2.0},
    "tau / 2": {"tau_hours": 0.5},
}


@pytest.mark.parametrize("withdrawal", [False, True])
def test_wrong_terms_bias_the_share_and_not_the_path(withdrawal):
    """Each of D, k, tau wrong by 2; the worlds are subcritical, so that D / 2 can be solved."""
    table = {name: [] for name in ("right", *WRONG)}
    true, path = [], []
    for seed in range(max(WORLDS // 2, 4)):
        draws = np.random.default_rng([seed, 3])
        terms = {"depth": 600e6, "k": draws.uniform(1, 4), "tau_hours": 4.0, "pi": 0.5}
        world = make_world(seed, withdrawal=withdrawal, **terms)
        if world is None:
            continue
        true.append(world.answer({})[0]["day"])
        market = world.solver(77 + seed)
        for name, factors in {"right": {}, **WRONG}.items():
            changed = {key: world.terms[key] * factor for key, factor in factors.items()}
            answer = market.ask({**world.terms, **changed}, branches=False)
            table[name].append(answer["share"][-1] - true[-1])
            path.append(answer["path_error"])
    print(f"\nwithdrawal {withdrawal}: median true E {np.median(true):.3f}")
    for name, bias in table.items():
        print(f" {name:8} E {np.median(bias):+.3f} [{min(bias):+.3f}, {max(bias):+.3f}]")
    print(f" path rms {np.median(path):.5f}")
    assert np.median(table["D x 2"]) < np.median(table["right"]) < np.median(table["D / 2"])
    assert np.median(table["k / 2"]) < np.median(table["right"]) < np.median(table["k x 2"])
