"""The comparison as text: at most 30 lines of 100 columns, failures first."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

import numpy as np

from ._core import clock, dollars, exact_figure, figure, sparkline, tolerance
from .metrics import MINUTE_NS
from .scenario import GROUPS, Fact, Scenario

if TYPE_CHECKING:
    from .inference import Verdict
    from .replay import Replay, Row
    from .world import WorldRun

__all__ = ["LiveLine", "clock", "describe", "dollars", "figure", "footer", "render"]
__all__ += ["sparkline", "summary"]

WIDTH = 100
MARKS = {True: "✓", False: "✗", None: "–"}  # noqa: RUF001
NOT_COUNTED = ("s1-liq-24h", "s4-liq-24h", "s2-oi-week-coin")
ROLES = ("check", "fit", "derived", "input", "context")
CAVEAT = "That it fits is no evidence."
MINUS = "−"  # noqa: RUF001
_wrap = textwrap.TextWrapper(WIDTH, subsequent_indent="   ", break_on_hyphens=False).wrap


class LiveLine:
    """One line that is overwritten while a replay runs, at most three times a second."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.last = stream, 0.0

    def __call__(self, state: Callable[[], object]) -> None:
        """Write the state as text if it is time to."""
        if self.due():
            self.write(f"  {state()}")

    def due(self) -> bool:
        """Whether it is time to write again."""
        is_due = time.monotonic() - self.last >= 0.33
        self.last = time.monotonic() if is_due else self.last
        return is_due

    def write(self, text: str) -> None:
        """Put a text in the line's place; an empty one clears it."""
        self.stream.write("\r" + text[: WIDTH - 1].ljust(WIDTH - 1) + ("" if text else "\r"))
        self.stream.flush()


def render(replay: Replay, *, everything: bool = False) -> str:
    """Write the whole comparison; with `everything`, every fact, parameter and source."""
    one = replay.scenario
    run = f"seed {replay.seed} · {replay.accounts:,} accounts · path imposed"
    lines = [
        *_wrap(f"{one.name} · {one.title} · {run}"),
        "",
        *checks(replay),
        "",
        *_day(replay),
        *_decomposition(replay.shipped_verdict),
        *_wrap(f" NOT KNOWN: {one.known_unknowns}. {CAVEAT}"),
        *(["", *_all(replay)] if everything else ()),
    ]
    return "\n".join(line.rstrip() for line in lines)


def footer(replay: Replay, name: str, written: Iterable[object]) -> str:
    """Say what was written, the digest, and what to type next."""
    files = " ".join(map(str, written))
    count = f" --accounts {replay.accounts}" if replay.accounts != replay.scenario.accounts else ""
    return (
        f"{f' wrote {files}' if files else ' wrote nothing'} · {replay.seconds:.1f} s"
        f" · {replay.commands / 1e6:.1f} M commands · digest {replay.digest}\n"
        f" again: delever replay {name} --seed {replay.seed}{count} · every fact: add --all"
    )


