"""Many runs over seeds and priors, on any executor; what fails is named and the rest goes on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delever.errors import ConfigError
from delever.extras import optional
from delever.replay import write_whole
from delever.report import LiveLine
from delever.scenario import Scenario
from delever.scenario import scenario as load

from .reduced import TERMS, reduced_market

Row = dict[str, Any]
Prior = tuple[Any, ...]

#: Depth, under-reporting, half-life of impact and its permanent share: what nobody published.
PRIORS: Mapping[str, Prior] = {
    "depth": ("log", 50e6, 1e9),
    "k": ("log", 1.0, 10.0),
    "tau_hours": ("choice", 0.25, 1.0, 4.0, float("inf")),
    "pi": ("uniform", 0.0, 1.0),
}

KINDS: Mapping[str, Callable[..., float]] = {
    "choice": lambda unit, *values: values[int(unit * len(values))],
    "log": lambda unit, low, high: low * (high / low) ** unit,
    "uniform": lambda unit, low, high: low + (high - low) * unit,
}


@dataclass(frozen=True)
class Ensemble:
    """Finished runs: one row each, with seed, parameters and results; failures say why."""

    scenario: str
    rows: tuple[Row, ...]
    failures: tuple[Row, ...]

    def column(self, name: str) -> NDArray[np.float64]:
        """Return one parameter or result of every run, in the order of the runs."""
        return np.array([row[name] for row in self.rows], dtype=np.float64)


def draw(priors: Mapping[str, Prior], seed: int, index: int) -> dict[str, float]:
    """Return the parameters of run `index`: a function of both, whatever else runs."""
    generator, values = np.random.default_rng([seed, index]), {}
    for name, (kind, *rest) in sorted(priors.items()):
        if kind not in KINDS:
            fix = "('log', low, high), ('uniform', low, high) or ('choice', *values)"
            raise ConfigError(f"prior '{name}' is of an unknown kind: '{kind}'; give {fix}")
        values[name] = float(KINDS[kind](generator.random(), *rest))
    return values


def reduced_run(scenario: Scenario, seed: int, values: Mapping[str, float]) -> Row:
    """Run the reduced model at one point: shares, kicks and the health of the solver, flat."""
    terms = {name: values[name] for name in TERMS if name in values}
    others = {name: value for name, value in values.items() if name not in TERMS}
    market = reduced_market(scenario.with_parameters(**others), seed=seed)
    found = market.ask({"depth": 500e6, **terms})
    row = {f"share {name}": found["share"][i] for i, name in enumerate(market.horizons)}
    row |= {f"fall {name}": found["fall"][i] for i, name in enumerate(market.horizons)}
    for leg, steps in market.kicks.items():
        at = [list(market.kicks).index(leg) * len(steps) + i for i in range(len(steps))]
        row[f"first {leg}"] = max(found["first_generation"][i] for i in at)
        row[f"multiplier {leg}"] = float(np.mean([found["multiplier"][i] for i in at]))
    return row | {name: found[name] for name in ("path_error", "clipped_share", "excursion")}


def ensemble(
    scenario: str | Scenario,
    runs: int,
    priors: Mapping[str, Prior] = PRIORS,
    executor: Executor | None = None,
    *,
    seed: int = 7,
    run: Callable[[Scenario, int, Mapping[str, float]], Mapping[str, Any]] = reduced_run,
    resume: str | Path | None = None,
    progress: bool = False,
) -> Ensemble:
    """Run a scenario over seeds and priors.

    Parameters
    ----------
    runs
        How many; run i has seed `seed + i` and parameters drawn from (seed, i).
    priors
        name -> ('log' | 'uniform', low, high) or ('choice', *values): depth (USD per 1 %), k,
        tau_hours, pi, or any parameter of the scenario (leverage_median, ...).
    executor
        Any `concurrent.futures.Executor`; threads if None (runs leave the interpreter free).
    run
        What is run: the reduced model, or a callable of (scenario, seed, values) -> row.
    resume
        A Parquet file (extra `data`): finished runs are read from it, and it is kept up to date.

    Examples
    --------
    >>> found = ensemble("btc-2026-02", 2, run=lambda scenario, seed, values: {"seven": 7})
    >>> found.column("seven").tolist(), len(found.failures)
    ([7.0, 7.0], 0)
    """
    what = scenario if isinstance(scenario, Scenario) else load(scenario)
    if runs < 1:
        raise ConfigError(f"runs is {runs}; give at least 1")
    key = sha256(repr((what, sorted(priors.items()), seed, run.__qualname__)).encode()).hexdigest()
    store = _Store(Path(resume), key) if resume is not None else None
    done = store.read(runs) if store else {}
    tasks = {i: (seed + i, draw(priors, seed, i)) for i in range(runs) if i not in done}
    own = executor is None
    pool = executor or ThreadPoolExecutor(os.cpu_count())
    live, failures = LiveLine(sys.stderr) if progress else None, []
    try:
        waiting = {pool.submit(_member, run, what, *task): i for i, task in tasks.items()}
        for count, future in enumerate(as_completed(waiting), 1):
            row = {"run": waiting[future], **future.result()}
            failures += [row] if "error" in row else []
            done |= {} if "error" in row else {waiting[future]: row}
            if store and (count % 50 == 0 or count == len(waiting)):
                store.write(done.values())
            if live:
                live.write(f" {what.name} {len(done)}/{runs} runs, {len(failures)} failed")
    finally:
        if own:
            pool.shutdown(cancel_futures=True)
        if live:
            live.write("")
    return Ensemble(what.name, tuple(done[i] for i in sorted(done)), tuple(failures))


def _member(
    run: Callable[..., Mapping[str, Any]], scenario: Scenario, seed: int, values: dict[str, float]
) -> Row:
    try:
        return {"seed": seed, **values, **run(scenario, seed, values)}
    except Exception as error:  # noqa: BLE001  (whatever it is, the others go on)
        return {"seed": seed, **values, "error": f"{type(error).__name__}: {error}"}


class _Store:
    """Finished runs in a Parquet file, which belongs to one scenario, prior and seed."""

    def __init__(self, path: Path, key: str) -> None:
        modules = ("pyarrow", "pyarrow.parquet")
        self.arrow, self.parquet = (optional(one, "resuming needs {}", "data") for one in modules)
        self.path, self.key = path, key

    def read(self, runs: int) -> dict[int, Row]:
        if not self.path.exists():
            return {}
        table = self.parquet.read_table(self.path)
        if (table.schema.metadata or {}).get(b"ensemble", b"").decode() != self.key:
            fix = "name another file, or remove it"
            raise ConfigError(f"'{self.path}' holds runs of another scenario or prior; {fix}")
        return {row["run"]: row for row in table.to_pylist() if row["run"] < runs}

    def write(self, rows: Iterable[Row]) -> None:
        table = self.arrow.Table.from_pylist(sorted(rows, key=lambda row: row["run"]))
        sink = self.arrow.BufferOutputStream()
        self.parquet.write_table(table.replace_schema_metadata({"ensemble": self.key}), sink)
        write_whole(self.path, sink.getvalue().to_pybytes())
