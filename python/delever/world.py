"""A scenario in the closed loop: the market makes the price, and may be run again without a cause.

`run_world` solves the exogenous innovations that hold the recorded path; a counterfactual replays
them, with everybody's intents, under other switches. Times are ns since 1970, money is USD.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from math import comb
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._core import combined, largest_fall
from .metrics import MINUTE_NS, Floats, Series, Span, Times
from .observation import feed_rules, feeds
from .reference.rulebook import rulebook
from .replay import Row, compared
from .report import LiveLine
from .scenario import Scenario, coin_of
from .simulation import listed, simulation_config
from .switches import engine_switches, what_if

IMPACT = ("impact_half_life_s", "permanent_share", "spot_share", "clip")
AGENTS = {
    "arbitrage": ("capital_usd", "threshold"),
    "stop": ("usd_per_percent", "reach"),
    "momentum": ("usd_per_percent", "usd_max"),
}
MECHANISMS = ("liquidations", "withdrawal", "stops")


class Shares(NamedTuple):
    """How much of a horizon's fall the difference between two runs is.

    ``fall`` and ``fall_without`` in percent; E = 1 - fall without / fall with, of the prices at
    the factual high and low (``at_low``) and of each run's own (``own``); A is their ratio, own.
    """

    fall: float
    fall_without: float
    at_low: float
    own: float

    @property
    def endogenous(self) -> float:
        """The smaller of both shares, which a verdict uses."""
        return min(self.at_low, self.own)

    @property
    def amplification(self) -> float:
        """A = fall with / fall without."""
        return self.fall / self.fall_without if self.fall_without > 0 else np.inf


class Sale(NamedTuple):
    """Dollars sold in the spot market of a coin (its number) between two times; < 0: bought."""

    coin: int
    from_ns: int
    until_ns: int
    usd: float


@dataclass(frozen=True)
class WorldRun:
    """A finished run of the closed loop: `steps` by step and coin, `venues` by bin."""

    scenario: Scenario
    config: Mapping[str, Any] = field(repr=False)
    switches: Mapping[str, str]
    seconds: float
    steps: Mapping[str, Any] = field(repr=False)
    progress: bool = False
    ensemble = "none ships of the closed loop"

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits; the same seed, build and switches give the same."""
        return f"{int(self.steps['digest']) & (2**64 - 1):016x}"

    @property
    def name(self) -> str:
        """The switches as typed, or "factual"."""
        return ",".join(f"{key}={word}" for key, word in self.switches.items()) or "factual"

    @property
    def time_ns(self) -> Times:
        """Beginnings of the steps."""
        times: Times = self.steps["time_ns"]
        return times

    def price(self, coin: int = 0) -> Floats:
        """Spot price at every step, USD."""
        return np.asarray(np.exp(self.steps["log_price"][:, coin]))

    @cached_property
    def series(self) -> Series:
        """The run as a replay's series: spot of the world, perpetual of the first venue."""
        prices = np.exp(self.steps["log_price"])
        return Series(self.scenario, combined(self.config, self.steps, prices))

    def compare(self) -> tuple[Row, ...]:
        """Return every fact beside its value here; None where it is of hours outside the run."""
        return compared(self.series, {})

    def liquidated(self, span: Span, coin: int | None = None) -> float:
        """Sum what was truly liquidated on all venues within a span, USD; all coins if None."""
        result = self.series.result
        both = result["liquidated_long_usd"] + result["liquidated_short_usd"]
        rows = self.series.rows(span)
        return float((both if coin is None else both[:, [coin]])[rows].sum())

    def shown(self, span: Span) -> float:
        """Sum what the venues' public feeds showed of it, USD (`delever.observe`)."""
        rows = self.series.rows(span)
        return float(sum(venue["shown_usd"][rows].sum() for venue in self.steps["venues"]))

    def low(self, span: Span, coin: int = 0) -> float:
        """Lowest spot price within a span."""
        return float(self.price(coin)[self._within(span)].min())

    def fall(self, span: Span, coin: int = 0) -> float:
        """Largest fall within a span, in percent of its high."""
        return largest_fall(self.steps["log_price"][self._within(span), coin])[0]

    def _within(self, span: Span) -> NDArray[np.bool_]:
        return (self.time_ns >= span[0]) & (self.time_ns < span[1])

    def counterfactual(self, *, sales: Sequence[Sale] = (), **switches: object) -> WorldRun:
        """Run again on the same innovations and intents, with switches.

        Parameters
        ----------
        sales
            What is sold in spot beside everything else, at an even pace: miners, outflows, kicks.
        **switches
            As the command line's ``--what-if``: ``liquidations="off"``, ``leverage_max=10``.
        """
        words = what_if(**switches)
        config = {**self.config, "saved": self.steps["saved"], "switches": engine_switches(words)}
        config["sales"] = [tuple(sale) for sale in sales]
        if "rulebook" in words:
            name, _, day = words["rulebook"].partition("@")
            named = [{**one, "rulebook": name} for one in self.scenario.venues]
            venues = [{**one, "at": day or one["at"]} for one in named]
            config["venues"] = _venues(self.scenario, venues)
        return _run(self.scenario, config, words, progress=self.progress)

    def multiplier(self, at_ns: int, usd: float, seconds: float = 300.0) -> float:
        """Return M, the net forced dollars sold after a kick of so many dollars, per dollar.

        Pool M over an ensemble before n = M / (1 + M): it is dominated by rare large positions.
        """
        kicked = self.counterfactual(sales=[Sale(0, at_ns, at_ns + int(seconds * 1e9), usd)])
        sums = [run.steps["forced_usd"][:, 0].sum() for run in (self, kicked)]
        return float(sums[0] - sums[1]) / usd

    def attribution(self, mechanisms: Sequence[str] = MECHANISMS) -> dict[str, dict[str, float]]:
        """Share each horizon's fall out among switches that have "off": their Shapley values.

        A mechanism's part is what its absence takes off the fall between the factual high and low,
        averaged over the orders in which all can be switched off (Shapley 1953, A value for
        n-person games): 2^n - 1 further runs. "exogenous" is the fall without any; the parts, in
        percent of the price at the high, add up to this run's fall.
        """
        count, horizons = len(mechanisms), self.horizons()
        falls: dict[frozenset[str], dict[str, float]] = {}
        for off in (one for size in range(count + 1) for one in combinations(mechanisms, size)):
            words: dict[str, Any] = dict.fromkeys(off, "off")
            run = self.counterfactual(**words) if off else self
            between = {name: self.shares(run, span) for name, span in horizons.items()}
            falls[frozenset(off)] = {k: one.fall * (1 - one.at_low) for k, one in between.items()}
        found: dict[str, dict[str, float]] = {}
        for name in horizons:
            found[name] = {"exogenous": falls[frozenset(mechanisms)][name]}
            for one in mechanisms:
                found[name][one] = sum(
                    (falls[off][name] - falls[off | {one}][name])
                    / count
                    / comb(count - 1, len(off))
                    for off in falls
                    if one not in off
                )
        return found

    def as_dict(self, factual: WorldRun) -> dict[str, Any]:
        """Return the comparison, and what every horizon's fall has less than the factual's."""
        horizons = {}
        for name, span in factual.horizons().items():
            own = {"low": self.low(span), "liquidated_usd": self.liquidated(span)}
            horizons[name] = {**factual.shares(self, span)._asdict(), **own}
        run = {name: getattr(self, name) for name in ("name", "digest", "seconds")}
        return {**run, "horizons": horizons, "facts": [row.as_dict() for row in self.compare()]}

    def shares(self, other: WorldRun, span: Span, coin: int = 0) -> Shares:
        """How much of this run's fall within a span is not in the other's."""
        rows = self._within(span)
        mine, theirs = (run.steps["log_price"][rows, coin] for run in (self, other))
        fall, high, low = largest_fall(mine)
        same = 100 * (1 - np.exp(theirs[low] - theirs[high]))
        own = largest_fall(theirs)[0]
        return Shares(fall, own, 1 - same / fall, 1 - own / fall)

    def horizons(self) -> dict[str, Span]:
        """Return the day, each leg, and the worst five minutes of this run."""
        per = int(5 * MINUTE_NS / np.median(np.diff(self.time_ns)))
        log_price = self.steps["log_price"][:, 0]
        at = int(np.argmin(log_price[per:] - log_price[:-per]))
        worst = (int(self.time_ns[at]), int(self.time_ns[at + per]) + 1)
        day = (int(self.time_ns[0]), int(self.time_ns[-1]) + 1)
        legs = {leg.name: leg.span for leg in self.scenario.legs if leg.span[0] >= day[0]}
        return {"day": day, **legs, "5 min": worst}


