"""Ensembles on any executor, and the verdict with its posterior."""

import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import delever
from delever.errors import ConfigError
from delever.inference import reduced_market
from delever.inference.ensemble import PRIORS, draw
from delever.inference.phase import phase_diagram
from delever.inference.verdict import (
    CLASSES,
    Posterior,
    classify,
    posterior,
    verdict_of,
)

NAME = "btc-2026-02"
FEW = {"depth": ("log", 300e6, 1e9), "k": ("uniform", 1.0, 2.0), "tau_hours": ("choice", 4.0)}


@pytest.fixture(scope="module")
def market():
    return reduced_market(delever.scenario(NAME), accounts=10_000)


def cheap(_scenario, seed, values):
    """A run that fails at one seed."""
    if seed == 9:
        raise ValueError("nine")
    return {"twice": 2 * values["k"]}


def test_a_failing_run_is_named_and_the_rest_goes_on():
    found = delever.ensemble(NAME, 5, FEW, run=cheap, seed=7)
    assert [row["run"] for row in found.rows] == [0, 1, 3, 4]
    (failure,) = found.failures
    assert failure["seed"] == 9
    assert failure["error"] == "ValueError: nine"
    assert failure["k"] == draw(FEW, 7, 2)["k"]
    assert found.column("twice") == pytest.approx(2 * found.column("k"))


def test_no_executor_changes_a_result():
    alone = delever.ensemble(NAME, 3, FEW, executor=None)
    with ThreadPoolExecutor(1) as pool:
        one = delever.ensemble(NAME, 3, FEW, executor=pool)
    assert not alone.failures
    assert alone.rows == one.rows
    assert alone.rows[:2] == delever.ensemble(NAME, 2, FEW).rows
    with ProcessPoolExecutor(2) as pool:
        assert delever.ensemble(NAME, 4, FEW, executor=pool, run=cheap).rows[0]["seed"] == 7


def test_finished_runs_are_resumed(tmp_path):
    pytest.importorskip("pyarrow")
    path, calls = tmp_path / "runs.parquet", []

    def counted(_scenario, seed, values):
        calls.append(seed)
        return {"k2": values["k"]}

    first = delever.ensemble(NAME, 3, FEW, run=counted, resume=path)
    again = delever.ensemble(NAME, 5, FEW, run=counted, resume=path)
    assert sorted(calls) == [7, 8, 9, 10, 11]
    assert again.rows[:3] == first.rows
    with pytest.raises(ConfigError, match="another scenario or prior"):
        delever.ensemble(NAME, 3, {**FEW, "k": ("choice", 1.0)}, run=counted, resume=path)


def test_a_failed_run_is_tried_again(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "runs.parquet"
    assert len(delever.ensemble(NAME, 4, FEW, run=cheap, resume=path).failures) == 1
    assert len(delever.ensemble(NAME, 4, FEW, run=cheap, resume=path).failures) == 1


def test_misuse_is_refused():
    with pytest.raises(ConfigError, match="give at least 1"):
        delever.ensemble(NAME, 0)
    with pytest.raises(ConfigError, match="'k' is of an unknown kind: 'even'"):
        delever.ensemble(NAME, 1, {"k": ("even", 1, 2)})
    found = delever.ensemble(NAME, 1, {"leverage": ("choice", 3.0)})
    assert "no such parameter" in found.failures[0]["error"]


def test_the_interpreter_stays_free(market):
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    started = time.perf_counter()
    market.ask({"depth": 500e6, "k": 1.0, "tau_hours": 4.0})
    took = time.perf_counter() - started
    done.set()
    thread.join()
    during = [at for at in ticks if started < at < started + took]
    assert len(during) > 3  # a held lock lets none through


def test_a_two_worker_dask_cluster_serves_an_ensemble():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as pool,
    ):
        found = delever.ensemble(NAME, 4, FEW, executor=pool)
        workers = len(client.scheduler_info()["workers"])
    assert workers == 2
    assert found.rows == delever.ensemble(NAME, 4, FEW).rows


def test_cut_offs_are_the_frozen_ones():
    share = np.array([0.19, 0.19, 0.2, 0.5, 0.5, 0.49])
    n = np.array([0.49, 0.5, 0.1, 0.99, 1.0, 2.0])
    assert [CLASSES[i] for i in classify(share, n)] == [
        "ORDERLY", "AMPLIFIED", "AMPLIFIED", "AMPLIFIED", "SPIRAL", "AMPLIFIED",
    ]  # fmt: skip


