"""Numbers of the risk vectors: read exactly, compared at a case's own tolerance."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

PLACES = Decimal("1e-18")


def read_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a file, with every fraction as the decimal that is written there."""
    cases: list[dict[str, Any]] = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    return cases


def decimal_of(value: Any) -> Decimal:
    """A number of a case; the vectors write doubles, whose digits beyond 18 places say nothing."""
    number = Decimal(value)
    if number.as_tuple().exponent < -18:
        return number.quantize(PLACES)
    return number


def named(inputs: dict[str, Any], *names: str, default: Any = None) -> Any:
    """The first of some names that a case gives, as a decimal."""
    for name in names:
        if inputs.get(name) is not None:
            return decimal_of(inputs[name])
    if default is None:
        raise KeyError(f"none of {names} in {sorted(inputs)}")
    return decimal_of(default)


def side_of(inputs: dict[str, Any]) -> int:
    """+1 long (also where nothing is said), -1 short."""
    side = inputs.get("side", 1)
    return {"long": 1, "short": -1}[side] if isinstance(side, str) else int(side)


def check(actual: Any, expected: Any, tolerance: Any, where: str = "") -> None:
    """Compare what a case expects, key by key and number by number."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), f"{where}: {actual!r} instead of {expected!r}"
        if where:  # only the outermost says part of what there is
            assert len(actual) == len(expected), f"{where}: {actual!r} != {expected!r}"
        by_name = {str(key): value for key, value in actual.items()}
        for key, value in expected.items():
            assert key in by_name, f"{where}: no {key} in {sorted(by_name)}"
            check(by_name[key], value, tolerance, f"{where}.{key}")
    elif isinstance(actual, Fraction) and isinstance(expected, list):  # not in lowest terms
        assert actual == Fraction(*expected), f"{where}: {actual} != {expected}"
    elif isinstance(expected, list):
        assert len(actual) == len(expected), f"{where}: {actual!r} != {expected!r}"
        for at, (one, other) in enumerate(zip(actual, expected, strict=True)):
            check(one, other, tolerance, f"{where}[{at}]")
    elif expected is None or isinstance(expected, bool | str):
        assert actual == expected, f"{where}: {actual!r} != {expected!r}"
    else:
        assert actual is not None, f"{where}: None instead of {expected}"
        assert is_close(actual, expected, tolerance), f"{where}: {actual} != {expected}"


def is_close(actual: Any, expected: Any, tolerance: Any) -> bool:
    """Whether a number is as near as it has to be; at tolerance 0 it is what the file can say."""
    if tolerance == 0:
        written_as_double = isinstance(expected, Decimal)
        return actual == expected or (written_as_double and float(actual) == float(expected))
    off = abs(Fraction(actual) - Fraction(expected))
    if isinstance(tolerance, dict):
        return off <= Fraction(tolerance["rel"]) * abs(Fraction(expected))
    return off <= Fraction(tolerance)
