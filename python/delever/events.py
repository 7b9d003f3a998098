"""Tables of columns, and what single calls answer with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .reference.vocabulary import CancelReason, EventKind, MarginMode, PositionSide, RejectReason
from .venue import Events

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