def made_up(share, n, feasible=True, **unknowns):
    names = ("depth", "k", "tau_hours", "pi")
    columns = {name: np.broadcast_to(unknowns.get(name, 1.0), len(share)) for name in names}
    points = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    clipped = np.where(np.broadcast_to(feasible, len(share)), 0.0, 0.5)
    return Posterior(
        tuple(points),
        {"day": np.array(share)},
        {"day": np.array(n)},
        clipped,
        np.linspace(0.02, 0.0, len(share)),
        {"day": np.linspace(19.0, 21.0, len(share))},
    )


def test_a_verdict_needs_nine_points_in_ten():
    ten = [0.1] * 9 + [0.3]
    assert verdict_of(made_up(ten, [0.1] * 10), "day").name == "ORDERLY"
    assert verdict_of(made_up([*ten, 0.3], [0.1] * 11), "day").name == "UNDETERMINED"
    unfit = np.arange(10) > 1
    none = verdict_of(made_up([0.1] * 10, [0.1] * 10, unfit), "day")
    assert none.name == "UNDETERMINED"
    assert none.probability["NO FIT"] == pytest.approx(0.2)


def test_amplified_is_not_said_of_n_alone():
    told = [verdict_of(made_up([share] * 10, [0.7] * 10), "day") for share in (0.15, 0.25)]
    assert [one.name for one in told] == ["UNDETERMINED", "AMPLIFIED"]
    assert told[0].probability["AMPLIFIED"] == 1.0
    half = [0.15] * 5 + [0.25] * 5
    assert verdict_of(made_up(half, [0.7] * 10), "day").name == "AMPLIFIED"
    assert verdict_of(made_up([0.15, *half], [0.7] * 11), "day").name == "UNDETERMINED"
    assert verdict_of(made_up([0.15] * 10, [0.3] * 10), "day").name == "ORDERLY"


def test_what_would_settle_it_is_named_with_the_boundary():
    k = np.tile([1.0, 2.0, 4.0], 30)
    depth = np.repeat([100e6, 200e6, 400e6], 30)
    found = verdict_of(made_up(0.15 * k, 0.1 * k, k=k, depth=depth), "day")
    assert found.name == "UNDETERMINED"
    assert max(found.settles, key=found.settles.get) == "k"
    assert found.decides == "k"
    assert found.fall == pytest.approx(21.0)  # the last is nearest to its record
    assert found.held == pytest.approx(0.5, abs=0.01)
    assert found.settles["tau_hours"] < 0.05
    ratio = np.geomspace(20e6, 1e9, 90)
    found = verdict_of(made_up(60e6 / ratio, 60e6 / ratio, depth=ratio), "day")
    assert found.boundary["E=.2"] == pytest.approx(300e6, rel=0.05)
    assert found.boundary["E=.5"] == pytest.approx(120e6, rel=0.05)
    assert "UNDETERMINED" in str(found)


def test_a_deep_market_was_not_made_by_its_liquidations(market):
    deep = [{"depth": 50e9, "k": 1.0, "tau_hours": 4.0, "pi": pi} for pi in (0.0, 0.5, 1.0)]
    found = posterior([market], deep, withdrawal=False)
    for horizon in found.share:
        assert verdict_of(found, horizon).name == "ORDERLY"


def test_public_data_leave_the_day_undetermined():
    found = delever.verdict(NAME, PRIORS, points=24, seeds=1)
    assert found["day"].name == "UNDETERMINED"
    assert sum(found["day"].probability.values()) == pytest.approx(1.0)


def test_the_ladder_below_a_replay(market):
    rows = market.ladder({"depth": 500e6, "k": 1.0}, [58_200.0, 50_000.0])
    assert rows[0]["liquidated_usd"] < rows[1]["liquidated_usd"]
    assert all(row["stop_price"] <= row["price"] * (1 + 1e-9) for row in rows)


def test_a_picture_of_the_phases(tmp_path):
    pytest.importorskip("matplotlib")
    path = phase_diagram(delever.scenario(NAME), tmp_path / "new" / "verdict.png", cells=3, seeds=1)
    assert path.read_bytes()[:4] == b"\x89PNG"