def summary(one: Scenario) -> str:
    """Say in two lines what a scenario is: dates, parts, facts by role."""
    first, last = (datetime.fromtimestamp(ns // 10**9, UTC).date() for ns in (one.start, one.end))
    roles = [(role, sum(fact.role == role for fact in one.facts)) for role in ROLES]
    counted = sum(fact.role == "check" and fact.counted for fact in one.facts)
    parts = "facts alone" if one.missing else "replay"
    text = ", ".join(f"{role} {count}" for role, count in roles)
    text = text.replace(",", f" ({counted} counted),", 1)
    heading = f"{one.name:<13}{one.title} · {first} to {last}"
    return f"{heading}\n  {parts} · {len(one.facts)} facts: {text}"


def describe(one: Scenario, roles: Iterable[str] = ROLES) -> str:
    """Write the facts of these roles, with window, scope, source and tags, in 100 columns."""
    facts = [fact for fact in one.facts if fact.role in roles]
    tags = sorted({tag for fact in facts for tag in fact.tags})
    lines = [*summary(one).split("\n"), *_facts(facts, _published), *([" TAGS"] if tags else [])]
    lines += [*(f"   {tag}: {one.tags[tag]}" for tag in tags), " SOURCES"]
    lines += (f"   {name}: {one.sources[name]}" for name in sorted({f.source for f in facts}))
    lines.append(f" NOT KNOWN: {one.known_unknowns}")
    return "\n".join(row for line in lines for row in _wrap(line))


def _published(fact: Fact) -> str:
    rule = f" {tolerance(fact.tolerance, fact.unit)}" if fact.tolerance else ""
    rule += "" if fact.counted else ", not counted"
    return f" {fact.id}: {fact.what}: {exact_figure(fact.value, fact.unit)}{rule}"


def _facts(facts: Iterable[Fact], line: Callable[[Fact], str]) -> Iterator[str]:
    for role in ROLES:
        mine = [fact for fact in facts if fact.role == role]
        yield from [f" {role.upper()} ({len(mine)})"] if mine else []
        for fact in mine:
            yield from _wrap(line(fact))
            when = f"{fact.time_utc}{' (inferred)' if fact.inferred else ''}"
            about = (when, fact.window, fact.scope, fact.source, fact.confidence, *fact.tags)
            yield from _wrap("     " + " · ".join(part for part in (*about, fact.note) if part))


def checks(replay: Replay | WorldRun) -> Iterator[str]:
    """Write the facts that could have failed beside what a run made of them, failures first."""
    yield (
        f" {'CHECKS (could have failed)':<30} {'UTC':<11} {'reported':>8} {'replayed':>8}"
        f" {'[90 %]':<11} {'$ per low':>9} {'persists':>9}"
    )
    rows = replay.compare()
    counted = [row for row in rows if row.counts]
    known = [row for row in counted if row.replayed is not None]
    yield from map(_check, sorted(known, key=lambda row: row.within is True))
    beside = [r for r in rows if r.fact.role == "check" and not r.fact.counted and r.replayed]
    shown = [row for row in rows if row.fact.id in NOT_COUNTED] or beside[:3]
    text = " · ".join(f"{row.fact.what.split(' (')[0]} {_both(row)}" for row in shown)
    yield from _wrap(f" not counted: {text}")
    constant, persistence = (_score(r.fact.within(r.baseline[i]) for r in known) for i in (0, 1))
    by_role = {role: [row for row in rows if row.fact.role == role] for role in ROLES}
    fits, derived = (_score(row.within for row in by_role[role]) for role in ("fit", "derived"))
    inside, context = _score(row.within for row in known), len(by_role["context"])
    if absent := len(counted) - len(known):
        yield f" {absent} more checks are of a venue or of hours that are not replayed"
    models = f"by $ per low {constant} · by persistence {persistence}"
    yield f" {inside} inside · {models} · fit {fits} · derived {derived}"
    of = replay.ensemble
    seeds = of if isinstance(of, str) else f"{of['runs']} seeds with {of['accounts']:,} accounts"
    left_out = " left out" * isinstance(of, str)
    yield f" context {context} (--all) · [90 %]{left_out}: {seeds}"


def _both(row: Row) -> str:
    return f"{figure(row.fact.value, row.fact.unit)} → {figure(row.replayed, row.fact.unit)}"


def _score(verdicts: Iterable[bool | None]) -> str:
    said = [verdict for verdict in verdicts if verdict is not None]
    return f"{sum(said)} of {len(said)}"


def _check(row: Row) -> str:
    fact, unit = row.fact, row.fact.unit
    ends = [figure(end, unit).strip("$ %") for end in row.band or ()]
    ends = [end.replace(f"{MINUS}0.", f"{MINUS}.") for end in ends]
    ends[:1] = [end.rstrip("MB") if end[-1] == ends[1][-1] else end for end in ends[:1]]
    band = f"[{'–'.join(ends)}]" if row.band else ""  # noqa: RUF001
    constant, persistence = (
        f"{figure(guess, unit)} {MARKS[fact.within(guess)]}" if guess is not None else MARKS[None]
        for guess in row.baseline
    )
    reported = figure(fact.value, unit)
    reported = reported if len(reported) <= 8 else figure(fact.number, unit)
    bound = tolerance(fact.tolerance, fact.unit).replace("at least", "≥").replace("at most", "≤")
    at = clock(fact.span[0])
    width = 39 - max(11, len(at)) - max(0, len(band) - 11)
    return (
        f" {MARKS[row.within]} {fact.what.split(', ')[0][:width]:<{width}} {at:<11}"
        f" {reported:>8} {figure(row.replayed, unit):>8} {band:<11}"
        f" {constant:>9} {persistence:>9} {bound:>6}"
    )


def _day(replay: Replay) -> Iterator[str]:
    series, scenario, result = replay.series, replay.scenario, replay.result
    half_hours = -(-(scenario.focus[1] - scenario.focus[0]) // (70 * 30 * MINUTE_NS))
    step = half_hours * 30 * MINUTE_NS
    ends = np.arange(scenario.focus[0], scenario.focus[1] + 1, step)[1:]
    bins = series.trailing(series.liquidated("all"), half_hours / 2, ends)
    labels = [" "] * (len(ends) + 4)
    for leg in scenario.legs:
        at = int(np.searchsorted(ends, leg.span[0], side="right"))
        labels[at : at + len(leg.name)] = leg.name
    first, last = map(clock, scenario.focus)
    peak = f"peak {dollars(float(bins.max()))} in {30 * half_hours} min"
    yield f" {'':{len(first)}} {''.join(labels)} {peak}"
    yield f" {first} {sparkline(bins)} {last}"
    fund = result["fund_usd"]
    taken, deleveraged = (float(result[f"{of}_usd"].sum()) for of in ("takeover", "deleveraged"))
    yield (
        f" fund {dollars(float(fund[-1] - fund[0]))} · taken over {dollars(taken)}"
        f" · deleveraged {dollars(deleveraged)}"
        f" · worst fill {100 * float(result['worst_past_bankruptcy']):.2f} % past bankruptcy"
    )


def _decomposition(found: Mapping[str, Verdict] | str) -> Iterator[str]:
    """Write what each horizon's fall is made of, the verdict on it, and what would settle it."""
    if isinstance(found, str):
        yield from _wrap(f" DECOMPOSITION and VERDICT left out: {found}; computed with --verdict")
        return
    rows: list[tuple[str, Callable[[Verdict], str]]] = [
        ("OF THE FALL", lambda one: f"{one.horizon} {one.fall:.1f} %"),
        (
            " exogenous + endogenous",
            lambda one: f"{one.fall * (1 - one.share[1]):.1f} + {one.fall * one.share[1]:.1f}",
        ),
        (" E, endogenous [90 %]", _share),
        (" verdict", lambda one: one.name),
    ]
    width = 75 // len(found)
    for label, text in rows:
        yield f" {label:<24}" + "".join(f"{text(one):>{width}}" for one in found.values())
    day = found["day"]
    bounds = [f"{key} at {dollars(at)}" for key, at in day.boundary.items() if key[:2] == "E="]
    between = ", ".join(bounds)
    yield f" {day.decides} decides the day: {between} of depth per 1 % and true / reported"
    unfit = day.probability["NO FIT"]
    away = f"{(1 - unfit) * (1 - day.held):.0%} leave its bars by > 1 %"
    yield f" {unfit:.0%} of the draws cannot follow the record, {away}: E is no evidence"


def _share(one: Verdict) -> str:
    low, middle, high = (f"{share:.2f}".replace("0.", ".") for share in one.share)
    return f"{middle} [{low}–{high}]".replace("-", MINUS)  # noqa: RUF001


def _all(replay: Replay) -> Iterator[str]:
    rows = {row.fact.id: row for row in replay.compare()}

    def compared(fact: Fact) -> str:
        row, rule = rows[fact.id], tolerance(fact.tolerance, fact.unit) if fact.tolerance else ""
        return f" {MARKS[row.within]} {fact.id}: {fact.what}: {_both(row)} {rule}"

    yield from _facts(replay.scenario.facts, compared)
    for group in GROUPS:
        yield f" {group.upper()}"
        for name, prior in getattr(replay.scenario, group).items():
            note = f" · {prior.note}" if prior.note else ""
            yield f"   {name} = {prior.value} {prior.unit} · {prior.source}{note}"
    yield " SOURCES"
    yield from (f"   {name}: {text}" for name, text in replay.scenario.sources.items())
