"""Decimals to integers and back: the only place where people's numbers become the engine's.

The engine counts prices in ticks, quantities in lots, money in atoms (1e-8 USDT) and time in
nanoseconds UTC. What does not fit exactly is refused, never rounded; a float is refused because it
has been rounded already.
"""

import datetime as dt
import operator
from decimal import Decimal, InvalidOperation
from typing import SupportsIndex

import numpy as np

from .errors import DataError

Number = str | Decimal | SupportsIndex
"""What is taken as an exact number: text, a Decimal or an integer."""

Time = SupportsIndex | dt.datetime | np.datetime64 | str
"""What is taken as a time: ns UTC, an aware datetime, a datetime64, or ISO text with a zone."""

ATOM = Decimal("1e-8")
PPM = Decimal("1e-6")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def exact(value: Number, what: str) -> Decimal:
    """Return `value` as a Decimal; `what` names it where it is refused."""
    if isinstance(value, float):
        hint = f"is a float and already rounded; write it as text: '{value}'"
        raise DataError(f"{what} {value} {hint}")
    try:
        number = Decimal(value if isinstance(value, str | Decimal) else operator.index(value))
    except (InvalidOperation, TypeError):
        hint = "is not a number; write text, a Decimal or an integer"
        raise DataError(f"{what} {value!r} {hint}") from None
    if not number.is_finite():
        raise DataError(f"{what} {value!r} is not a finite number")
    return number


def to_steps(value: Number, step: Decimal, what: str) -> int:
    """Return how many steps (ticks, lots, atoms) `value` is, exactly.

    Examples
    --------
    >>> to_steps("72000.1", Decimal("0.1"), "price")
    720001
    >>> to_steps("1.23", Decimal("0.1"), "price")
    Traceback (most recent call last):
    ...
    delever.errors.DataError: price 1.23 is not a multiple of 0.1; the nearest are 1.2 and 1.3
    """
    number = exact(value, what)
    whole = int(number // step)
    if number != whole * step:
        below, above = sorted((whole * step, (whole + (1 if number >= 0 else -1)) * step))
        near = f"the nearest are {below} and {above}"
        raise DataError(f"{what} {value} is not a multiple of {step}; {near}")
    return whole


def from_steps(steps: SupportsIndex, step: Decimal) -> Decimal:
    """Return the decimal that so many steps are."""
    return operator.index(steps) * step


def to_atoms(value: Number, what: str = "amount") -> int:
    """Return an amount of money in atoms: a hundred million for 1 USDT."""
    return to_steps(value, ATOM, what)


def from_atoms(atoms: SupportsIndex) -> Decimal:
    """Return atoms as an amount of money."""
    return from_steps(atoms, ATOM)


def to_time_ns(value: Time) -> int:
    """Return a time as nanoseconds UTC since 1970."""
    if isinstance(value, np.datetime64):
        return int(value.astype("datetime64[ns]").astype(np.int64))
    try:
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(moment, dt.datetime):
            return operator.index(moment)
    except (ValueError, TypeError):
        hint = "is not a time; write nanoseconds, a datetime, or text as 2026-02-05T21:15:00Z"
        raise DataError(f"{value!r} {hint}") from None
    if moment.tzinfo is None:
        raise DataError(f"time {value} has no zone; add one, as in tzinfo=datetime.UTC")
    return (moment - _EPOCH) // dt.timedelta(microseconds=1) * 1000
