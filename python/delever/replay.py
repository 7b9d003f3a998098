"""One run of a scenario on the engine, and every published figure beside the replayed one."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from ._core import Baseline, Baselines, clock, dollars, has_hours
from .metrics import MINUTE_NS, Series, measure
from .report import LiveLine
from .scenario import SHELF, Fact, Scenario
from .simulation import config_key, simulation_config

if TYPE_CHECKING:
    from .inference import Verdict
    from .world import WorldRun

BUILD = f"delever {_core.__version__}"
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

    def __str__(self) -> str:
        return (
            f"{clock(self.time_ns)} {'━' * round(14 * self.share):─<14} {self.share:4.0%}"
            f"  spot {self.spot:,.0f}  liquidated 1h {dollars(self.liquidated_1h)}"
            f"  24h {dollars(self.liquidated_24h)}"
            f"  {self.commands / self.seconds / 1e6:.1f} M cmd/s"
            f"  {int(self.seconds) // 60}:{int(self.seconds) % 60:02d}"
        )


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
        return shipped(self.scenario, "ensemble", self.key, self.build)

    @cached_property
    def shipped_verdict(self) -> dict[str, Verdict] | str:
        """The verdict that ships with the scenario, or the reason why none applies."""
        from .inference.verdict import shipped_verdict  # noqa: PLC0415  (import time)

        return shipped_verdict(self.scenario)

    def verdict(self) -> dict[str, Verdict]:
        """Return the verdict per horizon: the shipped one, or (some 40 s) one of the scenario."""
        from .inference import verdict  # noqa: PLC0415  (import time)

        known = self.shipped_verdict
        return verdict(self.scenario) if isinstance(known, str) else known

    @cached_property
    def closed_loop(self) -> WorldRun:
        """The same seed and accounts in the market that makes its own price; run when asked for."""
        return self.scenario.closed_loop(seed=self.seed, accounts=self.accounts)

    def counterfactual(self, **switches: Any) -> WorldRun:
        """Return the closed loop under other switches; see `WorldRun.counterfactual`."""
        return self.closed_loop.counterfactual(**switches)

    @cached_property
    def _rows(self) -> tuple[Row, ...]:
        bands = self.ensemble["quantiles"] if isinstance(self.ensemble, Mapping) else {}
        return compared(self.series, bands)

    def compare(self) -> tuple[Row, ...]:
        """Return every fact beside its replayed value, in the scenario's order."""
        return self._rows

    def hourly(self) -> list[dict[str, Any]]:
        """Return one row per hour: BTC prices at its end, reported liquidations of all coins."""
        return self.series.hourly()

    def as_dict(self) -> dict[str, Any]:
        """Return the whole comparison as plain data."""
        run = ("seed", "build", "digest", "seconds", "accounts", "commands")
        known = self.shipped_verdict
        return {
            "scenario": self.scenario.name,
            **{name: getattr(self, name) for name in run},
            "facts": [row.as_dict() for row in self.compare()],
            "hourly": self.hourly(),
            "verdict": known if isinstance(known, str) else [asdict(one) for one in known.values()],
        }

    def to_json(self, path: str | Path) -> Path:
        """Write the comparison as JSON: the whole file or nothing."""
        return write_json(path, self.as_dict())

    def plot(self, out: str | Path = "out") -> list[Path]:
        """Draw price.png and map.png into a directory; needs the extra `plot`."""
        from .plotting import draw  # noqa: PLC0415  (optional)

        return draw(self, Path(out))


def compared(series: Series, bands: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return every fact of a scenario beside its value in a run that has the hours it is about."""
    baselines, rows = Baselines(series.scenario, series), []
    for fact in series.scenario.facts:
        told = fact.role == "input" and not isinstance(fact.value, str)
        replayed = fact.number if told else None
        if fact.metric:
            replayed = measure(fact.metric, series) if has_hours(fact.metric, series) else None
        baseline = baselines.of(fact) if fact.role == "check" else Baseline()
        band = bands.get(fact.id)
        ends = (band[0], band[-1]) if band else None
        rows.append(Row(fact, replayed, fact.within(replayed), baseline, ends))
    return tuple(rows)


def shipped(scenario: Scenario, what: str, key: str, build: str) -> dict[str, Any] | str:
    """Return a result file that ships with a scenario, or the reason why it does not apply."""
    path = SHELF / f"{scenario.name}.{what}.json"
    if not path.exists():
        return f"no {what} ships with this scenario"
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    fits = table["key"] == key and table["build"] == build
    return table if fits else f"the shipped {what} is of other parameters or another build"


def write_json(path: str | Path, plain: Any) -> Path:
    """Write plain data as JSON: the whole file or nothing."""
    text = json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return write_whole(Path(path), text.encode())


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
    key, seconds = config_key(scenario, config), time.perf_counter() - started
    return Replay(scenario, seed, count, BUILD, key, seconds, simulation.result())


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