def run_world(
    scenario: Scenario,
    *,
    seed: int,
    accounts: int | None,
    step_s: float | None,
    workers: int,
    progress: bool,
    options: Mapping[str, Any] | None,
) -> WorldRun:
    """Run a scenario in the closed loop; see `Scenario.closed_loop`."""
    loop = dict(scenario.loop)
    if step_s is not None:
        loop["steps"] = ((loop["end"], step_s),)
    one = replace(scenario, **loop)
    count = scenario.accounts if accounts is None else accounts
    value = one.parameter
    own: dict[str, Any] = {name: value(name) for name in IMPACT}
    for group, words in AGENTS.items():
        own[group] = {word: value(f"{group}_{word}") for word in words}
    # the scale was fitted in the run that begins with the scenario
    market = simulation_config(one, seed=seed, accounts=count, seeded_ns=scenario.start)
    market["population"]["scale"] *= value("under_reporting")
    rates = market["market"]["taker_rate_per_s"]
    market["market"]["taker_rate_per_s"] = [rate * value("taker_factor") for rate in rates]
    run = {"market": market, "workers": workers, "venues": _venues(scenario, scenario.venues)}
    hedged = {"options": dict(options)} if options else {}
    return _run(one, {**own, **run, **hedged}, {}, progress=progress)


