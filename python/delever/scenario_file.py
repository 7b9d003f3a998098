"""Reading a scenario file: `scenario.toml`, beside this module, says what may stand where.

The compiled core holds a file against it: a rule converts one value, or says what is wrong and the
fix (csrc/bindings/scenario_form.cpp).
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import _core
from ._core import time_ns
from .errors import ConfigError

__all__ = ["COLUMNS", "GROUPS", "METRICS", "ScenarioError", "examine", "missing", "read", "time_ns"]

FORM = tomllib.loads(Path(__file__).with_name("scenario.toml").read_text("utf-8"))
METRICS: dict[str, str] = FORM.pop("window rules")
UNMEASURED: dict[str, str] = FORM.pop("window rules of several venues")
COLUMNS = ("open", "high", "low", "close")
GROUPS = ("priors", "population", "market", "fit", "world")


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
    table, errors = _core.scenario_table(parsed, FORM, METRICS | UNMEASURED, where)
    return table, [ScenarioError(*error) for error in errors]


def missing(table: Mapping[str, Any]) -> list[str]:
    """Name what a replay needs and this table has not: keys of [scenario] and sections."""
    return _core.scenario_missing(table, FORM)
