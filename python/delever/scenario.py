"""Historical cascades: facts with their sources and roles, price paths, priors.

A scenario is one TOML file. Every fact in it says what was published, when, by whom, and what a
replay may do with it: a role of ``input`` (given to the replay), ``derived`` (follows from an
input), ``fit`` (parameters were tuned on it), ``check`` (it could have failed) or ``context``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._core import laid_bars, within
from .scenario_file import COLUMNS, GROUPS, ScenarioError, examine, missing, read, time_ns

if TYPE_CHECKING:
    from .replay import Replay, ShowProgress
    from .world import WorldRun

__all__ = ["GROUPS", "Fact", "Leg", "Prior", "Scenario", "ScenarioError", "scenario", "time_ns"]

SHELF = Path(__file__).parent / "scenarios"
Value = float | str | tuple[float, ...]
#: A path is an array of these: bars of varying length, in ns since 1970 and USD.
BAR_DTYPE = np.dtype([("time_ns", "i8"), ("bar_ns", "i8"), *((name, "f8") for name in COLUMNS)])
BAR_NS = {"5m": 300 * 10**9, "15m": 900 * 10**9, "1h": 3600 * 10**9, "1d": 86_400 * 10**9}


@dataclass(frozen=True)
class Fact:
    """One published figure, and what a replay may do with it.

    ``value`` is in ``unit``; a tuple is a published range or list. ``time_utc`` is a time, an
    interval ``A/B``, or "undated"; ``inferred`` says that the source gave none. ``metric`` is the
    window rule (times in ns since 1970) behind the replayed value; ``tolerance`` decides what is
    within: ``rel`` (fraction of the value), ``abs`` (in ``unit``), ``bound`` (at_least, at_most).
    """

    id: str
    what: str
    value: Value
    unit: str
    source: str
    confidence: str
    time_utc: str
    role: str
    inferred: bool = False
    window: str = ""
    scope: str = "all venues, all coins"
    tags: tuple[str, ...] = ()
    counted: bool = True
    metric: Mapping[str, Any] = field(default_factory=dict)
    tolerance: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def number(self) -> float:
        """The published value where it is one number; the middle of a range."""
        return float(np.mean(np.asarray(self.value, dtype=np.float64)))

    @property
    def span(self) -> tuple[int, int]:
        """First and last end of the window rule, or the span it looks at, in ns since 1970."""
        m = self.metric
        first, last = m.get("ends") or m.get("span") or (m["base"], m["at"])
        return first, last

    def has(self, **rule: Any) -> bool:
        """Whether the window rule has these keys with these values."""
        return rule.items() <= self.metric.items()

    def within(self, replayed: float | None) -> bool | None:
        """Whether a value (in ``unit``) agrees; None where there is nothing to compare."""
        return within(self.value, self.tolerance, replayed)


class Prior(NamedTuple):
    """A parameter of the replay: its value in its unit, and where the value comes from."""

    value: float | tuple[float, ...]
    unit: str
    source: str
    note: str = ""


class Leg(NamedTuple):
    """A named stretch of the event; (start, end) in ns since 1970."""

    name: str
    span: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A historical cascade: facts, price paths and priors. Times are in ns since 1970.

    Where `missing` names anything, there is nothing to replay: it holds facts and price paths.
    """

    name: str
    title: str
    parts: str = "replay"
    start: int
    end: int
    focus: tuple[int, int] = (0, 0)
    fit_until: int = 0
    instruments: tuple[str, ...]
    rulebook: str = ""
    rulebook_at: str = ""
    accounts: int = 0
    steps: tuple[tuple[int, float], ...] = ()
    labels: tuple[tuple[int, float], ...] = ()
    map_usd: tuple[float, float] = (42e3, 90e3)
    venue: str = ""
    known_unknowns: str
    missing: tuple[str, ...]
    sha256: str
    legs: tuple[Leg, ...]
    tags: Mapping[str, str]
    sources: Mapping[str, str]
    facts: tuple[Fact, ...]
    priors: Mapping[str, Prior]
    population: Mapping[str, Prior]
    market: Mapping[str, Prior]
    fit: Mapping[str, Prior]
    world: Mapping[str, Prior]
    loop: Mapping[str, Any] = field(default_factory=dict)
    venues: tuple[Mapping[str, Any], ...] = ()
    bars: tuple[Mapping[str, Any], ...] = field(repr=False)
    recorded: Mapping[str, NDArray[np.void]] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, name_or_path: str | Path) -> Scenario:
        """Load a shipped scenario by name, or any by the path of its TOML file.

        Raises
        ------
        ScenarioError
            The name is unknown, or the file is not a sound scenario.
        """
        path = _find(name_or_path)
        text = _text(path)
        table = read(text, str(path))
        groups: dict[str, Any] = {
            group: {name: Prior(**row) for name, row in table.get(group, {}).items()}
            for group in GROUPS
        }
        return cls(
            **table["scenario"],
            missing=tuple(missing(table)),
            sha256=sha256(text.encode()).hexdigest(),
            legs=tuple(Leg(**row) for row in table.get("leg", ())),
            tags=table.get("tags", {}),
            sources=table["sources"],
            facts=tuple(_fact(**row) for row in table["fact"]),
            bars=table["bars"],
            loop=table.get("loop", {}),
            venues=table.get("venue", ()),
            **groups,
        )

    @cached_property
    def paths(self) -> dict[str, NDArray[np.void]]:
        """The published price path of each instrument: consecutive bars (`BAR_DTYPE`)."""
        return {one: self.recorded.get(one, self._path(one)) for one in self.instruments}

    def _path(self, symbol: str) -> NDArray[np.void]:
        mine = [bars for bars in self.bars if bars["instrument"] == symbol]
        keys = ("start", *COLUMNS)
        path = laid_bars([(BAR_NS[bars["bar"]], *(bars[key] for key in keys)) for bars in mine])
        gaps = np.flatnonzero(np.diff(path["time_ns"]) != path["bar_ns"][:-1])
        if len(gaps) or not len(path):
            at = str(path["time_ns"][gaps[0] + 1].astype("M8[ns]")) if len(gaps) else None
            raise ScenarioError("no unbroken path", f"{self.name}, {symbol}", at, "add its bars")
        return path

    def parameter(self, name: str) -> Any:
        """Value of a parameter of any group, in its unit."""
        known = {**self.world, **self.fit, **self.market, **self.population, **self.priors}
        if name not in known:
            fix = f"one of {', '.join(sorted(known))}"
            raise ScenarioError("no such parameter", self.name, name, fix)
        return known[name].value

    def with_parameters(self, **values: float) -> Scenario:
        """Return a copy in which some parameters, named as in `parameter`, have other values."""
        groups: dict[str, Any] = {group: dict(getattr(self, group)) for group in GROUPS}
        for name, value in values.items():
            self.parameter(name)
            holder = next(group for group in groups.values() if name in group)
            holder[name] = holder[name]._replace(value=value, source="set by the caller")
        return replace(self, **groups)

    def with_data(self, folder: str | Path) -> Scenario:
        """Return a copy whose paths are a folder's recordings wherever they fill the bars here."""
        from .recordings import recorded_paths  # noqa: PLC0415  (import time)

        return replace(self, recorded=recorded_paths(folder, self))

    def fact(self, fact_id: str) -> Fact:
        """Return the fact of this id."""
        return next(fact for fact in self.facts if fact.id == fact_id)

    def replay(
        self, *, seed: int = 7, accounts: int | None = None, progress: bool | ShowProgress = False
    ) -> Replay:
        """Replay the scenario on the engine.

        Parameters
        ----------
        seed
            Of every random draw; the same seed gives the same digest.
        accounts
            Number of leveraged accounts, 1,000 to 20,000,000; the scenario's own if None.
        progress
            True shows a live line on stderr; a callable is called now and then with a function
            that returns the current `Progress`.
        """
        if self.missing or self.parts == "facts":
            fix = f"its facts: delever scenario show {self.name}"
            absent = ", ".join(self.missing) or 'parts = "replay"'
            raise ScenarioError("facts alone, a replay needs more", self.name, absent, fix)
        from .replay import run_replay  # noqa: PLC0415  (import time)

        return run_replay(self, seed=seed, accounts=accounts, progress=progress)

    def closed_loop(
        self,
        *,
        seed: int = 7,
        accounts: int | None = None,
        step_s: float | None = None,
        workers: int = 2,
        progress: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> WorldRun:
        """Run the scenario with the market that makes its own price.

        Parameters
        ----------
        seed
            Of every random draw; the same seed gives the same digest.
        accounts
            Number of leveraged accounts over all venues; the scenario's own if None.
        step_s
            Seconds between two acts of everybody; the scenario's own if None.
        workers
            Threads that run the venues; no result depends on it.
        progress
            True shows a live line on stderr, of the counterfactuals too.
        options
            What option hedgers keep flat in the perpetual: "look_s", "band_coin" and "holdings",
            each with coin, strike_usd, expiry_ns, position_coin (> 0: they own the options),
            is_call and volatility. Nobody hedges if None.
        """
        if not self.venues:
            raise ScenarioError("no venues", self.name, "[[venue]]", "add [loop], venues, [world]")
        from .world import run_world  # noqa: PLC0415  (import time)

        how = partial(run_world, self, step_s=step_s, workers=workers, progress=progress)
        return how(seed=seed, accounts=accounts, options=options)


def scenario(name_or_path: str | Path) -> Scenario:
    """Load a scenario, by the name of a shipped one or by path.

    Examples
    --------
    >>> scenario("btc-2026-02").fact("s1-liq-1h").value
    431000000.0
    """
    return Scenario.load(name_or_path)


def scenario_names() -> list[str]:
    """Return the names of the shipped scenarios."""
    return sorted(path.stem for path in SHELF.glob("*.toml"))


def scenario_errors(name_or_path: str | Path) -> list[ScenarioError]:
    """Return everything that is wrong with a scenario file, its price paths among it."""
    path = _find(name_or_path)
    _, errors = examine(_text(path), str(path))
    try:
        _ = errors or Scenario.load(path).paths
    except ScenarioError as error:
        return [error]
    return errors


def coin_of(symbol: str) -> str:
    """Return the coin of a symbol: "BTC" of "BTCUSDT"."""
    return symbol.removesuffix("USDT")


def _fact(published: Mapping[str, Any], when: Mapping[str, Any], **rest: Any) -> Fact:
    when = {"time_utc" if key == "utc" else key: value for key, value in when.items()}
    return Fact(**published, **when, **rest)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'})"
        fix = "give a readable TOML file, or a name from `delever scenario list`"
        raise ScenarioError(what, "scenario file", str(path), fix) from error


def _find(name_or_path: str | Path) -> Path:
    known = scenario_names()
    if name_or_path in known:
        return SHELF / f"{name_or_path}.toml"
    if isinstance(name_or_path, Path) or name_or_path.endswith(".toml"):
        return Path(name_or_path)
    near = difflib.get_close_matches(name_or_path, known, n=1, cutoff=0.3)
    fix = f"{f'did you mean {near[0]}? ' if near else ''}known: {', '.join(known)}"
    raise ScenarioError("unknown scenario", "scenario", name_or_path, fix)
