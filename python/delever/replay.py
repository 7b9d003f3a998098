"""One run of a scenario on the engine, and every published figure beside the replayed one."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from . import _core
from ._core import Baseline, Baselines
from .metrics import MINUTE_NS, Series, measure
from .report import LiveLine
from .scenario import SHELF, Fact, Scenario
from .simulation import config_key, simulation_config

CHUNK_NS = 15 * MINUTE_NS


class Row(NamedTuple):
    """A fact beside its replayed value, the baselines (all in its unit) and the ensemble's 90 %."""

    fact: Fact
    replayed: float | None
    within: bool | None
    baseline: Baseline
    band: tuple[float, float] | None

    @property
    def counts(self) -> bool:
        """Whether this is one of the checks that are counted."""
        return self.fact.role == "check" and self.fact.counted

    def as_dict(self) -> dict[str, Any]:
        """Return what the JSON file says of the fact."""
        fact, rule = self.fact, dict(self.fact.tolerance) or None
        what = {name: getattr(fact, name) for name in ("id", "what", "unit")}
        values = {"reported": fact.value, "replayed": self.replayed, "role": fact.role}
        verdict = {"tolerance": rule, "within": self.within, "source": fact.source}
        return {**what, **values, **verdict}


class Progress(NamedTuple):
    """Where a running replay is: simulated time, share done, and its latest figures in USD."""

    time_ns: int
    share: float
    spot: float
    liquidated_1h: float
    liquidated_24h: float
    commands: int
    seconds: float


#: Called now and then with a function that reads the current state (which takes about 10 ms).
ShowProgress = Callable[[Callable[[], Progress]], None]


@dataclass(frozen=True)
class Replay:
    """A finished replay: `result` holds the engine's arrays, `compare()` the comparison."""

    scenario: Scenario
    seed: int
    accounts: int
    build: str
    key: str
    seconds: float
    result: Mapping[str, Any] = field(repr=False)

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits; the same seed and build give the same."""
        return f"{int(self.result['digest']) & (2**64 - 1):016x}"

    @property
    def commands(self) -> int:
        """Commands that went through the venue."""
        return int(self.result["commands"])

    @cached_property
    def series(self) -> Series:
        """The recorded time series, in reported dollars."""
        return Series(self.scenario, self.result)

    @cached_property
    def ensemble(self) -> Mapping[str, Any] | str:
        """Shipped quantiles over many seeds, or the reason why they do not apply."""
        path = SHELF / f"{self.scenario.name}.ensemble.json"
        if not path.exists():
            return "no ensemble ships with this scenario"
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        fits = table["key"] == self.key and table["build"] == self.build
        return table if fits else "the shipped ensemble is of other parameters or another build"

    @cached_property
    def _rows(self) -> tuple[Row, ...]:
        baselines = Baselines(self.scenario, self.series)
        bands = self.ensemble["quantiles"] if isinstance(self.ensemble, Mapping) else {}
        rows = []
        for fact in self.scenario.facts:
            told = fact.role == "input" and not isinstance(fact.value, str)
            given = fact.number if told else None
            replayed = measure(fact.metric, self.series) if fact.metric else given
            band = bands.get(fact.id)
            baseline = baselines.of(fact) if fact.role == "check" else Baseline()
            ends = (band[0], band[-1]) if band else None
            rows.append(Row(fact, replayed, fact.within(replayed), baseline, ends))
        return tuple(rows)

    def compare(self) -> tuple[Row, ...]:
        """Return every fact beside its replayed value, in the scenario's order."""
        return self._rows

    def hourly(self) -> list[dict[str, Any]]:
        """Return one row per hour: BTC prices at its end, reported liquidations of all coins."""
        return self.series.hourly()

    def as_dict(self) -> dict[str, Any]:
        """Return the whole comparison as plain data."""
        run = ("seed", "build", "digest", "seconds", "accounts", "commands")
        return {
            "scenario": self.scenario.name,
            **{name: getattr(self, name) for name in run},
            "facts": [row.as_dict() for row in self.compare()],
            "hourly": self.hourly(),
        }

    def to_json(self, path: str | Path) -> Path:
        """Write the comparison as JSON: the whole file or nothing."""
        text = json.dumps(self.as_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        return write_whole(Path(path), text.encode())

    def plot(self, out: str | Path = "out") -> list[Path]:
        """Draw price.png and map.png into a directory; needs the extra `plot`."""
        from .plotting import draw  # noqa: PLC0415  (optional)

        return draw(self, Path(out))


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file completely or not at all: a temporary file beside it, then a rename."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
    return path


def run_replay(
    scenario: Scenario, *, seed: int, accounts: int | None, progress: bool | ShowProgress
) -> Replay:
    """Run a scenario; see `Scenario.replay`."""
    count = scenario.accounts if accounts is None else accounts
    config = simulation_config(scenario, seed=seed, accounts=count)
    show = LiveLine(sys.stderr) if progress is True else progress
    started = time.perf_counter()
    simulation = _core.Simulation(config)
    for until in range(scenario.start + CHUNK_NS, scenario.end + CHUNK_NS, CHUNK_NS):
        simulation.run(min(until, scenario.end))
        if show:
            show(lambda: _state(scenario, simulation, started))
    if isinstance(show, LiveLine):
        show.write("")
    build, key = f"delever {_core.__version__}", config_key(scenario, config)
    seconds = time.perf_counter() - started
    return Replay(scenario, seed, count, build, key, seconds, simulation.result())


def _state(scenario: Scenario, simulation: Any, started: float) -> Progress:
    series = Series(scenario, simulation.result())
    total, now = series.liquidated("all"), series.time_ns[-1:]
    return Progress(
        time_ns=int(now[0]),
        share=float(now[0] - scenario.start) / (scenario.end - scenario.start),
        spot=float(series.column("spot", series.coins[0])[-1]),
        liquidated_1h=float(series.trailing(total, 1, now)[0]),
        liquidated_24h=float(series.trailing(total, 24, now)[0]),
        commands=int(simulation.commands),
        seconds=time.perf_counter() - started,
    )
