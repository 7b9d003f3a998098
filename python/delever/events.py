"""Events: what a venue says, as columns; and what single calls answer with.

Each family of events is a table of int64 columns, read-only views into the venue's own memory:
they are not copies and never move. `cause` is the sequence number of the event that led to this
one, or -1 where the command itself did: a cascade is the tree of causes. `layout()` prints every
column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import _core
from .commands import COMMAND_DTYPE
from .errors import ConfigError
from .reference.vocabulary import (
    CancelReason,
    EventKind,
    MarginMode,
    PositionSide,
    RejectReason,
)

FAMILIES: tuple[str, ...] = tuple(_core.event_schema())

Column = NDArray[np.int64]


class Table(dict[str, Column]):
    """Columns of equal length, by name.

    Examples
    --------
    >>> table = Table({"kind": np.array([9, 11]), "qty_lots": np.array([5, 3])})
    >>> table.rows, table.of(EventKind.ORDER_CANCELLED)["qty_lots"].tolist()
    (2, [3])
    """

    def __missing__(self, name: str) -> Column:
        raise KeyError(f"{name}; the columns are {', '.join(self)}")

    def __repr__(self) -> str:
        return f"<Table of {self.rows:,} rows: {', '.join(self)}>"

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.values()), ()))

    def where(self, mask: NDArray[np.bool_]) -> Table:
        """Return a copy of the rows a mask selects."""
        return Table({name: values[mask] for name, values in self.items()})

    def of(self, *kinds: int) -> Table:
        """Return a copy of the rows of some kinds."""
        return self.where(np.isin(self["kind"], kinds))

    def kinds(self) -> list[str]:
        """Return the kind of each row by name."""
        return [EventKind(value).name for value in self["kind"].tolist()]

    def reasons(self) -> list[str]:
        """Return the reason of each row of `orders` or `rejections` by name."""
        names = RejectReason if "command_kind" in self else CancelReason
        return [names(value).name for value in self["reason"].tolist()]


class Events:
    """The retained events of a stretch of commands: one `Table` per family."""

    accounts: Table  # opened, deposits, leverage and margin changes, seeded positions
    rejections: Table  # commands refused, with the reason
    orders: Table  # accepted, cancelled, amended
    fills: Table  # a taker, a maker, a price, a quantity
    marks: Table  # and the indices they came from
    risk: Table  # liquidations, takeovers, deleveraging, losses covered
    funding: Table  # payments and settlements

    def __init__(self, core: _core.Venue, begin: tuple[int, ...], end: tuple[int, ...]) -> None:
        self._core, self._begin, self._end = core, begin, end

    def __getattr__(self, family: str) -> Table:
        if family not in FAMILIES:
            raise AttributeError(f"no events '{family}'; the families are {', '.join(FAMILIES)}")
        at = FAMILIES.index(family)
        rows = slice(self._begin[at], self._end[at])
        return Table({name: column[rows] for name, column in self._core.events(at).items()})

    @property
    def liquidations(self) -> Table:
        """The start of each liquidation: account, signed position, mark, equity."""
        return self.risk.of(EventKind.LIQUIDATION_STARTED)

    def counts(self) -> dict[str, int]:
        """Return how many events of each kind there are, by name."""
        kinds = np.concatenate([getattr(self, family)["kind"] for family in FAMILIES])
        return {EventKind(at).name: n for at, n in enumerate(np.bincount(kinds).tolist()) if n}

    def __len__(self) -> int:
        return sum(self._end) - sum(self._begin)

    def __repr__(self) -> str:
        spans = zip(FAMILIES, self._begin, self._end, strict=True)
        rows = [f"{end - begin:,} {name}" for name, begin, end in spans if end > begin]
        return f"<Events: {', '.join(rows) or 'none'}>"


@dataclass(frozen=True)
class Outcome:
    """What came of a command: truthy when it was carried out."""

    reason: RejectReason
    events: Events

    @property
    def ok(self) -> bool:
        """Whether the command was carried out."""
        return self.reason is RejectReason.NONE

    def __bool__(self) -> bool:
        return self.ok


@dataclass(frozen=True)
class Placed(Outcome):
    """What came of an order: its id, and what is open of it now."""

    order_id: int
    open: Decimal
    filled: Decimal
    """Traded at once; 0 also where the venue keeps no fills."""


class Position(NamedTuple):
    """A position: signed quantity, average entry price, its own margin, leverage."""

    qty: Decimal
    entry_price: Decimal | None
    margin: Decimal
    """Isolated margin; a cross position has none of its own."""
    leverage: int
    position_side: PositionSide = PositionSide.NET
    mode: MarginMode = MarginMode.ISOLATED


def retention_mask(retention: str | Iterable[str]) -> int:
    """Return the bits of the families to keep: "all", "none", one name or several."""
    names = {retention} if isinstance(retention, str) else set(retention)
    masks = {family: 1 << at for at, family in enumerate(FAMILIES)}
    masks |= {"none": 0, "all": sum(masks.values())}
    for name in sorted(names - masks.keys()):
        raise ConfigError(f"retention '{name}' is not known; use {', '.join(masks)}")
    return sum(masks[name] for name in names)


def layout() -> str:
    """Describe the command and event records, field by field, with their layout versions.

    Examples
    --------
    >>> print(layout().splitlines()[0])
    commands (layout version 3, 64 bytes)
    """
    fields: Mapping[str, Any] = COMMAND_DTYPE.fields or {}
    lines = [f"commands (layout version {_core.COMMAND_LAYOUT_VERSION}, 64 bytes)"]
    lines += [f"  {name:<16} {kind!s:<7} byte {at}" for name, (kind, at) in fields.items()]
    lines.append(f"events (layout version {_core.EVENT_LAYOUT_VERSION}, every column int64)")
    for family, columns in _core.event_schema().items():
        lines += [f"  {family}", *(f"    {name:<16} {doc}" for name, doc in columns)]
    return "\n".join(lines)
