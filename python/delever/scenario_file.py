"""The form of a scenario file: what may stand where, and what is said where it does not.

A form converts one value, or raises ValueError with what is wrong and the fix. A list is the form
of any number of items, a tuple of exactly these, a dict of a table: "?" marks a key that may be
missing, "*" stands for any name.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from .errors import ConfigError

COLUMNS = ("open", "high", "low", "close")
GROUPS = ("priors", "population", "market", "fit")
ROLES = ("input", "derived", "fit", "check", "context")
BAR_NS = {"15m": 900 * 10**9, "1h": 3600 * 10**9, "1d": 86_400 * 10**9}
TIMES = ("ends", "span", "high", "low", "by", "after", "at", "base")
#: For every window rule, the keys it needs beside the coin.
METRICS = {
    "liquidations": "side hours ends",
    "long_share": "hours ends",
    "accounts": "hours ends",
    "price": "ends",
    "return": "hours ends",
    "low": "span",
    "high": "span",
    "from_level": "level span",
    "leg": "high low",
    "rebound_share": "high low by",
    "rebound_percent": "low by",
    "hours_to": "level after",
    "rsi": "hours periods at",
    "basis_low": "span",
    "premium_sign": "span",
    "open_interest": "unit base at",
    "oi_change": "unit base at",
}


class ScenarioError(ConfigError):
    """A scenario that cannot be used: what is wrong, where, the value, and the fix."""

    def __init__(self, what: str, where: str, value: object, fix: str) -> None:
        self.what, self.where, self.value, self.fix = what, where, value, fix
        super().__init__(f"{where}: {what}: {value!r}; {fix}")


def read(text: str, where: str) -> dict[str, Any]:
    """Parse and check a whole scenario file; times become ns since 1970."""
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        lines = text.splitlines() or [""]
        found = re.search(r"at line (\d+)", str(error))
        number = min(int(found[1]) if found else len(lines), len(lines))
        what = f"broken TOML, {str(error).split(' (at')[0]}"
        place = f"{where}, line {number}"
        raise ScenarioError(what, place, lines[number - 1], "correct this line") from error
    table: dict[str, Any] = _convert(parsed, FILE, where)
    for place, what, value, fix in _contradictions(table):
        raise ScenarioError(what, f"{where}, {place}", value, fix)
    return table


def _convert(value: Any, form: Any, place: str) -> Any:
    try:
        if isinstance(form, dict):
            return _table(_a(dict)(value), form, place)
        if isinstance(form, list | tuple):
            return _items(_a(list)(value), form, place)
        return form(value)
    except ScenarioError:
        raise
    except ValueError as error:
        what, _, fix = str(error).partition("; ")
        raise ScenarioError(what, place, value, fix) from None


def _items(value: list[Any], form: list[Any] | tuple[Any, ...], place: str) -> tuple[Any, ...]:
    forms = form * len(value) if isinstance(form, list) else form
    if len(value) != len(forms):
        raise ValueError(f"not {len(forms)} items; write a list of {len(forms)}")
    pairs = enumerate(zip(value, forms, strict=True))
    return tuple(_convert(item, one, f"{place}[{i}]") for i, (item, one) in pairs)


def _table(value: dict[str, Any], form: Mapping[str, Any], place: str) -> dict[str, Any]:
    place = f"{place} '{value['id']}'" if "id" in value else place
    forms = {name.removesuffix("?"): one for name, one in form.items()}
    for name, item in value.items():
        if name not in forms and "*" not in forms:
            near = difflib.get_close_matches(name, forms, n=1)
            fix = f"did you mean {near[0]}?" if near else "remove it"
            raise ScenarioError("unknown key", f"{place}, {name}", item, fix)
    for name in form:
        if name[-1] not in "?*" and name not in value:
            raise ScenarioError("missing key", place, name, f"add {name}")
    return {
        name: _convert(item, forms.get(name, forms.get("*")), f"{place}, {name}")
        for name, item in value.items()
    }


def _a(kind: type) -> Callable[[Any], Any]:
    def form(value: Any) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            names = {dict: "a table", list: "a list", str: "text", int: "a whole number"}
            raise ValueError(f"not {names.get(kind, 'true or false')}; correct it")
        return value

    return form


def _one_of(*options: Any) -> Callable[[Any], Any]:
    def form(value: Any) -> Any:
        if value not in options:
            raise ValueError(f"not one of the known; choose {', '.join(map(str, options))}")
        return value

    return form


def time_ns(text: object) -> int:
    """Return a UTC time such as "2026-02-06T00:15Z" in ns since 1970."""
    if isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", text):
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
        return int(moment.timestamp()) * 10**9
    raise ValueError('bad time; write UTC as "2026-02-06T00:15Z"')


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a number; write a finite number")
    return float(value)


def _numbers(value: Any) -> float | tuple[float, ...]:
    return tuple(map(_number, value)) if isinstance(value, list) else _number(value)


def _value(value: Any) -> float | str | tuple[float, ...]:
    return value if isinstance(value, str) else _numbers(value)


def _time_or_span(value: Any) -> int | tuple[int, int]:
    if not isinstance(value, list):
        return time_ns(value)
    span = tuple(map(time_ns, value))
    if len(span) != 2 or span[0] > span[1]:
        raise ValueError("not a span of time; write [from, to]")
    return span


def _moment(value: Any) -> str:
    for part in str(value).split("/"):
        _ = value == "undated" or time_ns(part)
    return str(value)


def _metric(value: Any) -> dict[str, Any]:
    kind = _one_of(*METRICS)(_a(dict)(value).get("kind"))
    if wrong := {"kind", "coin", *METRICS[kind].split()} ^ (value.keys() - {"series"}):
        raise ValueError(f"{kind} has other keys; it needs or does not know {sorted(wrong)}")
    return {k: _time_or_span(item) if k in TIMES else item for k, item in value.items()}


def _bar(value: Any) -> int:
    return BAR_NS[_one_of(*BAR_NS)(value)]


_TEXT, _FLAG, _ROLE = _a(str), _a(bool), _one_of(*ROLES)
_SERIES = {"instrument": _TEXT, "source": _TEXT, "role": _ROLE}
_TOLERANCE = {"rel?": _number, "abs?": _number, "bound?": _one_of("at_least", "at_most")}
_PARAMETER = {"value": _numbers, "unit": _TEXT, "source": _TEXT, "note?": _TEXT}
FILE: dict[str, Any] = {
    "format": _one_of(1),
    "scenario": {
        **dict.fromkeys(("name", "title", "rulebook", "rulebook_at", "known_unknowns"), _TEXT),
        **dict.fromkeys(("start", "end", "fit_until"), time_ns),
        "focus": _time_or_span,
        "instruments": [_TEXT],
        "accounts": _a(int),
        "steps": [(time_ns, _number)],
        "labels": [(time_ns, _number)],
    },
    "leg?": [{"name": _TEXT, "span": _time_or_span}],
    "tags?": {"*": _TEXT},
    "sources": {"*": _TEXT},
    "fact": [
        {
            "id": _TEXT,
            "what": _TEXT,
            "published": {"value": _value, "unit": _TEXT, "source": _TEXT, "confidence": _TEXT},
            "when": {"utc": _moment, "window?": _TEXT, "inferred?": _FLAG},
            "role": _ROLE,
            "scope?": _TEXT,
            "tags?": [_TEXT],
            "counted?": _FLAG,
            "metric?": _metric,
            "tolerance?": _TOLERANCE,
            "note?": _TEXT,
        }
    ],
    "bars": [{**_SERIES, "start": time_ns, "bar": _bar, **{c: [_number] for c in COLUMNS}}],
    "daily?": [{**_SERIES, "start": time_ns, "ohlc": [(_number,) * 4]}],
    "points?": [{**_SERIES, "bar": _bar, "rows": [(time_ns, _one_of(*COLUMNS), _number)]}],
    **{f"{group}?": {"*": _PARAMETER} for group in GROUPS},
}


def _contradictions(table: Mapping[str, Any]) -> Iterator[tuple[str, str, object, str]]:
    """Yield (where, what, value, fix) of what no part alone can show."""
    ids = [fact["id"] for fact in table["fact"]]
    for i, fact in enumerate(table["fact"]):
        place = f"fact[{i}] '{fact['id']}'"
        if ids.index(fact["id"]) != i:
            yield place, "fact id used twice", fact["id"], "rename one"
        if fact["role"] in ("derived", "fit", "check") and not {"metric", "tolerance"} <= set(fact):
            yield place, "no window rule", fact["role"], "this role needs metric and tolerance"
        for tag in set(fact.get("tags", ())) - set(table.get("tags", ())):
            yield place, "unknown tag", tag, "describe it in [tags]"
    for place, source in _sources(table, ""):
        if source not in table["sources"]:
            yield place, "missing source", source, "name it in [sources]"
    yield from _bad_bars(table)


def _bad_bars(table: Mapping[str, Any]) -> Iterator[tuple[str, str, object, str]]:
    for i, bars in enumerate(table["bars"]):
        if len({len(bars[column]) for column in COLUMNS}) != 1:
            sizes = {column: len(bars[column]) for column in COLUMNS}
            yield f"bars[{i}]", "columns differ in length", sizes, "give one value a bar"
        for o, high, low, c in zip(*(bars[column] for column in COLUMNS), strict=False):
            if not 0 < low <= min(o, c) <= max(o, c) <= high:
                fix = "0 < low <= open, close <= high must hold"
                yield f"bars[{i}]", "a bar that cannot be", (o, high, low, c), fix


def _sources(node: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        if isinstance(node.get("source"), str):
            yield place, node["source"]
        for name, item in node.items():
            yield from _sources(item, f"{place}.{name}".removeprefix("."))
    elif isinstance(node, tuple) and node and isinstance(node[0], Mapping):
        for i, item in enumerate(node):
            yield from _sources(item, f"{place}[{i}]")
