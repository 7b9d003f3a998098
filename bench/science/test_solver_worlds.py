"""Can the share of a fall that liquidations made be found from bars alone? Synthetic worlds.

    DELEVER_WORLDS=100 python -m pytest -s bench/science/test_solver_worlds.py

The default is a few worlds. The tables go to stdout. The median error is asserted, as asked, and
beside it the median of its size: by how much one world's answer is off. The solver's patience (2
deviations of the noise) was chosen among 1, 2 and 4 on worlds of other seeds: a fit, tested here.
"""

import os
from functools import cache

import numpy as np
import pytest
from worlds import make_world

WORLDS = int(os.environ.get("DELEVER_WORLDS", "8"))


SOLVERS = 3  # who holds what is not in the bars: the median over so many populations is told


def day_share(world, seed, **changed):
    """E of the day, and the root mean square of the path's error, of a world's bars alone."""
    answers = [
        world.solver(seed + 1_000 * i).ask({**world.terms, **changed}, branches=False)
        for i in range(SOLVERS)
    ]
    told = [(answer["share"][-1], answer["path_error"]) for answer in answers]
    return np.median(told, axis=0)


RATIOS = (0.12, 0.3, 0.6)  # R, as in the study of identifiability: markets that hold
PER_PERCENT = 58e6  # dollars of longs liquidated per 1 % of new low at k = 1, of the same study


@cache
def errors(withdrawal):
    """R, true shares of the day, and the solver's at the right D, k, tau and pi."""
    rows = []
    for seed in range(20 * WORLDS):
        k = float(np.random.default_rng([seed, 4]).uniform(1, 4))
        ratio = RATIOS[seed % 3]
        world = make_world(seed, withdrawal=withdrawal, k=k, depth=PER_PERCENT * k / ratio)
        if world is None:
            continue
        rows.append((ratio, world.answer({})[0]["day"], day_share(world, 77 + seed)[0]))
        if len(rows) == WORLDS:
            break
    return np.array(rows).T


def test_constant_depth():
    _, true, found = errors(withdrawal=False)
    off = found - true
    print(
        f"\nconstant depth, {len(true)} worlds: E {np.quantile(true, (0.05, 0.5, 0.95)).round(3)}"
    )
    print(f" median error {np.median(off):+.4f}, of one world {np.median(np.abs(off)):.4f}")
    assert abs(np.median(off)) <= 0.02
    assert np.median(np.abs(off)) <= 0.02


def test_endogenous_depth():
    ratio, true, found = errors(withdrawal=True)
    off = (found - true) / true
    print(f"\nendogenous depth, {len(true)}: E {np.quantile(true, (0.05, 0.5, 0.95)).round(3)}")
    for one in (0, *RATIOS):
        some = off[(ratio == one) | (one == 0)]
        words = f"{np.median(some):+.1%} of E, of one world {np.median(np.abs(some)):.1%}"
        print(f" R {one or 'any'}: median error {words}")
    assert abs(np.median(off)) <= 0.10


@pytest.mark.xfail(
    strict=False,
    reason="100 worlds: 10.3 % of E. 7 and 9 % at R = 0.12 and 0.3; 25 % at R = 0.6, where a "
    "withdrawing market runs down its whole map within seconds, and how far hangs on which of two "
    "intervals of 10 s the depth went in",
)
def test_endogenous_depth_of_one_world():
    _, true, found = errors(withdrawal=True)
    assert np.median(np.abs(found / true - 1)) <= 0.10


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
        for name, factors in {"right": {}, **WRONG}.items():
            changed = {key: world.terms[key] * factor for key, factor in factors.items()}
            share, error = day_share(world, 77 + seed, **changed)
            table[name].append(share - true[-1])
            path.append(error)
    print(f"\nwithdrawal {withdrawal}: median true E {np.median(true):.3f}")
    for name, bias in table.items():
        print(f" {name:8} E {np.median(bias):+.3f} [{min(bias):+.3f}, {max(bias):+.3f}]")
    print(f" path rms {np.median(path):.5f}")
    assert np.median(table["D x 2"]) < np.median(table["right"]) < np.median(table["D / 2"])
    assert np.median(table["k / 2"]) < np.median(table["right"]) < np.median(table["k x 2"])
