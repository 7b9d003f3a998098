"""A rulebook file, read and checked: every complaint names the file and the path of the key.

A file holds dated sections, `[[mark]]`, `[[instrument]]` and so on. Each says `from` which day and
`until` which (both included) it is known to have held; two of a kind never overlap. What is left
of a section are plain values by key: words, integers, exact decimals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from delever.errors import ConfigError

from .rulebook_schema import LISTED, SECTIONS, TEXT, TIER_KEYS, TIERS, Kind, word

SHELF = Path(__file__).parents[1] / "rulebooks"
_DATED = {"from", "until", "source"}
_RULE = word(*TIERS)


@dataclass(frozen=True)
class Dated:
    """One section: what held from one day to another, and where that is written."""

    kind: str
    symbol: str
    since: dt.date
    until: dt.date
    values: Mapping[str, Any]
    sources: Mapping[str, str]

    @property
    def span(self) -> str:
        """The days, as people write them."""
        return f"{self.since} to {'now' if self.until == dt.date.max else self.until}"


@dataclass(frozen=True)
class RulebookFile:
    """A whole file: its sections in the order of the days."""

    name: str
    title: str = ""
    sections: tuple[Dated, ...] = field(default=())

    def of(self, kind: str, symbol: str = "") -> list[Dated]:
        """Return the sections of a kind (and symbol), by day."""
        found = [one for one in self.sections if (one.kind, one.symbol) == (kind, symbol)]
        return sorted(found, key=lambda one: one.since)

    @property
    def symbols(self) -> list[str]:
        """Every symbol the file lists, in its order."""
        return list(dict.fromkeys(one.symbol for one in self.sections if one.symbol))


def holding(spans: list[Dated], day: dt.date | None, what: str) -> Dated:
    """Return what held on a day, the newest without one; ConfigError with the nearest known day."""
    if day is None:
        return spans[-1]
    for one in spans:
        if one.since <= day <= one.until:
            return one
    near = nearest(spans, day)
    known = "; ".join(one.span for one in spans[:3]) + ("; ..." if len(spans) > 3 else "")
    raise ConfigError(
        f"{what}: no rules are known for {day}; the nearest known day is {near} (known: {known})"
    )


def nearest(spans: list[Dated], day: dt.date) -> dt.date:
    """Return the day next to another on which one of these sections held."""
    return min((end for one in spans for end in (one.since, one.until)), key=lambda e: abs(e - day))


def read_file(name: str) -> RulebookFile:
    """Read a shipped rulebook by its name, or a user's by its path."""
    path = Path(name)
    if path.suffix == ".toml" or len(path.parts) > 1:
        if not path.is_file():
            raise ConfigError(f"rulebook '{name}': no such file")
        return _parse(path, path.name)
    shipped = SHELF / f"{name}.toml"
    if not shipped.is_file():
        raise ConfigError(f"unknown rulebook '{name}'; known: {', '.join(shipped_names())}")
    return _shipped(name)


def shipped_names() -> list[str]:
    """Return the names of the rulebooks that ship."""
    return sorted(one.stem for one in SHELF.glob("*.toml"))


@cache
def _shipped(name: str) -> RulebookFile:
    return _parse(SHELF / f"{name}.toml", name)


def _parse(path: Path, name: str) -> RulebookFile:
    import tomllib  # noqa: PLC0415  (import time)

    try:
        parsed = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{name}: cannot be read as TOML ({error})") from None
    title = parsed.pop("title", "")
    known = [*SECTIONS, "instrument", "tiers"]
    found: list[Dated] = []
    for kind, sections in parsed.items():
        if kind not in known:
            raise ConfigError(f"{name}: {kind}: unknown; the sections are {', '.join(known)}")
        if not (isinstance(sections, list) and all(isinstance(one, dict) for one in sections)):
            raise ConfigError(f"{name}: {kind}: not an array of tables; write [[{kind}]]")
        found += [_section(one, kind, f"{name}: {kind}[{at}]") for at, one in enumerate(sections)]
    whole = RulebookFile(name, str(title), tuple(found))
    for kind, symbol in dict.fromkeys((one.kind, one.symbol) for one in found):
        spans = whole.of(kind, symbol)
        for one, after in pairwise(spans):
            if after.since <= one.until:
                where = f"{name}: {kind}{f' {symbol}' if symbol else ''}"
                raise ConfigError(f"{where}: {one.span} and {after.span} overlap")
    return whole


