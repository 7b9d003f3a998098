"""Reading a scenario file: `scenario.toml`, beside this module, says what may stand where.

A rule converts one value, or raises ValueError with what is wrong and the fix.
"""

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from .errors import ConfigError

Rule = Callable[[Any], Any]
FORM = tomllib.loads(Path(__file__).with_name("scenario.toml").read_text("utf-8"))
METRICS: dict[str, str] = FORM.pop("window rules")
UNMEASURED: dict[str, str] = FORM.pop("window rules of several venues")
COLUMNS = ("open", "high", "low", "close")
GROUPS = ("priors", "population", "market", "fit", "world")
TIMES = ("ends", "span", "high", "low", "by", "after", "at", "base")


class ScenarioError(ConfigError):
    """A scenario that cannot be used: what is wrong, where, the value, and the fix."""

    def __init__(self, what: str, where: str, value: object, fix: str) -> None:
        self.what, self.where, self.value, self.fix = what, where, value, fix
        text = repr(value)
        text = text if len(text) <= 200 else f"{text[:197]}..."
        super().__init__(f"{where}: {what}: {text}; {fix}")


def read(text: str, where: str) -> dict[str, Any]:
    """Parse and check a whole scenario file; times become ns since 1970."""
    table, errors = examine(text, where)
    if errors:
        raise errors[0]
    return table


def examine(text: str, where: str) -> tuple[dict[str, Any], list[ScenarioError]]:
    """Parse a whole scenario file; return its table and everything that is wrong with it."""
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        lines = text.splitlines() or [""]
        found = re.search(r"at line (\d+)", str(error))
        number = min(int(found[1]) if found else len(lines), len(lines))
        what = f"broken TOML, {str(error).split(' (at')[0]}"
        place = f"{where}, line {number}"
        return {}, [ScenarioError(what, place, lines[number - 1], "correct this line")]
    named = {name: part if isinstance(part, dict) else {} for name, part in parsed.items()}
    sources, tags = named.get("sources", {}), named.get("tags", {})
    own: dict[str, Rule] = {
        "source": partial(_one_of, sources, "missing source; name it in [sources]"),
        "tag": partial(_one_of, tags, "unknown tag; describe it in [tags]"),
    }
    reader = _Reader(_RULES | own)
    table: dict[str, Any] = reader.convert(parsed, FORM, where)
    return table, reader.errors or list(_contradictions(table, where))


def missing(table: Mapping[str, Any]) -> list[str]:
    """Name what a replay needs and this table has not: keys of [scenario] and sections."""
    keys = (name[:-1] for name in FORM["scenario"] if name.endswith("!"))
    sections = (name[:-1] for name in FORM if name.endswith("!"))
    absent = [name for name in keys if name not in table["scenario"]]
    return absent + [f"[{name}]" for name in sections if name not in table]


