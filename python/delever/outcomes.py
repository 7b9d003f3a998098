"""What single calls of a venue answer with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from .events import Events
from .reference.vocabulary import RejectReason


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
    """A position: signed quantity, average entry price, isolated margin, leverage."""

    qty: Decimal
    entry_price: Decimal | None
    margin: Decimal
    leverage: int