def _section(raw: dict[str, Any], kind: str, where: str) -> Dated:
    since, until = _day(raw, "from", None, where), _day(raw, "until", dt.date.max, where)
    if until < since:
        raise ConfigError(f"{where}.until: {until} is before from = {since}")
    symbol = _value(raw, "symbol", TEXT, where) if kind in {"instrument", "tiers"} else ""
    values = {key: value for key, value in raw.items() if key not in {*_DATED, "symbol"}}
    if kind == "tiers":
        values = _tiers(values, where)
    else:
        values = _values(values, LISTED if kind == "instrument" else SECTIONS[kind], where)
    sources = raw.get("source", {})
    if not isinstance(sources, dict):
        raise ConfigError(f"{where}.source: not a table; write [{kind}.source]")
    for key in sources:
        if key not in values:
            raise ConfigError(f"{where}.source.{key}: the source of a value that is not here")
        _value(sources, key, TEXT, f"{where}.source")
    return Dated(kind, symbol, since, until, values, dict(sources))


def _day(raw: Mapping[str, Any], key: str, default: dt.date | None, where: str) -> dt.date:
    value = raw.get(key, default)
    if type(value) is not dt.date:
        was = "missing" if value is None else f"{value!r} is not a day"
        raise ConfigError(f"{where}.{key}: {was}; write {key} = 2026-02-05")
    return value


def _value(raw: Mapping[str, Any], key: str, kind: Kind, where: str) -> Any:
    if key not in raw:
        raise ConfigError(f"{where}.{key}: missing; give {kind.wants}")
    try:
        return kind.read(raw[key])
    except ValueError:
        raise ConfigError(f"{where}.{key}: {raw[key]!r} is not {kind.wants}") from None


def _values(raw: Mapping[str, Any], kinds: Mapping[str, Kind], where: str) -> dict[str, Any]:
    for key in raw:
        if key not in kinds:
            raise ConfigError(f"{where}.{key}: unknown; the keys are {', '.join(kinds)}")
    return {key: _value(raw, key, kinds[key], where) for key in raw}


def _tiers(raw: dict[str, Any], where: str) -> dict[str, Any]:
    rule = _value(raw, "rule", _RULE, where)
    columns, rows = TIERS[rule], raw.get("rows")
    if not (isinstance(rows, list) and rows):
        raise ConfigError(f"{where}.rows: give at least one [{', '.join(columns)}]")
    read = []
    for at, row in enumerate(rows):
        place = f"{where}.rows[{at}]"
        if isinstance(row, list):
            if len(row) != len(columns):
                raise ConfigError(f"{place}: {len(row)} values; give {', '.join(columns)}")
            row = dict(zip(columns, row, strict=True))  # noqa: PLW2901
        if not isinstance(row, dict):
            raise ConfigError(f"{place}: {row!r} is not a row of {', '.join(columns)}")
        _values(row, columns, place)
        read.append({key: _value(row, key, kind, place) for key, kind in columns.items()})
    check_tiers(read, rule, f"{where}.rows")
    extra = {key: value for key, value in raw.items() if key not in {"rule", "rows"}}
    return {"rule": rule, "rows": read, **_values(extra, TIER_KEYS, where)}


def check_tiers(rows: list[dict[str, Any]], rule: str, where: str) -> None:
    """Refuse tiers whose floors do not rise from 0 or whose requirement would jump or fall."""
    if "floor" not in TIERS[rule]:
        if len(rows) > 1:
            raise ConfigError(f"{where}[1]: the rule '{rule}' has one row")
        return
    if rows[0]["floor"] != 0:
        raise ConfigError(f"{where}[0].floor: {rows[0]['floor']} is not 0, where the first begins")
    for at, (one, after) in enumerate(pairwise(rows), 1):
        if after["floor"] <= one["floor"]:
            raise ConfigError(f"{where}[{at}].floor: {after['floor']} is not above {one['floor']}")
        if after["maintenance"] < one["maintenance"]:
            text = f"{after['maintenance']} is below the {one['maintenance']} of the tier before"
            raise ConfigError(f"{where}[{at}].maintenance: {text}")
        if rule != "marginal":
            continue
        step = after["maintenance"] - one["maintenance"]
        smooth: Decimal = one["deduction"] + after["floor"] * step
        if after["deduction"] != smooth:
            text = f"{after['deduction']} makes the margin jump; {smooth.normalize():f} does not"
            raise ConfigError(f"{where}[{at}].deduction: {text}")