class _Reader:
    """Converts a parsed file by its form; what is wrong is noted and the rest is read on."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules, self.errors = rules, list[ScenarioError]()

    def note(self, what: str, place: str, value: object, fix: str) -> Any:
        self.errors.append(ScenarioError(what, place, value, fix))

    def convert(self, value: Any, form: Any, place: str) -> Any:
        """Return a value as its form wants it: the keys of a table, the items of a list, a rule."""
        kind = "table" if isinstance(form, dict) else "list" if isinstance(form, list) else form
        try:
            options = kind.split("|") if isinstance(kind, str) else [kind]
            value = self.rules[kind](value) if kind in self.rules else _one_of(options, "", value)
        except ValueError as error:
            what, _, fix = str(error).partition("; ")
            return self.note(what, place, value, fix)
        if isinstance(form, dict):
            return self._table(value, form, place)
        if not isinstance(form, list):
            return value
        forms = form * len(value) if len(form) == 1 else form
        if len(value) != len(forms):
            fix = f"write a list of {len(forms)}"
            return self.note(f"not {len(forms)} items", place, value, fix)
        pairs = enumerate(zip(value, forms, strict=True))
        return tuple(self.convert(item, one, f"{place}[{i}]") for i, (item, one) in pairs)

    def _table(self, value: dict[str, Any], form: Mapping[str, Any], place: str) -> Any:
        place += f" '{value['id']}'" if "id" in value else ""
        forms = {name.rstrip("?!"): one for name, one in form.items()}
        for name in () if "*" in forms else (name for name in value if name not in forms):
            near = difflib.get_close_matches(name, forms, n=1)
            fix = f"did you mean {near[0]}?" if near else "remove it"
            self.note("unknown key", f"{place}, {name}", value[name], fix)
        for name in form:
            if name[-1] not in "?!*" and name not in value:
                self.note("missing key", place, name, f"add {name}")
        return {
            name: self.convert(item, forms.get(name, forms.get("*")), f"{place}, {name}")
            for name, item in value.items()
            if name in forms or "*" in forms
        }


def _a(kind: type, name: str, value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"not {name}; correct it")
    return value


def _one_of(options: Collection[Any], otherwise: str, value: Any) -> Any:
    if not isinstance(value, str | int) or value not in options:
        known = ", ".join(map(str, options))
        raise ValueError(otherwise or f"not one of the known; choose {known}")
    return value


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


def _time_or_span(value: Any) -> int | tuple[int, ...]:
    span = tuple(map(time_ns, value if isinstance(value, list) else [value] * 2))
    if len(span) != 2 or span[0] > span[1]:
        raise ValueError("not a span of time; write [from, to]")
    return span if isinstance(value, list) else span[0]


def _moment(value: Any) -> Any:
    for part in () if value == "undated" else str(value).split("/"):
        time_ns(part)
    return value


def _metric(value: Any) -> dict[str, Any]:
    known = METRICS | UNMEASURED
    kind = _one_of(known, "", _a(dict, "a table", value).get("kind"))
    if wrong := {"kind", "coin", *known[kind].split()} ^ (value.keys() - {"series"}):
        raise ValueError(f"{kind} has other keys; it needs or does not know {sorted(wrong)}")
    return {k: _time_or_span(item) if k in TIMES else item for k, item in value.items()}


_RULES: dict[str, Rule] = {
    "table": partial(_a, dict, "a table"),
    "list": partial(_a, list, "a list"),
    "text": partial(_a, str, "text"),
    "flag": partial(_a, bool, "true or false"),
    "whole": partial(_a, int, "a whole number"),
    "number": _number,
    "numbers": _numbers,
    "value": lambda value: value if isinstance(value, str) else _numbers(value),
    "time": time_ns,
    "time or span": _time_or_span,
    "moment": _moment,
    "metric": _metric,
}


def _contradictions(table: Mapping[str, Any], where: str) -> Iterator[ScenarioError]:
    """Find what no part of the file alone can show."""
    facts_alone = table["scenario"].get("parts") == "facts"
    for name in () if facts_alone else missing(table):
        fix = f'add {name}, or say parts = "facts" where nothing is to be replayed'
        yield ScenarioError("missing key", f"{where}, scenario", name, fix)
    ids = [fact["id"] for fact in table["fact"]]
    for i, fact in enumerate(table["fact"]):
        place = f"{where}, fact[{i}] '{fact['id']}'"
        if fact["id"] in ids[:i]:
            yield ScenarioError("fact id used twice", place, fact["id"], "rename one")
        if fact["role"] in ("derived", "fit", "check") and not {"metric", "tolerance"} <= set(fact):
            fix = "this role needs metric and tolerance"
            yield ScenarioError("no window rule", place, fact["role"], fix)
    for i, bars in enumerate(table["bars"]):
        place, columns = f"{where}, bars[{i}]", [bars[column] for column in COLUMNS]
        if len(set(map(len, columns))) != 1:
            sizes = {column: len(bars[column]) for column in COLUMNS}
            yield ScenarioError("columns differ in length", place, sizes, "give one value a bar")
            continue
        for o, high, low, c in zip(*columns, strict=True):
            if not 0 < low <= min(o, c) <= max(o, c) <= high:
                fix = "0 < low <= open, close <= high must hold"
                yield ScenarioError("a bar that cannot be", place, (o, high, low, c), fix)