def _run(
    scenario: Scenario, config: Mapping[str, Any], words: Mapping[str, str], *, progress: bool
) -> WorldRun:
    started, line = time.perf_counter(), LiveLine(sys.stderr) if progress else None
    world = _core.World(dict(config))
    chunk = (scenario.end - scenario.start) // 50
    for until in range(scenario.start + chunk, scenario.end + chunk, chunk):
        world.run(min(until, scenario.end))
        if line:
            share = (world.time_ns - scenario.start) / (scenario.end - scenario.start)
            line.write(f"  {' '.join(words.values()) or 'factual'} {share:4.0%}" * (share < 1))
    seconds = time.perf_counter() - started
    return WorldRun(scenario, config, words, seconds, world.result(), progress)


def _venues(scenario: Scenario, venues: Any) -> list[dict[str, Any]]:
    total = sum(venue["open_interest_btc"] for venue in venues)
    books = [rulebook(venue["rulebook"], at=venue["at"]) for venue in venues]
    plain = rulebook(scenario.rulebook, at=scenario.rulebook_at)
    told = []
    for venue, book in zip(venues, books, strict=True):
        own = {_coin(symbol): one for symbol, one in book.instruments.items() if _linear(one)}
        listings = [
            {"coin": i, **listed(own.get(coin_of(symbol)) or plain.instrument(symbol))}
            for i, symbol in enumerate(scenario.instruments)
        ]
        share = {"name": venue["name"], "share": venue["open_interest_btc"] / total}
        rules = {"rulebook": book.spec(), "insurance_usd": venue["insurance_usd"]}
        feed = venue["name"].lower()
        shown = {"feed": feed_rules(feed)} if feed in feeds() else {}
        told.append({**share, **rules, **shown, "listings": listings})
    return told


def _linear(instrument: Any) -> bool:
    return bool(instrument.tiers) and "atoms_per_tick_lot" in instrument.spec()


def _coin(symbol: str) -> str:
    return symbol.partition("-")[0].removesuffix("USDT")
